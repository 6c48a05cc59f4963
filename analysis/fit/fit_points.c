/* fit_points.c: makes a Fit of an estimate, its resamples and the noise. judge.c tells whether to
 * believe it. */
#include "analysis/fit/fit_points.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/bootstrap.h"
#include "analysis/fit/judge.h"
#include "analysis/fit/noise.h"
#include "analysis/fit/problem_of.h"
#include "analysis/fit/thin.h"
#include "base/suggest.h"

static Status unknown_bootstrap(const char *name, Err *err) {
    const char *near = bootstrap_nearest(name);
    FAIL(err, E_USAGE, "no bootstrap '%s'%s", name,
         near ? DID_YOU_MEAN(near) : "; 'tinyscale fit --help' lists them");
}

/* Resample the problem. Of a large table only the groups of `part` are resampled, and stand for
 * all. */
static Bootstrap resamples_of(Arena *arena, const Problem *whole, const Problem *part,
                              const Estimate *e, const BootstrapKind *kind, const FitOptions *o) {
    if (part == whole) return bootstrap(arena, whole, e, kind, o->resamples, o->seed, o->watch);
    const Estimate at = estimate_near(arena, part, e->theta);
    if (at.why) return bootstrap(arena, whole, e, kind, o->resamples, o->seed, o->watch);
    Bootstrap b = bootstrap(arena, part, &at, kind, o->resamples, o->seed, o->watch);
    bootstrap_rescale(&b, whole->law->n_params, &at, e, part->points->n_groups,
                      whole->points->n_groups);
    return b;
}

Status fit_points(Arena *arena, const Points *points, const Points *held, const FitOptions *o,
                  Fit *out, Err *err) {
    Problem *problem = ARENA_NEW(arena, Problem);
    TRY(problem_of(arena, points, o, problem, err));
    const Estimate e = estimate_best(arena, problem, o->starts);
    if (e.why) FAIL(err, E_FAILED, "%s: %s: %s", points->source, problem->law->name, e.why);
    const BootstrapKind *kind = bootstrap_find(o->bootstrap);
    if (!kind) return unknown_bootstrap(o->bootstrap, err);
    const Problem *part = thin_problem(arena, problem, THIN_LARGE);
    const Bootstrap b = resamples_of(arena, problem, part, &e, kind, o);
    *out = (Fit){.law = problem->law,
                 .estimator = !problem->law->read_off ? problem->estimator->name
                              : *problem->how         ? problem->how
                                                      : "read-off",
                 .problem = problem,
                 .part = part,
                 .points = points,
                 .held = held,
                 .objective = e.objective,
                 .gradient_norm = e.gradient_norm,
                 .stop = e.stop,
                 .n_starts = e.n_starts,
                 .n_best = e.n_best,
                 .noise = noise_from(part, e.theta),
                 .form = form_of(part, e.theta),
                 .bootstrap = b.kind->name,
                 .boots = b.theta,
                 .n_boots = b.n,
                 .level = o->level,
                 .delta = problem->law->read_off ? NAN : o->delta,
                 .seed = o->seed,
                 .n_free = problem->n_free};
    memcpy(out->theta, e.theta, sizeof out->theta);
    fit_derive(out);
    judge_fit(arena, out, problem, &e, &b);
    return OK;
}
