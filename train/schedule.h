/* schedule.h: the learning rate over a run, as a multiple of its peak. To add one, write a function
 * and a row of SCHEDULES.
 *
 * All begin with a linear warm-up over a share of the run's own steps (a fixed number of steps
 * handicaps short runs: Porian et al. 2024), and all but constant end at zero (Bergsma et al. 2025,
 * "Straight to zero").
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

/* Return the multiplier at step 0 .. steps - 1. warmup and decay are shares of the steps; only wsd
 * uses decay. */
double schedule_at(Schedule schedule, uint64_t step, uint64_t steps, double warmup, double decay);

#endif
