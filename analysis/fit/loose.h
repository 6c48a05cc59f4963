/* loose.h: a published failure, to look at: an averaged objective under a loose tolerance.
 *
 * Hoffmann et al. 2022 averaged Huber's penalty over rows where it is summed, which made it so
 * small that L-BFGS-B's default tolerances were met long before the minimum [Besiroglu et al. 2024,
 * arXiv:2404.10102, sec. 3.1 and app.]. --average and --tolerance do it again, and a note of
 * judge.c says how far from the minimum that ended.
 */
#ifndef ANALYSIS_FIT_LOOSE_H
#define ANALYSIS_FIT_LOOSE_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

bool loose_asked(const Problem *p); // whether a tolerance is set
/* Descend in theta as published, on the objective or, where the problem averages, on its mean,
 * until the rule of minimise_loosely is met. Starts are the law's own. They are fewer and better
 * than the published grid's, so that the failure shown is the milder one. The norm is that of the
 * gradient by which every other fit is judged. */
Minimum loose_descend(const Problem *p, double *z, int *n_evaluations);

#endif
