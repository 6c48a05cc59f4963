/* batch.h: which tokens step k sees, and the fixed windows on which every run of a sweep is judged.
 *
 * A window is ctx + 1 tokens and makes ctx predictions. Training windows start every ctx tokens, so
 * that every token is predicted once per epoch; epoch e visits them in the order of stream (seed,
 * "order", e). Batch k is thereby a pure function of (seed, k): nothing is replayed on resume, and
 * all sizes of a sweep with the same seed see the same data in the same order.
 *
 * A source with a period (records of a fixed length) must meet windows in every phase, or training
 * and held-out windows would be of different kinds: a ctx that has a factor in common with the
 * period is refused.
 */
#ifndef DATA_BATCH_H
#define DATA_BATCH_H

#include <stdint.h>

#include "base/err.h"
#include "data/corpus.h"

typedef struct {
    const Corpus *corpus;
    uint64_t seed;
    uint64_t n_windows; // in one epoch
    int ctx;
} Batches;

/* Prepare the batches of a run. E_USAGE when the training part holds no window of ctx + 1 tokens,
 * or when ctx has a factor in common with the source's period. */
Status batches_init(Batches *b, const Corpus *corpus, int ctx, uint64_t seed, Err *err);

/* Read window k of the run's endless sequence (k = step * sequences per batch + row):
 * inputs[t] = x[t], targets[t] = x[t+1], t = 0 .. ctx-1. */
void batches_window(const Batches *b, uint64_t k, int *inputs, int *targets);

/* Held-out windows: one in each of n_windows equal slots of the held-out part, at a place in its
 * slot drawn from stream (0, "eval"), no token predicted twice; a function of the corpus, ctx and
 * eval_tok only. */
typedef struct {
    const Corpus *corpus;
    uint64_t n_windows;
    uint64_t slot; // tokens of one slot, at least ctx
    int ctx;
} EvalWindows;
/* Lay out the held-out windows. They predict at most eval_tok tokens (one window at least); 0, or
 * more than there is, means all. E_USAGE when not even one fits. */
Status eval_windows_init(EvalWindows *w, const Corpus *corpus, int ctx, uint64_t eval_tok,
                         Err *err);
void eval_windows_read(const EvalWindows *w, uint64_t i, int *inputs, int *targets);

#endif
