/* decoding.h: one measurement of generation: a batch of sequences that grow (model/decode.h). */
#ifndef TRAIN_BENCH_DECODING_H
#define TRAIN_BENCH_DECODING_H

#include "base/err.h"
#include "train/config.h"

/* Measure the tokens per second, on one thread, of as many sequences as a batch of this config has.
 * A pass appends one token to each, and choosing the token is part of it. The lengths are spread
 * evenly from nothing to ctx, and a full sequence begins anew, so that any stretch of time has the
 * mean length of a whole growth. The model is fresh, and at least one pass is measured. 0 when ctx
 * is 1, as such a sequence cannot grow. */
Status decoding_measure(const RunConfig *config, int vocab, double seconds, double *tok_per_s,
                        Err *err);

#endif
