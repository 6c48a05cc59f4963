/* descent.h: from z to a minimum of a problem's objective, where that is smooth.
 *
 * The minimiser sees the objective in centred variables, divided by descent_scale, so that a
 * residual as large as the scale costs about as much as it measures.
 */
#ifndef ANALYSIS_FIT_DESCENT_H
#define ANALYSIS_FIT_DESCENT_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

/* Norms of the scaled objective's gradient, per unit of weight: below GRADIENT_DONE a descent is
 * done, above GRADIENT_FAILED it has failed. */
#define GRADIENT_DONE   1e-8
#define GRADIENT_FAILED 1e-5

/* Return the unit of residuals in which the objective is minimised: 1e-3, or delta where it is
 * less. */
double descent_scale(const Problem *p);
/* Return the scaled objective at z, and fill its gradient in z unless NULL; data: a Problem. */
double descent_scaled(const double *z, double *gradient, const void *data);
/* Return the scaled objective as something to minimise, to GRADIENT_DONE. */
Descent descent_of(const Problem *p);
/* Minimise any Problem with a smooth penalty, in all variables at once. near: z is close to the
 * minimum. */
Minimum descent_smooth(const Problem *p, bool near, double *z);

#endif
