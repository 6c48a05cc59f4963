/* study_doubts.c: puts misses and silences in words. */
#include "analysis/questions/study_doubts.h"

#include <math.h>

#include "analysis/fit/notes.h"
#include "analysis/questions/validate.h"

/* ---- misses ---------------------------------------------------------------------------------- */

static void doubt(Arena *arena, Fit *fit, const char *what, const Holdout *h, const Outcome *o) {
    if (!outcome_one_sided(o)) return;
    const char *inside =
        o->judged ? arena_printf(arena, "; inside their intervals: %zu of %zu", o->inside, o->n)
                  : "";
    notes_add_doubt(
        fit, arena_printf(arena,
                          "doubt: %s, all came out on one side: what was foretold is %.2g %% "
                          "too %s, %.2g times %s%s.",
                          what, 100 * fabs(h->bias), h->bias > 0 ? "high" : "low", fabs(o->noises),
                          fit_scatter(fit).words, inside));
}

static void doubt_misses(Arena *arena, Study *s) {
    const Validation *v = study_answer(s, &VALIDATION_QUESTION);
    const Holdout held = fit_holdout(&s->fit);
    const Outcome o = validate_held(&s->fit);
    if (o.n > 0)
        doubt(arena, &s->fit, arena_printf(arena, "of the runs held out (%s)", s->fit.held->rule),
              &held, &o);
    if (!v || validate_user_holdout(&s->fit)) return;
    doubt(
        arena, &s->fit,
        arena_printf(arena, "of the largest (%s), foretold by a fit without them", v->largest.rule),
        &v->largest.error, &v->largest.outcome);
    doubt(arena, &s->fit,
          arena_printf(arena, "of each value of %s, foretold by a fit without it", v->sizes.by),
          &v->sizes.error, &v->sizes.outcome);
}

/* ---- silences -------------------------------------------------------------------------------- */

/* Return the rate that all rows have; NaN where there are several, or a row without one. */
static double one_rate(const Points *points) {
    const double lr = points->n ? points->rows[0].lr : NAN;
    for (size_t i = 0; i < points->n; i++)
        if (points->rows[i].lr != lr) return NAN;
    return lr > 0 ? lr : NAN;
}

static bool given(const Points *points, double (*of)(const Point *)) {
    for (size_t i = 0; i < points->n; i++)
        if (of(&points->rows[i]) > 0) return true;
    return false;
}

static double unique_of(const Point *p) {
    return p->unique_tokens;
}

static double rate_of(const Point *p) {
    return p->lr;
}

/* Return what is not known of the rates; NULL where some place was run at several. */
static const char *of_rates(Arena *arena, const Fit *fit) {
    const double lr = one_rate(fit->points);
    if (!given(fit->points, rate_of)) return "lr is not given";
    if (isfinite(lr)) return arena_printf(arena, "all runs have lr %.3g", lr);
    return fit->one_rate_a_cell ? "each size and length has one lr" : NULL;
}

static void say_silences(Arena *arena, Fit *fit) {
    const char *rates = of_rates(arena, fit);
    const bool unique = given(fit->points, unique_of);
    if (unique && !rates) return;
    notes_add(fit,
              arena_printf(arena, "No residual shows %s%s%s%s%s.",
                           unique ? "" : "whether data were repeated (unique_tokens is not given)",
                           !unique && rates ? ", nor " : "",
                           rates ? "whether the learning rates suit these runs (" : "",
                           rates ? rates : "", rates ? ")" : ""));
}

void study_doubts(Arena *arena, Study *study) {
    doubt_misses(arena, study);
    if (!study->simulation) say_silences(arena, &study->fit);
}
