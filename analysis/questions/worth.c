/* worth.c: fits the law of the baseline rows, and works out the gains of each cell in every
 * resample.
 *
 * ln gain is kept in tables (1 + resamples, cells) whose row 0 is the estimate. Where no baseline
 * model within reach has the loss in a resample, the gain counts as infinite, or as 0 if that model
 * would be too small. An interval that reaches such a gain has an infinite end or ends at 0, which
 * is printed as open. */
#include "analysis/questions/worth.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/design.h"
#include "analysis/fit/fit_points.h"
#include "analysis/fit/noise.h"
#include "base/rng.h"
#include "base/stat.h"

const double WORTH_FAR = 10;
static const double BEYOND = 1e9; // ln gain that stands for a model out of reach

typedef struct {
    WorthTables t;
    const Points *points;
    double time_of_params, time_of_tokens;
    // residuals of the baseline's laws of loss and time, ordered by group
    size_t n_base, *group_start; // (groups + 1) where each group begins
    double *loss_noise, *time_noise;
    int loss_freedom, time_freedom; // degrees of freedom of the residuals
    size_t *rank;                   // (points) place of each row in its group
} Work;

// ---- the baseline's runs --------------------------------------------------------------------

/* Return the baseline rows, with N being the size that the field defines. */
static Points *base_rows(Arena *arena, const Points *points, const WorthContrast *c) {
    Points *base = worth_baseline(arena, points, c);
    if (c->field->size_column) base->n_convention = c->field->size_column;
    for (size_t i = 0; i < base->n; i++) base->rows[i].params = worth_size(c, &base->rows[i]);
    return base;
}

static Point place(double params, double tokens) {
    Point p = point_blank();
    p.params = params;
    p.tokens = tokens;
    return p;
}

/* Return whether the law depends on N and D only, and R falls as g^-eta from the place of every
 * cell, not only along the frontier. The closed form of g needs both. */
static bool grows_everywhere(const Fit *fit, const Worths *g) {
    static const double GROWN = 10, SAME = 1e-6;
    const Frontier f = fit_frontier_any(fit, fit->theta);
    if (!isfinite(f.E) || !(f.eta > 0)) return false;
    for (size_t i = 0; i < fit->points->n; i++) {
        const Point *p = &fit->points->rows[i], bare = place(p->params, p->tokens);
        const double ln_here = law_log_loss(fit->law, fit->theta, p);
        if (!(fabs(law_log_loss(fit->law, fit->theta, &bare) - ln_here) < SAME)) return false;
    }
    for (size_t i = 0; i < g->n_cells; i++) {
        const WorthCell *c = &g->cells[i];
        const Point here = place(c->params, c->tokens),
                    there = place(c->params * pow(GROWN, f.a), c->tokens * pow(GROWN, f.b));
        const double left = frontier_power(&f, law_loss(fit->law, fit->theta, &there)),
                     was = frontier_power(&f, law_loss(fit->law, fit->theta, &here));
        if (!(fabs(log(left / was) + f.eta * log(GROWN)) < SAME)) return false;
    }
    return true;
}

static bool fit_by(Arena *arena, const Points *base, const FitOptions *o, Worths *out) {
    Err err = {0};
    if (fit_points(arena, base, NULL, o, &out->base, &err) == OK) {
        const Design d = design_of(arena, base);
        if (!design_hides_free(&d, out->base.problem)) return true;
        out->why = arena_printf(arena,
                                "no gains: in the %s runs %s, and how their loss falls off that "
                                "line is not known.",
                                out->contrast.words.kind, design_says(arena, &d));
        return false;
    }
    out->why = arena_printf(arena, "no law of the %s runs: %s", out->contrast.words.kind,
                            points_unnamed(base, err.message));
    return false;
}

/* Fit the law of the baseline: the law asked for where its R behaves as the formula needs, else the
 * default law. */
static bool fit_base(Arena *arena, const Points *points, const FitOptions *options, Worths *out) {
    const Points *base = base_rows(arena, points, &out->contrast);
    const char *by_default = fit_options_default().law;
    const Law *asked = law_find_x(options->law, options->x);
    const bool takes_it = !out->contrast.field->law_is_default;
    if (takes_it && asked && asked->frontier && asked->log_loss) {
        if (!fit_by(arena, base, options, out)) return false;
        if (grows_everywhere(&out->base, out)) return true;
    }
    FitOptions o = *options;
    o.law = by_default;
    /* They name coefficients of another law. */
    if (!asked || strcmp(asked->name, by_default) != 0) o.fix = o.bound = NULL;
    if (takes_it)
        out->law_note =
            arena_printf(arena,
                         "gains are read on the law %s: --law %s does not tell how the loss of "
                         "any one model falls as it grows.",
                         by_default, options->law);
    return fit_by(arena, base, &o, out);
}

/* Fit ln time = constant + p ln N + q ln D, and write the residuals to `noise`. */
static void fit_time(Work *w, const double *ln_n, const double *ln_d, const double *ln_time,
                     double *noise) {
    Arena *arena = w->t.arena;
    const size_t n = w->n_base;
    double *of_n = ARENA_ARRAY(arena, double, n), *of_d = ARENA_ARRAY(arena, double, n);
    w->time_of_params = w->time_of_tokens = NAN;
    if (!*w->t.g->time) return;
    if (!worth_slope_weights(arena, ln_n, &ln_d, 1, n, of_n) ||
        !worth_slope_weights(arena, ln_d, &ln_n, 1, n, of_d))
        return;
    w->time_of_params = worth_dot(of_n, ln_time, n);
    w->time_of_tokens = worth_dot(of_d, ln_time, n);
    for (size_t i = 0; i < n; i++)
        noise[i] = ln_time[i] - w->time_of_params * ln_n[i] - w->time_of_tokens * ln_d[i];
}

/* Center the residuals, and scale them up for the degrees of freedom that fitting took. Return how
 * many degrees are left. */
static int make_noise(double *x, size_t n, int n_fitted) {
    const double mean = stat_mean(x, n);
    const int freedom = (int)n > n_fitted + 1 ? (int)n - n_fitted : 1;
    for (size_t i = 0; i < n; i++) x[i] = (x[i] - mean) * sqrt((double)n / freedom);
    return freedom;
}

static void study_base(Work *w) {
    Arena *arena = w->t.arena;
    const Fit *fit = &w->t.g->base;
    const Points *base = fit->points;
    const size_t n = w->n_base = base->n;
    double *ln_n = ARENA_ARRAY(arena, double, n), *ln_d = ARENA_ARRAY(arena, double, n),
           *ln_time = ARENA_ARRAY(arena, double, n);
    w->loss_noise = ARENA_ARRAY(arena, double, n);
    w->time_noise = ARENA_ARRAY(arena, double, n);
    w->group_start = ARENA_ARRAY(arena, size_t, (size_t)base->n_groups + 1);
    w->t.ln_flops_lo = INFINITY, w->t.ln_flops_hi = -INFINITY;
    size_t at = 0;
    for (int group = 0; group < base->n_groups; group++) {
        for (size_t i = 0; i < n; i++) {
            const Point *p = &base->rows[i];
            if (p->group != group) continue;
            ln_n[at] = ln_params(p), ln_d[at] = ln_tokens(p);
            ln_time[at] = log(strcmp(w->t.g->time, "wall_s") == 0 ? p->wall_s : p->cpu_s);
            w->loss_noise[at++] = log(p->loss) - law_log_loss(fit->law, fit->theta, p);
            w->t.ln_flops_lo = fmin(w->t.ln_flops_lo, ln_flops(p));
            w->t.ln_flops_hi = fmax(w->t.ln_flops_hi, ln_flops(p));
        }
        w->group_start[group + 1] = at;
    }
    fit_time(w, ln_n, ln_d, ln_time, w->time_noise);
    w->loss_freedom = make_noise(w->loss_noise, n, fit->law->n_params);
    w->time_freedom = make_noise(w->time_noise, n, 3);
    const Frontier f = fit_frontier_any(fit, fit->theta);
    w->t.g->time_exponent = f.a * w->time_of_params + f.b * w->time_of_tokens;
}

// ---- the gains of a cell ---------------------------------------------------------------------

/* Return the mean noise of some rows in resample r. Each group of the points draws a group of the
 * baseline's runs and a place in it, and takes its residuals from there on. */
static double noise_of(const Work *w, const Stream *s, const double *noise, const size_t *rows,
                       size_t n) {
    const uint64_t n_groups = (uint64_t)w->points->n_groups;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t group = (uint64_t)w->points->rows[rows[i]].group;
        const uint64_t donor = stream_below(s, group, (uint64_t)w->t.g->base.points->n_groups);
        const size_t from = w->group_start[donor], size = w->group_start[donor + 1] - from;
        const uint64_t place = stream_below(s, n_groups + group, size);
        sum += noise[from + (place + w->rank[rows[i]]) % size];
    }
    return sum / (double)n;
}

/* Return ln g, or -+BEYOND where the baseline model of equal loss is out of reach. */
static double ln_compute(const Work *w, const WorthCell *c, const Frontier *f, const double *theta,
                         double noise) {
    const Point twin = place(c->params, c->tokens);
    const double at_twin = law_loss(w->t.g->base.law, theta, &twin);
    const double wanted = at_twin * c->ratio * exp(noise), far = log(WORTH_FAR);
    if (!(wanted > f->E)) return BEYOND;
    const double ln_g = log(frontier_power(f, at_twin) / frontier_power(f, wanted)) / f->eta;
    const double there = log(c->twin_flops) + ln_g;
    return there > w->t.ln_flops_hi + far   ? BEYOND
           : there < w->t.ln_flops_lo - far ? -BEYOND
                                            : ln_g;
}

/* Fill the gains of a cell in one resample, by this law of the baseline. `loss` and `time` are the
 * noise of ln loss and ln time between the cell's runs and their twins. */
static void fill_cell(Work *w, size_t cell, int resample, const double *theta, double loss,
                      double time) {
    const WorthCell *c = &w->t.g->cells[cell];
    const size_t at = (size_t)resample * w->t.g->n_cells + cell;
    const Frontier f = fit_frontier_any(&w->t.g->base, theta);
    const double ln_g = ln_compute(w, c, &f, theta, loss);
    w->t.flops[at] = ln_g + log(c->twin_flops / c->flops);
    w->t.time[at] = (f.a * w->time_of_params + f.b * w->time_of_tokens) * ln_g +
                    log(c->twin_time / c->time) + time;
    w->t.tokens[at] = f.b * ln_g + log(c->twin_tokens / c->tokens);
}

/* Fill the gains of all cells in one resample; 0 is the estimate. */
static void fill_gains(Work *w, int r) {
    const Fit *fit = &w->t.g->base;
    const double *theta = r ? fit->boots + (size_t)(r - 1) * fit->law->n_params : fit->theta;
    const Stream of_loss = stream_open(fit->seed, "gain", (uint64_t)r),
                 of_time = stream_open(fit->seed, "gain-time", (uint64_t)r);
    const uint64_t seed = fit->seed;
    const double loss_size = r ? noise_size(seed, "gain-size", w->loss_freedom, r) : 0,
                 time_size = r ? noise_size(seed, "gain-time-size", w->time_freedom, r) : 0;
    for (size_t cell = 0; cell < w->t.g->n_cells; cell++) {
        const WorthCell *c = &w->t.g->cells[cell];
        if (c->n_twins == 0) {
            const size_t at = (size_t)r * w->t.g->n_cells + cell;
            w->t.flops[at] = w->t.time[at] = w->t.tokens[at] = NAN;
            continue;
        }
        const double loss = noise_of(w, &of_loss, w->loss_noise, c->rows, c->n) -
                            noise_of(w, &of_loss, w->loss_noise, c->twins, c->n_twins);
        const double time = noise_of(w, &of_time, w->time_noise, c->twins, c->n_twins) -
                            noise_of(w, &of_time, w->time_noise, c->rows, c->n);
        fill_cell(w, cell, r, theta, loss_size * loss, time_size * time);
    }
}

// ---- the whole ------------------------------------------------------------------------------

static void rank_in_groups(Work *w) {
    const Points *points = w->points;
    int *seen = ARENA_ARRAY(w->t.arena, int, (size_t)points->n_groups);
    w->rank = ARENA_ARRAY(w->t.arena, size_t, points->n);
    for (size_t i = 0; i < points->n; i++) w->rank[i] = (size_t)seen[points->rows[i].group]++;
}

Worths worths_of(Arena *arena, const Points *points, const WorthContrast *contrast,
                 const FitOptions *options) {
    Worths g = {.contrast = *contrast, .time = "", .time_exponent = NAN};
    if (!contrast->field) return g;
    worth_cells(arena, points, &g);
    Work w = {.t = {.arena = arena, .g = &g}, .points = points};
    const size_t resamples = fit_base(arena, points, options, &g) ? (size_t)g.base.n_boots : 0;
    w.t.flops = ARENA_ARRAY(arena, double, (resamples + 1) * g.n_cells);
    w.t.time = ARENA_ARRAY(arena, double, (resamples + 1) * g.n_cells);
    w.t.tokens = ARENA_ARRAY(arena, double, (resamples + 1) * g.n_cells);
    if (!g.why) {
        study_base(&w);
        rank_in_groups(&w);
        for (size_t r = 0; r <= resamples; r++) fill_gains(&w, (int)r);
        worth_tell_cells(&w.t);
    }
    for (size_t s = 0; s < g.n_settings; s++) worth_tell_setting(&w.t, &g.settings[s]);
    worth_notes(arena, points, &g);
    return g;
}
