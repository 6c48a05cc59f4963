/* batch.h: which tokens step k sees, and the fixed windows on which every run of a sweep is judged.
 *
 * The training part is cut into non-overlapping windows of ctx + 1 tokens (ctx predictions each). Epoch e visits them in
 * the order of stream (seed, "order", e), so that batch k is a pure function of (seed, k): nothing is replayed on resume,
 * and all sizes of a sweep with the same seed see the same data in the same order.
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

/* E_USAGE when the training part holds no window of ctx + 1 tokens. */
Status batches_init(Batches *b, const Corpus *corpus, int ctx, uint64_t seed, Err *err);

/* Window number k of the run's endless sequence (k = step * sequences per batch + row):
 * inputs[t] = x[t], targets[t] = x[t+1], t = 0 .. ctx-1. */
void batches_window(const Batches *b, uint64_t k, int *inputs, int *targets);

/* Held-out windows: n_windows of ctx + 1 tokens, spread evenly over the held-out part, never overlapping; a function of
 * the corpus, ctx and eval_tok only. eval_tok = 0, or more than there is, means all. E_USAGE when not even one fits. */
typedef struct {
    const Corpus *corpus;
    uint64_t n_windows, stride;
    int ctx;
} EvalWindows;
Status eval_windows_init(EvalWindows *w, const Corpus *corpus, int ctx, uint64_t eval_tok, Err *err);
void eval_windows_read(const EvalWindows *w, uint64_t i, int *inputs, int *targets);

#endif
