/* isoflop.h: Chinchilla's second approach. At one budget, loss against size is a bowl, and its
 * lowest point is the optimal size N*. The line of ln N* against ln C is the law N* = G (C/6)^a
 * [Hoffmann et al. 2022, sec. 3.2].
 *
 *     IsoFlops iso = isoflop_optima(arena, &points, NULL, "akima");
 *     if (iso.n_used >= 2) ... iso.exponent
 *
 * Where a bowl is lowest can be told in three ways, of which the third is a trap:
 *   akima     lowest point of Akima's curve through (ln N, ln L) [Porian et al. 2024, arXiv:2406.19146]
 *   local     vertex of the parabola in ln N through the lowest size and its two neighbours
 *   parabola  vertex of the parabola in ln N through all sizes [Hoffmann et al. 2022]: bowls are no
 *             parabolas, and far sizes drag the vertex
 *
 * Where the lowest size of a budget is the smallest or the largest that was run, the optimum lies
 * anywhere beyond: it is not bracketed, and the line leaves it out. Only the trap takes the vertex
 * of every budget, wherever that lies, as a plain polynomial fit does.
 */
#ifndef ANALYSIS_LAWS_ISOFLOP_H
#define ANALYSIS_LAWS_ISOFLOP_H

#include "analysis/points/point.h"

extern const char *const ISOFLOP_HOWS[]; // NULL-terminated; the first is the one to use
/* Sizes whose ln N differ by no more than this are one size: a slope between them would be
 * noise. */
extern const double ISOFLOP_SAME_SIZE;

typedef struct {
    double flops;        // geometric mean of the runs' FLOPs
    double params, loss; // the optimum; NaN where a parabola has no lowest point
    double lo, hi;       // smallest and largest size that was run
    int n_points;        // how many sizes were run
    bool bracketed;      // the lowest size has neighbours, and the optimum lies among the sizes
} IsoFlop;

/* Budgets at which at least three sizes were run over a factor of two, by rising FLOPs. */
typedef struct {
    IsoFlop *rows;
    size_t n;
    const char *how;
    size_t n_used;         // budgets that the line goes through; with the trap, all with a vertex
    double ln_g, exponent; // N* = e^ln_g (C/6)^exponent; NaN when n_used < 2
} IsoFlops;

/* Find the optimum of each budget. weights: how much each row counts; NULL: its own weight. Runs of
 * one size become their weighted mean; in the line every budget counts once. how: one of
 * ISOFLOP_HOWS. Memory is the arena's. */
IsoFlops isoflop_optima(Arena *arena, const Points *points, const double *weights, const char *how);

/* Return a sentence in the arena on what is doubtful about these optima: budgets that are not
 * bracketed, or what the full parabola does to them. NULL: nothing. */
const char *isoflop_doubt(Arena *arena, const Points *points, const char *how);

#endif
