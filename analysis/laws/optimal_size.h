/* optimal_size.h: the law of the optimal size, N* = G (C/6)^a, whichever way it is read off the
 * runs. */
#ifndef ANALYSIS_LAWS_OPTIMAL_SIZE_H
#define ANALYSIS_LAWS_OPTIMAL_SIZE_H

#include "analysis/laws/law.h"

/* Return the frontier for theta = (ln G, a). D* is what C = kappa N^q D leaves; losses are NaN. */
Frontier frontier_of_size(const double *theta, double kappa, double q);

#endif
