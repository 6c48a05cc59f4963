/* problem_of.c: looks up names, sets the ranges of law and user, and checks that all of it
 * agrees. */
#include "analysis/fit/problem_of.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/constraint.h"
#include "analysis/fit/way.h"
#include "base/suggest.h"

static double mean_of(const Points *points, double (*f)(const Point *)) {
    double sum = 0;
    for (size_t k = 0; f && k < points->n; k++) sum += f(&points->rows[k]);
    return f ? sum / (double)points->n : 0;
}

static bool varies(const Points *points, double (*f)(const Point *)) {
    for (size_t k = 1; k < points->n; k++)
        if (f(&points->rows[k]) != f(&points->rows[0])) return true;
    return false;
}

static Status unknown(Err *err, const char *what, const char *name, const char *near) {
    FAIL(err, E_USAGE, "no %s '%s'%s", what, name,
         near ? DID_YOU_MEAN(near) : "; 'tinyscale fit --help' lists them");
}

/* Find one of the law's hows; "" finds its first. */
static Status find_how(const Law *law, const char *how, const char **out, Err *err) {
    *out = law->hows ? law->hows[0] : "";
    if (!how || *how == '\0') return OK;
    if (!law->hows) FAIL(err, E_USAGE, "%s has one optimum only, '%s' is none", law->name, how);
    for (int i = 0; law->hows[i]; i++)
        if (strcmp(law->hows[i], *out = how) == 0) return OK;
    size_t n = 0;
    while (law->hows[n]) n++;
    return unknown(err, "optimum", how, suggest_nearest(how, (const char **)law->hows, n));
}

/* Fail where the estimator cannot fit the law, or flags have no effect on it. */
static Status check_estimator(Arena *arena, const Problem *p, Err *err) {
    if (p->law->read_off) return OK;
    const Estimator *e = p->estimator;
    const Way *way = way_of(p);
    const char *why = way->refuses ? way->refuses(arena, p) : NULL;
    if (why) FAIL(err, E_USAGE, "%s cannot fit %s: %s", e->name, p->law->name, why);
    if ((p->average || p->tolerance > 0) && e->way != WAY_SMOOTH)
        FAIL(err, E_USAGE,
             "--%s stages a failure of gradient descent, which %s does not use; huber-log, l2-log "
             "and l2-raw do",
             p->average ? "average" : "tolerance", e->name);
    return OK;
}

Status problem_of(Arena *arena, const Points *points, const FitOptions *o, Problem *out, Err *err) {
    const Law *law = law_find_x(o->law, o->x ? o->x : "flops");
    if (!law) return unknown(err, "law", o->law, law_nearest(o->law));
    const Estimator *estimator = estimator_find(o->estimator);
    if (!estimator) return unknown(err, "estimator", o->estimator, estimator_nearest(o->estimator));
    if (points->n == 0) FAIL(err, E_FAILED, "%s: no points to fit", points->source);
    Problem p = {.law = law,
                 .estimator = estimator,
                 .delta = o->delta,
                 .average = o->average,
                 .tolerance = o->tolerance,
                 .points = points,
                 .data = law_data(arena, law, points)};
    p.weights = problem_own_weights(arena, points);
    TRY(find_how(law, o->how, &p.how, err));
    if (law->read_off && (o->fix || o->bound))
        FAIL(err, E_USAGE, "%s: %s is read off the points, nothing of it can be fixed or bounded",
             o->fix ? "--fix" : "--bound", law->name);
    for (int i = 0; i < law->n_params; i++) {
        const LawParam *row = &law->params[i];
        p.centre[i] = mean_of(points, row->ln_x);
        p.centre_y[i] = mean_of(points, row->ln_y);
        p.lo[i] = row->lo;
        p.hi[i] = row->hi;
    }
    if (law->bounds) law->bounds(&p.data, p.lo, p.hi);
    for (int i = 0; i < law->n_params; i++) {
        const LawParam *row = &law->params[i];
        p.fixed[i] = row->slope_of && !varies(points, row->slope_of);
        if (p.fixed[i]) p.lo[i] = p.hi[i] = row->logged ? row->lo : 0;
        const double known = row->known ? row->known(points) : NAN;
        if (isfinite(known)) p.fixed[i] = true, p.lo[i] = p.hi[i] = known;
    }
    TRY(constraint_apply(arena, o->fix, o->bound, &p, err));
    TRY(check_estimator(arena, &p, err));
    for (int i = 0; i < law->n_params; i++) p.n_free += !p.fixed[i];
    const char *missing = problem_missing(arena, &p, 1);
    if (missing) FAIL(err, E_FAILED, "%s: %s", points->source, missing);
    *out = p;
    return OK;
}
