/* lad.h: least absolute deviations, the sum of |r|, whose minima are at kinks.
 *
 * A minimum is there where 0 is a subgradient: there are s_i, s_i = sign(r_i) where r_i is not 0
 * and |s_i| <= 1 where it is, for which the gradient of sum w_i s_i r_i vanishes. That is what is
 * tested.
 */
#ifndef ANALYSIS_FIT_LAD_H
#define ANALYSIS_FIT_LAD_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

Minimum lad_descend(const Problem *p, bool near, double *z);

#endif
