/* estimate.c: from starts to the best minimum.
 *
 * The minimiser sees the objective divided by delta (so that a residual of delta costs about delta)
 * in centred variables.
 */
#include <math.h>
#include <string.h>

#include "fit/estimate.h"

/* Gradient per unit of weight: below the first the minimiser is done, above the second it has
 * failed. */
static const double GRADIENT_DONE = 1e-8, GRADIENT_FAILED = 1e-5;

static double centred_objective(const double *z, double *gradient, const void *data) {
    const Problem *p = data;
    double theta[LAW_MAX_PARAMS];
    problem_theta(p, z, theta);
    const double value = problem_objective(p, theta, gradient) / p->delta;
    if (!gradient) return value;
    for (int i = 0; i < p->law->n_params; i++) gradient[i] /= p->delta;
    problem_gradient_to_z(p, theta, gradient);
    return value;
}

bool estimate_converged(const Estimate *e) {
    return e->stop != STOP_FAILED && e->gradient_norm <= GRADIENT_FAILED;
}

static Estimate read_off(Arena *scratch, const Problem *p) {
    Estimate e = {.objective = NAN, .stop = STOP_READ_OFF, .n_starts = 1, .n_best = 1};
    e.why = p->law->read_off(scratch, p->points, p->weights, p->how, e.theta);
    if (e.why) e.stop = STOP_FAILED;
    return e;
}

Estimate estimate_from(Arena *scratch, const Problem *p, const double *theta) {
    if (p->law->read_off) return read_off(scratch, p);
    const int n = p->law->n_params;
    const double total = problem_total_weight(p);
    double z[LAW_MAX_PARAMS];
    for (int i = 0; i < n; i++) z[i] = problem_centred(p, theta, i);
    const Minimum m = minimise(centred_objective, p, n, p->lo, p->hi, GRADIENT_DONE * total, z);
    Estimate e = {
        .objective = m.value * p->delta, .gradient_norm = m.gradient_norm / total, .stop = m.stop};
    e.n_starts = e.n_best = 1;
    problem_theta(p, z, e.theta);
    for (int i = 0; i < n; i++)
        e.at_bound[i] = !p->fixed[i] && (z[i] <= p->lo[i] + 1e-6 || z[i] >= p->hi[i] - 1e-6);
    return e;
}

Estimate estimate_best(Arena *scratch, const Problem *p, int n_starts) {
    if (p->law->read_off) return read_off(scratch, p);
    Estimate *all = ARENA_ARRAY(scratch, Estimate, (size_t)n_starts);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n_starts; i++) {
        double theta[LAW_MAX_PARAMS];
        p->law->start(&p->data, i, theta);
        all[i] = estimate_from(NULL, p, theta);
    }
    int best = 0;
    for (int i = 1; i < n_starts; i++)
        if (all[i].stop != STOP_FAILED && !(all[i].objective >= all[best].objective)) best = i;
    Estimate e = all[best];
    /* Equal to a millionth, or to what is nothing beside the penalty of delta. */
    const double same =
        e.objective * (1 + 1e-6) + 1e-9 * p->delta * p->delta * problem_total_weight(p);
    e.n_starts = n_starts;
    e.n_best = 0;
    for (int i = 0; i < n_starts; i++) e.n_best += all[i].objective <= same;
    return e;
}
