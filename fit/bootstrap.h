/* bootstrap.h: how far theta moves when the groups are drawn again.
 *
 * Cases are resampled, by group: rows that share a training trunk are correlated, and drawing them
 * one by one would make intervals too narrow by about the square root of their number. A resample
 * is a pure function of (seed, its number), so threads change nothing.
 */
#ifndef FIT_BOOTSTRAP_H
#define FIT_BOOTSTRAP_H

#include <stdint.h>

#include "fit/estimate.h"

typedef struct {
    double *theta;                  // (n, n_params)
    int n;                          // resamples that could be fitted
    int n_redrawn;                  // draws that could not carry the law and were drawn again
    int n_at_bound[LAW_MAX_PARAMS]; // of the n
} Bootstrap;

Bootstrap bootstrap(Arena *arena, const Problem *p, const Estimate *at, int resamples,
                    uint64_t seed);

#endif
