/* loose.c: descent as it was done, and the minimum beside it. */
#include <math.h>
#include <string.h>

#include "analysis/fit/descent.h"
#include "analysis/fit/loose.h"

static const double COEFFICIENT = 100; // ln of one, either way

bool loose_asked(const Problem *p) {
    return p->tolerance > 0;
}

/* The objective in theta, as published: nothing centred, nothing scaled. */
static double published(const double *theta, double *gradient, const void *data) {
    const Problem *p = data;
    const double share = p->average ? 1 / problem_total_weight(p) : 1;
    const double value = problem_objective(p, theta, gradient) * share;
    for (int i = 0; gradient && i < p->law->n_params; i++) gradient[i] *= share;
    return value;
}

/* Bounds of theta: those of z, but for coefficients, whose bounds there are on their terms. */
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
    Minimum m = descend_loosely(&d, theta, n_evaluations);
    for (int i = 0; i < p->law->n_params; i++) z[i] = problem_centred(p, theta, i);
    const Descent right = problem_descent(p);
    m.value = problem_scaled(z, g, p);
    m.gradient_norm = descent_norm(&right, z, g);
    return m;
}

/* "alpha .45 where the minimum has .35, ..." of everything that is not a coefficient. */
static const char *misses(Arena *arena, const Law *law, const double *theta, const double *best) {
    const char *text = "";
    for (int i = 0; i < law->n_params; i++) {
        if (law->params[i].ln_x) continue;
        text = arena_printf(arena, "%s%s%s is %.4g where the minimum has %.4g", text,
                            *text ? ", " : "", law->params[i].name, law_param(law, theta, i),
                            law_param(law, best, i));
    }
    return text;
}

const char *loose_note(Arena *arena, const Problem *p, const Estimate *e) {
    if (!loose_asked(p) || p->law->read_off || estimate_converged(e)) return NULL;
    Problem right = *p;
    right.average = false;
    right.tolerance = 0;
    const Estimate best = estimate_from(arena, &right, e->theta);
    const char *what =
        p->average
            ? arena_printf(arena, "averaged over %zu rows, which makes it so small", p->points->n)
            : "so small";
    return arena_printf(
        arena,
        "stopped after %d evaluations from the best of %d starts: %s. The objective is %s "
        "that a tolerance of %g, or a step's gain of 2.2e-9, is met long before the "
        "minimum [Besiroglu et al. 2024].",
        e->n_evaluations, e->n_starts, misses(arena, p->law, e->theta, best.theta), what,
        p->tolerance);
}
