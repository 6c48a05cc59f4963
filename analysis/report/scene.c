/* scene.c: what can be told of a scene without drawing it. */
#include "analysis/report/scene.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/design.h"
#include "analysis/questions/worth_field.h"

double scene_x_params(const Point *q) {
    return q->params;
}
double scene_x_tokens(const Point *q) {
    return q->tokens;
}
double scene_x_flops(const Point *q) {
    return q->flops;
}
double scene_y_loss(const Scene *s, const Point *q) {
    (void)s;
    return q->loss;
}

static double *distinct(Arena *arena, const Points *points, double (*of)(const Point *),
                        size_t *n) {
    double *values = ARENA_ARRAY(arena, double, points->n + 1);
    *n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const double x = of(&points->rows[i]);
        size_t at = 0;
        while (at < *n && values[at] < x) at++;
        if (at < *n && values[at] == x) continue;
        memmove(values + at + 1, values + at, (*n - at) * sizeof *values);
        values[at] = x;
        ++*n;
    }
    return values;
}

void scene_measure(Scene *s) {
    s->sizes = distinct(s->arena, s->points, scene_x_params, &s->n_sizes);
    s->lengths = distinct(s->arena, s->points, scene_x_tokens, &s->n_lengths);
}

Point scene_sealed(const SealedRun *sealed) {
    Point p = point_blank();
    p.params = sealed->params;
    p.tokens = sealed->tokens;
    p.flops = sealed->flops;
    p.loss = sealed->loss;
    return p;
}

PlotRange scene_losses(const Scene *s) {
    PlotRange r = {NAN, NAN};
    for (size_t i = 0; i < s->points->n; i++) r = plots_range_add(r, s->points->rows[i].loss);
    for (size_t i = 0; i < s->held->n; i++) r = plots_range_add(r, s->held->rows[i].loss);
    for (size_t i = 0; i < s->points->n_sealed; i++)
        r = plots_range_add(plots_range_add(r, s->points->sealed[i].lo), s->points->sealed[i].hi);
    return r;
}

PlotRange scene_fitted(const Scene *s, double (*of)(const Point *)) {
    PlotRange r = {NAN, NAN};
    for (size_t i = 0; i < s->points->n; i++) r = plots_range_add(r, of(&s->points->rows[i]));
    return r;
}
PlotRange scene_shown(const Scene *s, double (*of)(const Point *)) {
    PlotRange r = scene_fitted(s, of);
    for (size_t i = 0; i < s->held->n; i++) r = plots_range_add(r, of(&s->held->rows[i]));
    for (size_t i = 0; i < s->points->n_sealed; i++) {
        const Point q = scene_sealed(&s->points->sealed[i]);
        r = plots_range_add(r, of(&q));
    }
    return r;
}

bool scene_has_losses(const Scene *s) {
    return s->fit && s->fit->law->log_loss;
}
bool scene_has_frontier(const Scene *s) {
    return s->fit && isfinite(fit_frontier(s->fit, s->fit->theta).ln_K);
}

bool scene_tells_best(const Scene *s) {
    return s->fit && isfinite(s->fit->split.a.value);
}

bool scene_tells_apart(const Scene *s) {
    if (!scene_has_losses(s) || *s->fit->law->x) return false;
    const Design d = design_of(s->arena, s->fit->points);
    return !design_hides_free(&d, s->fit->problem);
}

/* Return the compute-optimal loss by a law's theta at *flops. */
double scene_loss_at_best(const Fit *fit, const double *theta, const void *flops) {
    const Frontier f = fit_frontier(fit, theta);
    return frontier_loss(&f, log(*(const double *)flops));
}

const char *scene_law_kind(const Scene *s) {
    const bool of_some = s->fit && s->fit->points->n < s->points->n;
    const WorthContrast *c = s->study->contrast;
    return of_some && c && c->field ? c->words.kind : NULL;
}

const char *scene_law_name(const Scene *s) {
    const char *kind = scene_law_kind(s);
    return kind ? arena_printf(s->arena, "law of %s runs", kind) : "law";
}
