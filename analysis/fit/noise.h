/* noise.h: how far a run falls from its law by itself, told from the residuals.
 *
 *     ln L = law + noise of the trunk + noise of the run
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
    double total; // sd in ln L of a new run with a trunk of its own; NaN: no residuals to tell
    /* Parts of total; NaN where trunks have one row each, or the fit leaves too few. */
    double trunk, run;
    int freedom; // degrees of freedom of total [Satterthwaite 1946]
} Noise;

/* Estimate the noise of a fit at theta; NaN where the law predicts no losses. */
Noise noise_from(const Problem *p, const double *theta);

/* Return by what resample r multiplies the estimated noise. Few residuals do not tell the size of
 * the noise well; the factor is drawn such that intervals are as wide as Student's. */
double noise_size(uint64_t seed, const char *stream, int freedom, int r);

#endif
