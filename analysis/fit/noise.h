/* noise.h: how far a run falls from its law by itself, told from the residuals.
 *
 *     ln L = law + trunk's + run's own
 *
 * Where trunks have several rows the two are told apart by the method of moments (Henderson 1953,
 * "Estimation of variance and covariance components", method 3): the sum of squares of residuals,
 * and that of their means by trunk, are set equal to what they are expected to be after the fit has
 * taken its part.
 */
#ifndef ANALYSIS_FIT_NOISE_H
#define ANALYSIS_FIT_NOISE_H

#include <stdint.h>

#include "analysis/fit/problem.h"

typedef struct {
    double total;      // sd in ln L of a new run with a trunk of its own; NaN: no residuals to tell
    double trunk, run; // its parts; NaN where trunks have one row each, or the fit leaves too few
    int freedom;       // residuals' worth of what is known of total [Satterthwaite 1946]
} Noise;

Noise noise_from(const Problem *p, const double *theta);

/* Few residuals do not tell the size of the noise well: resample r takes it this many times what it
 * is estimated to be, a draw such that intervals are as wide as Student's. */
double noise_size(uint64_t seed, const char *stream, int freedom, int r);

#endif
