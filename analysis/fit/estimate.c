/* estimate.c: goes from starts to the best minimum. How an estimator descends stands in way.h. */
#include <math.h>
#include <string.h>

#include "analysis/fit/descent.h"
#include "analysis/fit/estimate.h"
#include "analysis/fit/loose.h"
#include "analysis/fit/thin.h"
#include "analysis/fit/way.h"

bool estimate_converged(const Estimate *e) {
    return e->stop != STOP_FAILED && e->gradient_norm <= GRADIENT_FAILED;
}

static Estimate read_off(Arena *scratch, const Problem *p) {
    Estimate e = {.objective = NAN, .stop = STOP_READ_OFF, .n_starts = 1, .n_best = 1};
    e.why = p->law->read_off(scratch, p->points, p->weights, p->how, e.theta);
    if (e.why) e.stop = STOP_FAILED;
    return e;
}

static Estimate descended(const Problem *p, const double *theta, bool near) {
    const int n = p->law->n_params;
    Estimate e = {.n_starts = 1, .n_best = 1};
    double z[LAW_MAX_PARAMS];
    for (int i = 0; i < n; i++) z[i] = problem_centred(p, theta, i);
    const Minimum m =
        loose_asked(p) ? loose_descend(p, z, &e.n_evaluations) : way_of(p)->descend(p, near, z);
    const double total = problem_total_weight(p);
    e.stop = m.stop;
    e.gradient_norm = m.gradient_norm / total;
    problem_theta(p, z, e.theta);
    e.objective = problem_objective(p, e.theta, NULL) / (p->average ? total : 1);
    for (int i = 0; i < n; i++)
        e.at_bound[i] = !p->fixed[i] && (z[i] <= p->lo[i] + 1e-6 || z[i] >= p->hi[i] - 1e-6);
    return e;
}

Estimate estimate_from(Arena *scratch, const Problem *p, const double *theta) {
    return p->law->read_off ? read_off(scratch, p) : descended(p, theta, false);
}

Estimate estimate_near(Arena *scratch, const Problem *p, const double *theta) {
    if (p->law->read_off) return read_off(scratch, p);
    const Estimate e = descended(p, theta, true);
    return estimate_converged(&e) ? e : descended(p, theta, false);
}

Estimate estimate_again(Arena *scratch, const Problem *p, const double *theta, int n_starts) {
    Estimate best = estimate_near(scratch, p, theta);
    for (int i = 0; i < n_starts; i++) {
        double start[LAW_MAX_PARAMS];
        p->law->start(&p->data, i, start);
        const Estimate e = estimate_from(scratch, p, start);
        const bool lower = !(e.objective >= best.objective);
        if (lower && e.stop != STOP_FAILED) best = e;
    }
    return best;
}

/* Return the objective when every residual is 1e-8: below it differences are rounding. */
static double negligible(const Problem *p) {
    double slope, bend;
    return p->estimator->penalty(1e-8, p->delta, &slope, &bend) *
           (p->average ? 1 : problem_total_weight(p));
}

/* Return the best of all starts, on the rows of p. */
static Estimate race(Arena *scratch, const Problem *p, int n_starts) {
    double(*thetas)[LAW_MAX_PARAMS] =
        arena_alloc(scratch, sizeof(double[LAW_MAX_PARAMS]) * (size_t)n_starts);
    const Way *way = way_of(p);
    if (way->starts)
        n_starts = way->starts(p, n_starts, thetas);
    else
        for (int i = 0; i < n_starts; i++) p->law->start(&p->data, i, thetas[i]);
    Estimate *all = ARENA_ARRAY(scratch, Estimate, (size_t)n_starts);
#pragma omp parallel for schedule(dynamic)
    for (int i = 0; i < n_starts; i++) {
        all[i] = estimate_from(NULL, p, thetas[i]);
        all[i].start = i;
    }
    int best = 0;
    for (int i = 1; i < n_starts; i++)
        if (all[i].stop != STOP_FAILED && !(all[i].objective >= all[best].objective)) best = i;
    Estimate e = all[best];
    const double same = e.objective * (1 + 1e-6) + negligible(p);
    e.n_starts = n_starts;
    e.n_best = 0;
    for (int i = 0; i < n_starts; i++) e.n_best += all[i].objective <= same;
    return e;
}

Estimate estimate_best(Arena *scratch, const Problem *p, int n_starts) {
    if (p->law->read_off) return read_off(scratch, p);
    const Problem *part = thin_problem(scratch, p, THIN_RACE_ROWS);
    const Estimate first = race(scratch, part, n_starts);
    if (part == p) return first;
    Estimate e = estimate_near(scratch, p, first.theta);
    e.start = first.start;
    e.n_starts = first.n_starts;
    e.n_best = first.n_best;
    return e;
}
