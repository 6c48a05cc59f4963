/* cost.h: what a run will take, before it begins: time and memory, for plans and for bench. */
#ifndef TRAIN_COST_H
#define TRAIN_COST_H

#include <stdint.h>

#include "base/err.h"
#include "train/config.h"

/* Seconds per training token of this config on one thread of this machine, from a few timed steps
 * on tokens that mean nothing. */
Status cost_seconds(const RunConfig *config, int vocab, double *seconds_per_token, Err *err);

/* Bytes that a run of this config would allocate: trainer_bytes(). */
uint64_t cost_bytes(const RunConfig *config, int vocab);

#endif
