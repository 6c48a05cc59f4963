/* lad.h: least absolute deviations, the sum of |r|, whose minima are at kinks.
 *
 * A minimum is where 0 is a subgradient: the gradient of sum w_i s_i r_i vanishes for some s_i,
 * with s_i = sign(r_i) where r_i is not 0, and |s_i| <= 1 where it is. This is what is tested.
 */
#ifndef ANALYSIS_FIT_LAD_H
#define ANALYSIS_FIT_LAD_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

/* Descend from z to a minimum, as a Way does (way.h). */
Minimum lad_descend(const Problem *p, bool near, double *z);

#endif
