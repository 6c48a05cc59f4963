/* tune_spec.h: the member "tune" of a sweep's spec, read.
 *
 *     "tune": { "lr": { "at":     { "d_model": [16, 64], "tokens": ["250k", "1M"] },
 *                       "grid":   [0.002, 0.004, 0.008],
 *                       "extend": 4,
 *                       "seeds":  [901],
 *                       "check":  0.1 },
 *               "batch_tok": { "grid": [256, 512, 1024], "extend": 2 } }
 *
 * at      axes as in the spec, of size (d_model, layers, d_ff), length (tokens, flops) and
 *         batch_tok: the learning rate is tuned in each of their combinations. Two or three sizes,
 *         and a short and a long number of tokens, show how it moves with each.
 * grid    the rates to begin with, at least three, each above the one before; by default half, one
 *         and two times the base's lr.
 * extend  how many further factors of 2 may be tried below and above these, one at a time, while
 *         the best rate is the lowest or highest tried.
 * seeds   of the tuning runs, apart from those of the grid, so that what was best by luck here has
 *         no such luck there. Several: the mean of each rate counts.
 * check   the largest share of the grid's FLOPs that two runs at half and twice the tuned rate may
 *         cost, at the costliest cell that this allows; 0: no check.
 *
 * With "batch_tok" each of those combinations is tuned at several batches, by default half, one and
 * two times the base's, each with its own rates; the best of these rates stands for its batch.
 * "grid" (at least three) and "extend" (2) are as above. No batch is below lanes x ctx, nor so
 * large that too few steps are left for the warm-up.
 */
#ifndef SWEEP_TUNE_SPEC_H
#define SWEEP_TUNE_SPEC_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "train/config.h"

typedef struct {
    const Json *at; // NULL: nothing is tuned
    const double *grid;
    size_t n_grid;
    int extend;
    const uint64_t *seeds;
    size_t n_seeds;
    double check;
    bool batch; // batch_tok is tuned as well
    const uint64_t *batches;
    size_t n_batches;
    int extend_batch;
} TuneSpec;

/* Read the member (NULL: there is none) of a document that lives as long as the result. What stands
 * in "at" is left to whoever unfolds it. */
Status tune_spec_read(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *tune,
                      const RunConfig *base, Err *err);

#endif
