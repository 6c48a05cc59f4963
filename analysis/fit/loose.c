/* loose.c: descends in theta as was published, and measures the end as that of every other fit. */
#include <math.h>
#include <string.h>

#include "analysis/fit/descent.h"
#include "analysis/fit/loose.h"

static const double COEFFICIENT = 100; // bound on |ln A| of a coefficient A

bool loose_asked(const Problem *p) {
    return p->tolerance > 0;
}

/* Return the objective in theta as published, neither centred nor scaled. */
static double published(const double *theta, double *gradient, const void *data) {
    const Problem *p = data;
    const double share = p->average ? 1 / problem_total_weight(p) : 1;
    const double value = problem_objective(p, theta, gradient) * share;
    for (int i = 0; gradient && i < p->law->n_params; i++) gradient[i] *= share;
    return value;
}

/* Fill the bounds of theta. They are those of z, except for coefficients, since z bounds their
 * terms. */
static void bounds(const Problem *p, double *lo, double *hi) {
    for (int i = 0; i < p->law->n_params; i++) {
        const bool term = p->law->params[i].ln_x && !p->asked[i];
        lo[i] = term ? -COEFFICIENT : p->lo[i];
        hi[i] = term ? COEFFICIENT : p->hi[i];
    }
}

Minimum loose_descend(const Problem *p, double *z, int *n_evaluations) {
    double lo[LAW_MAX_PARAMS], hi[LAW_MAX_PARAMS], theta[LAW_MAX_PARAMS], g[LAW_MAX_PARAMS];
    bounds(p, lo, hi);
    problem_theta(p, z, theta);
    const Descent d = {.f = published,
                       .data = p,
                       .n = p->law->n_params,
                       .lo = lo,
                       .hi = hi,
                       .tolerance = p->tolerance};
    Minimum m = minimise_loosely(&d, theta, n_evaluations);
    for (int i = 0; i < p->law->n_params; i++) z[i] = problem_centred(p, theta, i);
    const Descent right = descent_of(p);
    m.value = descent_scaled(z, g, p);
    m.gradient_norm = minimise_norm(&right, z, g);
    return m;
}
