/* recount.h: the runs of a table under another convention of N and of C.
 *
 * Kaplan et al. 2020 (arXiv:2001.08361) leave embedding and head out of N and find N* ~ C^0.73;
 * Hoffmann et al. 2022 (arXiv:2203.15556) count everything and find C^0.50. Most of the difference
 * is the counting [Pearce & Song 2024, arXiv:2406.12907; Porian et al. 2024, arXiv:2406.19146].
 *
 *     total = hidden + k V d        k: 1 when head and lookup table are one matrix, else 2
 *     matmul = hidden + V d         what a token is multiplied with
 *     hidden                        neither head nor lookup table; 12 L d^2 where only the shape is known
 *     active                        total, less the experts that a token does not visit
 *
 * What a row's columns do not say is derived from its other columns, or else from a stated shape.
 * With d / L = A, hidden = 12 d^3 / A, and
 *
 *     total = hidden + k V (A / 12)^(1/3) hidden^(1/3)         Pearce & Song's rule, where k = 1
 *
 * Training FLOPs per token, the backward pass counted as two forward passes. i stands for the
 * parameters of experts that a token does not visit.
 *
 *     6nd            6 N                              N as counted; active where there are experts
 *     exact          6 (matmul - i) + 6 L d (T + 1)   causal attention over T tokens, as this project counts
 *     no-attention   6 (matmul - i)
 *     no-head        6 (hidden - i) + 6 L d (T + 1)
 *     bare           6 (hidden - i)                   Kaplan's C
 */
#ifndef ANALYSIS_POINTS_RECOUNT_H
#define ANALYSIS_POINTS_RECOUNT_H

#include "base/err.h"
#include "analysis/points/point.h"

typedef enum { N_GIVEN, N_TOTAL, N_MATMUL, N_HIDDEN, N_ACTIVE } RecountN;
typedef enum { C_GIVEN, C_6ND, C_EXACT, C_NO_ATTENTION, C_NO_HEAD, C_BARE } RecountC;
enum { N_COUNTS = N_ACTIVE + 1, C_COUNTS = C_BARE + 1 };
extern const char *const N_COUNT_NAMES[]; // NULL-terminated, in the order of the enumeration
extern const char *const C_COUNT_NAMES[]; // NULL-terminated, in the order of the enumeration

/* What --shape says of models whose rows do not say it. */
typedef struct {
    RecountN counted;          // what params count; N_GIVEN: not said
    double vocab, aspect, ctx; // V, d / L, T; NaN: not said
    double matrices;           // k, 1 when head and lookup table are one matrix; NaN: not said
} RecountShape;

/* Read "params=total,vocab=32000,aspect=39.2,ctx=2048,tied=yes", of which each part may be absent.
 * Where anything is said and tied is not, tied is yes. text NULL says nothing. */
Status recount_shape(Arena *arena, const char *text, RecountShape *out, Err *err);

/* Return N of a run; NaN where neither row nor shape tells. */
double recount_n(const Point *p, const RecountShape *shape, RecountN n);
/* Return training FLOPs of a run, n being the N of C_6ND; NaN where neither row nor shape tells. */
double recount_c(const Point *p, const RecountShape *shape, RecountN n, RecountC c);

/* Set n_counted and c_counted of points as they were given, where all rows agree on a count. */
void recount_name(Points *points, const RecountShape *shape);

/* Count params and flops of points as n and c say. A row that does not tell is E_FORMAT and says
 * what it would take. Counting starts from what was given: counting again undoes an earlier count.
 */
Status recount(Arena *arena, const Points *points, const RecountShape *shape, RecountN n,
               RecountC c, Points *out, Err *err);

/* Return whether every row tells; recount() will not fail then. */
bool recount_can(const Points *points, const RecountShape *shape, RecountN n, RecountC c);

#endif
