/* schedule.h: the learning rate over a run, as a multiple of its peak. To add one, write a function
 * and a row of SCHEDULES.
 *
 * All begin with a linear warm-up, and all but constant end at zero (Bergsma et al. 2025, "Straight
 * to zero"). The warm-up is a share of the run's own steps when it is at most 1 (a fixed number of
 * steps handicaps short runs: Porian et al. 2024), and a number of steps above that: only then do
 * runs of different lengths begin alike, and can branch off one trunk.
 */
#ifndef TRAIN_SCHEDULE_H
#define TRAIN_SCHEDULE_H

#include <stdint.h>

typedef enum {
    SCHEDULE_CONSTANT,
    SCHEDULE_COSINE,
    SCHEDULE_LINEAR,
    SCHEDULE_WSD,
    N_SCHEDULES
} Schedule;
extern const char *const SCHEDULE_NAMES[N_SCHEDULES + 1]; // NULL-terminated

/* Return the multiplier at step 0 .. steps - 1. decay is a share of the steps, and only wsd uses
 * it. */
double schedule_at(Schedule schedule, uint64_t step, uint64_t steps, double warmup, double decay);

/* Return the steps of the warm-up, which need not be a whole number. */
double schedule_warm(uint64_t steps, double warmup);

/* Return how many of the first steps have a multiplier that depends on the warm-up's steps alone,
 * and not on the length of the run: all of constant, those before wsd's decay, none of the
 * others. */
uint64_t schedule_flat(Schedule schedule, uint64_t steps, double warmup, double decay);

#endif
