/* cost.h: what a run will take, before it begins: time and memory, for plans and for bench. */
#ifndef TRAIN_COST_H
#define TRAIN_COST_H

#include <stdint.h>

#include "base/err.h"
#include "train/config.h"

/* Measure the seconds per training token of this config on one thread of this machine, in a few
 * steps on meaningless tokens. */
Status cost_seconds(const RunConfig *config, int vocab, double *seconds_per_token, Err *err);

/* Return the bytes that a run of this config would allocate: trainer_bytes(). */
uint64_t cost_bytes(const RunConfig *config, int vocab);

#endif
