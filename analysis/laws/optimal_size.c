/* optimal_size.c: the frontier of N* = G (C/6)^a. */
#include "analysis/laws/optimal_size.h"

#include <math.h>

Frontier frontier_of_size(const double *theta, double kappa, double q) {
    const double a = theta[1], ln_n0 = theta[0] - a * log(6);
    return (Frontier){NAN, NAN, NAN, ln_n0, a, -log(kappa) - q * ln_n0, 1 - q * a};
}
