/* lad.c: minimises the sum of |r| by Huber penalties whose delta goes to 0 [Madsen & Nielsen 1993,
 * A finite smoothing algorithm for linear l1 estimation, SIAM J. Optim. 3, 223-235].
 *
 * Huber's penalty divided by delta is |r| - delta/2 beyond delta. Once delta is small enough, the
 * rows within it are those whose residuals are 0 at the minimum of the sum of |r|, and r_i / delta
 * of such a row is the s_i of the subgradient (lad.h). From there on the minimum moves in a
 * straight line as delta shrinks, but for terms in delta^2. The last two minima are therefore
 * extrapolated to delta = 0.
 */
#include <math.h>
#include <string.h>

#include "analysis/fit/descent.h"
#include "analysis/fit/lad.h"

static const double FIRST_DELTA = 1e-3; // delta of the first penalty, in ln L
static const double SHRINK = 0.1;       // each delta over the one before
static const double LAST_DELTA = 1e-6;  // the last delta over the mean residual
static const double NOTHING = 1e-9;     // a mean residual in ln L that is none, and the least delta
static const double ROUNDING = 1e-15;   // error of a residual in ln L

static Minimum smoothed(const Problem *p, double delta, bool near, double *z) {
    Problem smooth = *p;
    smooth.estimator = estimator_find("huber-log");
    smooth.delta = delta;
    return descent_smooth(&smooth, near, z);
}

static double sum_at(const Problem *p, const double *z) {
    double theta[LAW_MAX_PARAMS];
    problem_theta(p, z, theta);
    return problem_objective(p, theta, NULL);
}

/* Return how far z is from a minimum: the norm of the subgradient with s_i = r_i / delta at
 * `smooth`, the minimum of the smoothed objective. It is infinite where that is no subgradient at
 * z. */
static double subgradient_norm(const Problem *p, const double *smooth, double delta,
                               const double *z, double value) {
    const int n = p->law->n_params;
    double at[LAW_MAX_PARAMS], from[LAW_MAX_PARAMS], sum[LAW_MAX_PARAMS] = {0}, gap = 0;
    problem_theta(p, z, at);
    problem_theta(p, smooth, from);
    for (size_t row = 0; row < p->points->n; row++) {
        const double weight = problem_weight(p, row);
        if (weight == 0) continue;
        double g[LAW_MAX_PARAMS];
        const double r = problem_residual(p, row, at, g);
        const double s = fmax(-1, fmin(1, problem_residual(p, row, from, NULL) / delta));
        gap += weight * (fabs(r) - s * r);
        for (int i = 0; i < n; i++) sum[i] += weight * s * g[i];
    }
    if (gap > 1e-9 * value + NOTHING * problem_total_weight(p)) return INFINITY;
    problem_gradient_to_z(p, at, sum);
    return minimise_norm(&(Descent){.n = n, .lo = p->lo, .hi = p->hi}, z, sum);
}

/* Extrapolate the straight line from the minimum `before` through the minimum z. to: the share of
 * the way from this delta to 0; it is 1 - SHRINK for the next delta. */
static void draw_out(const Problem *p, const double *before, double to, const double *z,
                     double *out) {
    const double share = to * SHRINK / (1 - SHRINK);
    for (int i = 0; i < p->law->n_params; i++) {
        out[i] = z[i] + (z[i] - before[i]) * share;
        out[i] = fmin(fmax(out[i], p->lo[i]), p->hi[i]);
    }
}

Minimum lad_descend(const Problem *p, bool near, double *z) {
    const size_t size = sizeof(double[LAW_MAX_PARAMS]);
    const double total = problem_total_weight(p);
    double before[LAW_MAX_PARAMS], now[LAW_MAX_PARAMS] = {0}, next[LAW_MAX_PARAMS],
                                   delta = FIRST_DELTA;
    memcpy(now, z, sizeof(double) * p->law->n_params);
    Minimum m = smoothed(p, delta, near, now);
    const double last = fmax(LAST_DELTA * sum_at(p, now) / total, NOTHING);
    memcpy(before, now, size);
    while (delta > last && m.stop != STOP_FAILED) {
        draw_out(p, before, 1 - SHRINK, now, next);
        memcpy(before, now, size);
        memcpy(now, next, size);
        delta *= SHRINK;
        smoothed(p, delta, true, now);
    }
    draw_out(p, before, 1, now, next);
    memcpy(z, sum_at(p, next) < sum_at(p, now) ? next : now, sizeof(double) * p->law->n_params);
    m.value = sum_at(p, z);
    m.gradient_norm = subgradient_norm(p, now, delta, z, m.value);
    /* The s_i are as exact as r_i / delta. */
    const double tolerance = fmax(GRADIENT_DONE, ROUNDING / delta) * total;
    if (m.stop != STOP_FAILED) m.stop = m.gradient_norm <= tolerance ? STOP_GRADIENT : STOP_STEP;
    return m;
}
