/* point.h: the world as laws see it: rows of (params, tokens, loss) and whatever else stands beside
 * them. Rows and what follows from them alone; nothing here knows how a loss came about, or where
 * rows are read from (points.h).
 */
#ifndef ANALYSIS_POINTS_POINT_H
#define ANALYSIS_POINTS_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* What a table may say of a size, a loss or anything else. A table has units of its own, billions
 * of tokens or zettaFLOPs; within these bounds products of a few numbers stay finite. */
static const double POINT_LEAST = 1e-30, POINT_MOST = 1e60;

typedef struct {
    double params, tokens, loss; // N, D, nats per token
    double flops;                // C; 6 params tokens where the source has none
    double params_given,
        flops_given;        // as the source has them, however they are counted; NaN, 0: so
    double loss_se, weight; // NaN, 1 where absent
    /* NaN where absent. total: every element; matmul: without the lookup table; hidden: without
     * head and lookup table; active: without the experts that a token does not meet. */
    double params_total, params_hidden, params_matmul, params_active, unique_tokens;
    double seed, lr; // NaN where absent
    // of a Mixture of Experts; NaN where absent, and then one expert, top-1, undivided, none shared
    double experts, top_k, granularity, shared;
    double d_model, layers, vocab, ctx; // NaN where absent; ctx: tokens of a training sequence
    double wall_s, cpu_s, threads;      // NaN where absent
    const char *trunk, *family, *id;    // "" where absent
    const char
        *setting; // the cell of the column that PointsOptions.setting names; NULL: none named
    int group;    // rows with one trunk share a group; else each row is its own
    int line;     // of the file, for messages
    bool hero;    // the run that is predicted, never fitted
} Point;

/* A dropped row and the rule that dropped it; rows without an id that one rule dropped stand
 * together, with the line of the first. */
typedef struct {
    int line;
    const char *id, *rule;
    size_t rows;
} Dropped;

/* What the newest sealed prediction of a sweep says of one hero. */
typedef struct {
    const char *id;
    double params, tokens, flops, loss, lo, hi;
} SealedRun;

enum { POINTS_MAX_NOTES = 6 };

typedef struct {
    Point *rows;
    size_t n;
    int n_groups;
    Dropped *dropped;
    size_t n_dropped;
    bool flops_assumed;                  // no flops column: C = 6 N D
    const char *source;                  // the path given
    const char *n_convention;            // which column params is, as headed, or "recounted"
    const char *n_counted;               // what it counts: "total: every parameter"; NULL: not told
    const char *c_convention;            // which column flops are, as headed; "6 N D", "recounted"
    const char *c_counted;               // what they count: "exact: head and ..."; NULL: not told
    const char *notes[POINTS_MAX_NOTES]; // sentences on how the table was read
    int n_notes;
    const char *rule; // of held-out rows: what holds them out, "mode=eval" or "role=hero"; else ""
    // of a sweep directory, NaN / NULL / "" for a CSV
    const char *name;
    double entropy_nat;      // exact entropy rate
    double floor_nat;        // what a model can reach whose window starts cold: the truth beside E
    const SealedRun *sealed; // the newest sealed prediction, one row per hero
    size_t n_sealed;
} Points;

/* A row without experts, or with one, is a dense model. */
bool point_dense(const Point *p);
/* Parameters that a token meets: params_active; of a dense row without it params. NaN where a
 * Mixture of Experts does not say. */
double point_active(const Point *p);
/* Routed experts for each one that a token visits, E / k; 1 when dense. */
double point_expansion(const Point *p);
/* Whether both dense rows and rows with experts are among them. */
bool points_mixed(const Points *points);
/* The rows for which keep(context, row) holds, groups numbered anew in the order of points; the
 * others are among the dropped, by this rule. */
Points *points_only(Arena *arena, const Points *points,
                    bool (*keep)(const void *context, const Point *p), const void *context,
                    const char *rule);

#endif
