/* descent.c: the scaled objective with its first and second derivatives in z.
 *
 * With residuals r_i and a penalty h,
 *     H = sum w h''(r) (dr/dz)(dr/dz)^T  +  sum w h'(r) d2r/dz2
 * The first part is exact from the law's gradients, however sharp the penalty's kinks. The second
 * is from differences of these gradients with h'(r) kept constant, which no kink disturbs. The
 * typical curvature is the first part with h'(r) / r in the place of h''(r), which is that of
 * reweighted least squares, whose step always descends.
 */
#include <math.h>
#include <string.h>

#include "analysis/fit/descent.h"

/* In ln L: larger residuals are no measure for how exact a minimum should be. */
static const double SCALE = 1e-3;
static const double STEP = 1e-6; // of the differences, in z

double descent_scale(const Problem *p) {
    return p->estimator->has_delta ? fmin(p->delta, SCALE) : SCALE;
}

double descent_scaled(const double *z, double *gradient, const void *data) {
    const Problem *p = data;
    const double scale = descent_scale(p);
    double theta[LAW_MAX_PARAMS];
    problem_theta(p, z, theta);
    const double value = problem_objective(p, theta, gradient) / scale;
    if (!gradient) return value;
    for (int i = 0; i < p->law->n_params; i++) gradient[i] /= scale;
    problem_gradient_to_z(p, theta, gradient);
    return value;
}

/* Add one row's part to c; its weight comes divided by the scale. theta[j] belongs to z with a step
 * in z_j, theta[n] to z itself. */
static void add_row(const Problem *p, size_t row, double weight, double (*theta)[LAW_MAX_PARAMS],
                    Curvature *c) {
    const int n = p->law->n_params;
    double g[LAW_MAX_PARAMS], moved[LAW_MAX_PARAMS], slope, bend;
    const double r = problem_residual(p, row, theta[n], g);
    problem_gradient_to_z(p, theta[n], g);
    p->estimator->penalty(r, p->delta, &slope, &bend);
    const double steady = r == 0 ? bend : slope / r;
    for (int j = 0; j < n; j++) {
        c->typical[j] += weight * steady * g[j] * g[j];
        for (int i = j; i < n; i++) c->h[i][j] += weight * bend * g[i] * g[j];
        if (p->lo[j] == p->hi[j]) continue;
        problem_residual(p, row, theta[j], moved);
        problem_gradient_to_z(p, theta[j], moved);
        for (int i = j; i < n; i++) c->h[i][j] += weight * slope * (moved[i] - g[i]) / STEP;
    }
}

static void curvature(const double *z, Curvature *c, const void *data) {
    const Problem *p = data;
    const int n = p->law->n_params;
    double theta[LAW_MAX_PARAMS + 1][LAW_MAX_PARAMS], moved[LAW_MAX_PARAMS];
    for (int j = 0; j <= n; j++) {
        memcpy(moved, z, sizeof(double) * n);
        if (j < n) moved[j] += STEP;
        problem_theta(p, moved, theta[j]);
    }
    *c = (Curvature){0};
    for (size_t row = 0; row < p->points->n; row++) {
        const double weight = problem_weight(p, row) / descent_scale(p);
        if (weight != 0) add_row(p, row, weight, theta, c);
    }
}

Descent descent_of(const Problem *p) {
    return (Descent){.f = descent_scaled,
                     .curvature = curvature,
                     .data = p,
                     .n = p->law->n_params,
                     .lo = p->lo,
                     .hi = p->hi,
                     .tolerance = GRADIENT_DONE * problem_total_weight(p)};
}

Minimum descent_smooth(const Problem *p, bool near, double *z) {
    const Descent d = descent_of(p);
    return near ? minimise_near(&d, z) : minimise_from(&d, z);
}
