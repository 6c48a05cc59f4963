/* vpnls.h: variable projection with non-negative least squares [Czech 2026, arXiv:2603.22339; the
 * method: Golub & Pereyra 1973].
 *
 * Where L is a sum of coefficients times functions of the exponents, least squares gives the best
 * coefficients for any exponents, exactly. What is left to search are the exponents, two at most,
 * and these on a grid first, so that no start has to be guessed. The objective is that of l2-raw.
 */
#ifndef ANALYSIS_FIT_VPNLS_H
#define ANALYSIS_FIT_VPNLS_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

/* The members of a Way (way.h). */
Minimum vpnls_descend(const Problem *p, bool near, double *z);
int vpnls_starts(const Problem *p, int limit, double (*thetas)[LAW_MAX_PARAMS]);
const char *vpnls_refuses(Arena *arena, const Problem *p);

#endif
