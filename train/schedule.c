/* schedule.c: see schedule.h. */
#include "train/schedule.h"

#include <math.h>

const char *const SCHEDULE_NAMES[N_SCHEDULES + 1] = {[SCHEDULE_CONSTANT] = "constant",
                                                     [SCHEDULE_COSINE] = "cosine",
                                                     [SCHEDULE_LINEAR] = "linear",
                                                     [SCHEDULE_WSD] = "wsd"};

/* The shapes. x in (0, 1) is how far the run is past its warm-up, at the middle of the step. */
static double constant(double x, double decay) {
    (void)x, (void)decay;
    return 1;
}
static double cosine(double x, double decay) {
    (void)decay;
    return 0.5 * (1 + cos(3.14159265358979323846 * x));
}
static double linear(double x, double decay) {
    (void)decay;
    return 1 - x;
}
/* Stay at 1, then decay by 1 - sqrt (Hägele et al. 2024, arXiv:2405.18392, eq. 1 and sec. 4). */
static double wsd(double x, double decay) {
    return x < 1 - decay ? 1 : 1 - sqrt((x - (1 - decay)) / decay);
}

static double (*const SCHEDULES[N_SCHEDULES])(double x, double decay) = {constant, cosine, linear,
                                                                         wsd};

double schedule_warm(uint64_t steps, double warmup) {
    return warmup > 1 ? warmup : warmup * (double)steps;
}

double schedule_at(Schedule schedule, uint64_t step, uint64_t steps, double warmup, double decay) {
    const double warm = schedule_warm(steps, warmup);
    if ((double)step + 1 <= warm) return ((double)step + 1) / warm;
    const double rest = (double)steps - warm;
    const double x = ((double)step + 0.5 - warm) / rest;
    // decay is a share of the whole run, but x runs over what follows the warm-up
    const double decay_of_rest = fmin(1, decay * (double)steps / rest);
    return SCHEDULES[schedule](fmax(0, x), decay_of_rest);
}

/* After its warm-up wsd never rises, so that the first step below 1 can be searched for. */
uint64_t schedule_flat(Schedule schedule, uint64_t steps, double warmup, double decay) {
    if (schedule == SCHEDULE_CONSTANT) return steps;
    if (schedule != SCHEDULE_WSD) return 0;
    uint64_t low = (uint64_t)fmin((double)steps, floor(schedule_warm(steps, warmup))), high = steps;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (schedule_at(schedule, middle, steps, warmup, decay) < 1)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}
