/* optimal_size.c: the frontier of N* = G (C/6)^a. */
#include "analysis/laws/optimal_size.h"

#include <math.h>

Frontier frontier_of_size(const double *theta, double kappa, double q) {
    const double a = theta[1], ln_n0 = theta[0] - a * log(6);
    Frontier f = frontier_unknown();
    f.ln_n0 = ln_n0, f.a = a;
    f.ln_d0 = -log(kappa) - q * ln_n0, f.b = 1 - q * a;
    return f;
}
