/* point.h: runs as laws see them: rows of params, tokens, loss and whatever else their table tells.
 * Nothing here knows how a loss came about, or from which file a row was read (points.h does). */
#ifndef ANALYSIS_POINTS_POINT_H
#define ANALYSIS_POINTS_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* Bounds on the numbers of a table. They are wide, since a table may count in billions of tokens or
 * zettaFLOPs; within them products of a few numbers stay finite. */
static const double POINT_LEAST = 1e-30, POINT_MOST = 1e60;

typedef struct {
    double params, tokens, loss; // N, D, and L in nats per token
    double flops;                // C; 6 N D where the source has none
    /* params and flops as read, before --count and --flops. params_given is 0 where no table was
     * read; then params stands for it. flops_given is 0 or NaN where the source has no flops. */
    double params_given, flops_given;
    double loss_se; // standard error of loss; NaN where absent
    double weight;  // how much the row counts in a fit; 1 where absent
    /* Parameters counted in four ways; NaN where absent. total: every element. hidden: without head
     * and lookup table. matmul: without the lookup table. active: without the experts that a token
     * does not meet. */
    double params_total, params_hidden, params_matmul, params_active;
    double unique_tokens;    // different tokens that the run saw; NaN where absent
    double seed, lr;         // of the run, lr its learning rate; NaN where absent
    double batch_tok, steps; // tokens of a step, and steps; NaN where neither is told
    /* What nudged the initial weights: rows that differ in it alone are exact repeats of one run,
     * apart by rounding. NaN where absent, which stands for 0: nothing did. */
    double perturb;
    /* A Mixture of Experts: routed experts, how many of them a token visits, how finely an MLP is
     * divided into them, shared experts. NaN where absent, which stands for one expert, top-1,
     * undivided, none shared. */
    double experts, top_k, granularity, shared;
    double d_model, layers, vocab, ctx; // shape, ctx the tokens of a sequence; NaN where absent
    double wall_s, cpu_s, threads;      // what the run took; NaN where absent
    const char *trunk, *family, *id;    // "" where absent
    const char *setting; // cell of the column that PointsOptions.setting names; NULL: none named
    int group;           // rows of one trunk share a group; any other row is a group of its own
    int line;            // line of the file on which the row begins, for messages
    bool hero;           // the run that is predicted and never fitted
} Point;

/* Return a row that tells nothing: all numbers are NaN but weight, which is 1; all texts are "". */
Point point_blank(void);

/* A row that was dropped, and the rule that dropped it. Rows without an id that one rule dropped
 * share an entry, which has the line of the first. */
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
    bool flops_assumed;                  // flops are 6 N D where the source has none
    const char *source;                  // path of the table or of the sweep
    const char *n_convention;            // name of the column of params, or "recounted"
    const char *n_counted;               // what params count, "total: ..."; NULL: not told
    const char *c_convention;            // name of the column of flops, "6 N D" or "recounted"
    const char *c_counted;               // what flops count, "exact: ..."; NULL: not told
    const char *notes[POINTS_MAX_NOTES]; // sentences on how the table was read
    int n_notes;
    const char *rule;   // what holds rows out, "mode=eval" or "role=hero"; "": these are fitted
    const char *name;   // of a sweep; "" for a CSV
    double entropy_nat; // exact entropy rate of a sweep's source; NaN for a CSV
    double floor_nat;   // loss of a perfect model whose window starts cold, the truth of E; or NaN
    double unigram_nat; // entropy of one token: the loss of who knows frequencies only; or NaN
    /* Of a sweep that tuned its learning rate by runs of its own, which are no rows: whether it
     * did, and why its rates are nevertheless not to be trusted, sentences of its ledger. */
    bool tuned;
    const char *untuned[2];
    int n_untuned;
    const char *best;        // columns that a sweep's spec names under "best"; NULL: none
    const SealedRun *sealed; // newest sealed prediction of a sweep, a row per hero; NULL: none
    size_t n_sealed;
} Points;

/* Return whether the model is dense: it has no experts, or one. */
bool point_dense(const Point *p);
/* Return the parameters that a token meets: params_active, or params of a dense row without it. NaN
 * where a Mixture of Experts does not say. */
double point_active(const Point *p);
/* Return the routed experts for each one that a token visits, E / k; 1 when dense. */
double point_expansion(const Point *p);
/* Return whether both dense rows and rows with experts are among the points. */
bool points_mixed(const Points *points);
/* Return a message without the name of the points in front of it. */
const char *points_unnamed(const Points *points, const char *message);
/* Return the rows for which keep(context, row) holds, their groups numbered anew in the order of
 * points. The other rows are added to the dropped, by this rule. */
Points *points_only(Arena *arena, const Points *points,
                    bool (*keep)(const void *context, const Point *p), const void *context,
                    const char *rule);

#endif
