/* descent.h: from z to a minimum of a problem's objective, where that is smooth.
 *
 * The minimiser sees the objective divided by problem_scale in centred variables, so that a
 * residual as large as the scale costs about as much.
 */
#ifndef ANALYSIS_FIT_DESCENT_H
#define ANALYSIS_FIT_DESCENT_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

/* Gradient of the scaled objective per unit of weight: below the first a descent is done, above the
 * second it has failed. */
#define GRADIENT_DONE   1e-8
#define GRADIENT_FAILED 1e-5

double problem_scale(const Problem *p);
/* The scaled objective at z, and its gradient in z; data: a Problem. */
double problem_scaled(const double *z, double *gradient, const void *data);
/* Its minimisation, to GRADIENT_DONE. */
Descent problem_descent(const Problem *p);
/* Of any Problem with a smooth penalty: all variables at once. */
Minimum smooth_descend(const Problem *p, bool near, double *z);

#endif
