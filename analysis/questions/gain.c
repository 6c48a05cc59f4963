/* gain.c: the gain of each cell, its means and its trend, all from the same resamples.
 *
 * ln gain is kept in tables of (1 + resamples, cells), row 0 the estimate. Means and slopes are
 * sums of cells with weights that no resample changes, so an interval is the quantiles of such
 * sums. A resample in which no dense model within reach gets to the loss counts as a gain beyond
 * every number: the interval's end is then infinite, which says that it is open.
 */
#include <math.h>
#include <string.h>

#include "analysis/questions/gain.h"
#include "analysis/fit/fit_points.h"
#include "analysis/fit/noise.h"
#include "base/rng.h"
#include "base/stat.h"

const double GAIN_FAR = 10;
static const double BEYOND = 1e9, OPEN = 1e4; // ln gain of the censored, and what only they reach

typedef struct {
    Arena *arena;
    const Points *points;
    Gains *g;
    double ln_flops_lo, ln_flops_hi; // of the dense runs
    double time_of_params, time_of_tokens;
    // what the dense laws of loss and time leave over, by group
    size_t n_dense, *group_start; // (groups + 1)
    double *loss_noise, *time_noise;
    int loss_freedom, time_freedom; // rows beyond what was fitted
    size_t *rank;                   // (points) of a row in its group
    double *flops, *time;           // ln gains: (1 + n_boots, n_cells)
} Work;

// ---- least squares --------------------------------------------------------------------------

static double dot(const double *x, const double *y, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* Take from x what it has in common with the orthogonal columns. */
static void orthogonalise(double *x, double *const *columns, int n_columns, size_t n) {
    for (int twice = 0; twice < 2; twice++)
        for (int k = 0; k < n_columns; k++) {
            const double share = dot(x, columns[k], n) / dot(columns[k], columns[k], n);
            for (size_t i = 0; i < n; i++) x[i] -= share * columns[k][i];
        }
}

/* Weights w (n) with which sum w_i y_i is the slope of y in x beside a constant and n_others other
 * columns; false where x cannot be told from them. */
static bool slope_weights(Arena *arena, const double *x, const double *const *others, int n_others,
                          size_t n, double *w) {
    double *columns[4];
    int n_columns = 0;
    MUST(n_others < (int)COUNT_OF(columns));
    for (int k = -1; k <= n_others; k++) {
        double *c = k < n_others ? ARENA_ARRAY(arena, double, n) : w;
        for (size_t i = 0; i < n; i++) c[i] = k < 0 ? 1 : k < n_others ? others[k][i] : x[i];
        if (n_columns > 0) orthogonalise(c, columns, 1, n); // its mean
        const double before = dot(c, c, n);
        orthogonalise(c, columns, n_columns, n);
        const double left = dot(c, c, n);
        const bool told = left > 1e-6 * before && left > 1e-12 * (double)n;
        if (k == n_others) {
            for (size_t i = 0; i < n && told; i++) w[i] /= left;
            return told;
        }
        if (told) columns[n_columns++] = c;
    }
    return false;
}

// ---- the dense runs -------------------------------------------------------------------------

/* The dense rows by themselves, N what a token meets. */
static Points *dense_rows(Arena *arena, const Points *points) {
    Points *dense = points_dense(arena, points);
    dense->n_convention = "params_active";
    for (size_t i = 0; i < dense->n; i++) dense->rows[i].params = point_active(&dense->rows[i]);
    return dense;
}

static bool fit_dense(Arena *arena, const Points *points, const FitOptions *options, Gains *out) {
    FitOptions o = *options;
    o.law = LAW_CHINCHILLA.name;
    Err err = {0};
    if (fit_points(arena, dense_rows(arena, points), NULL, &o, &out->dense, &err) == OK)
        return true;
    const size_t n = strlen(points->source);
    const bool prefixed = strncmp(err.message, points->source, n) == 0 && err.message[n] == ':';
    out->why =
        arena_printf(arena, "no law of the dense runs: %s", err.message + (prefixed ? n + 2 : 0));
    return false;
}

/* ln time = constant + p ln N + q ln D; its residuals into noise. */
static void fit_time(Work *w, const double *ln_n, const double *ln_d, const double *ln_time,
                     double *noise) {
    Arena *arena = w->arena;
    const size_t n = w->n_dense;
    double *of_n = ARENA_ARRAY(arena, double, n), *of_d = ARENA_ARRAY(arena, double, n);
    w->time_of_params = w->time_of_tokens = NAN;
    if (!*w->g->time) return;
    if (!slope_weights(arena, ln_n, &ln_d, 1, n, of_n) ||
        !slope_weights(arena, ln_d, &ln_n, 1, n, of_d))
        return;
    w->time_of_params = dot(of_n, ln_time, n);
    w->time_of_tokens = dot(of_d, ln_time, n);
    for (size_t i = 0; i < n; i++)
        noise[i] = ln_time[i] - w->time_of_params * ln_n[i] - w->time_of_tokens * ln_d[i];
}

/* Residuals about their mean, widened by what fitting took out of them; returns how many are left
 * to tell their size. */
static int make_noise(double *x, size_t n, int n_fitted) {
    const double mean = stat_mean(x, n);
    const int freedom = (int)n > n_fitted + 1 ? (int)n - n_fitted : 1;
    for (size_t i = 0; i < n; i++) x[i] = (x[i] - mean) * sqrt((double)n / freedom);
    return freedom;
}

static void study_dense(Work *w) {
    Arena *arena = w->arena;
    const Fit *fit = &w->g->dense;
    const Points *dense = fit->points;
    const size_t n = w->n_dense = dense->n;
    double *ln_n = ARENA_ARRAY(arena, double, n), *ln_d = ARENA_ARRAY(arena, double, n),
           *ln_time = ARENA_ARRAY(arena, double, n);
    w->loss_noise = ARENA_ARRAY(arena, double, n);
    w->time_noise = ARENA_ARRAY(arena, double, n);
    w->group_start = ARENA_ARRAY(arena, size_t, (size_t)dense->n_groups + 1);
    w->ln_flops_lo = INFINITY, w->ln_flops_hi = -INFINITY;
    size_t at = 0;
    for (int group = 0; group < dense->n_groups; group++) {
        for (size_t i = 0; i < n; i++) {
            const Point *p = &dense->rows[i];
            if (p->group != group) continue;
            ln_n[at] = ln_params(p), ln_d[at] = ln_tokens(p);
            ln_time[at] = log(strcmp(w->g->time, "wall_s") == 0 ? p->wall_s : p->cpu_s);
            w->loss_noise[at++] = log(p->loss) - law_log_loss(fit->law, fit->theta, p);
            w->ln_flops_lo = fmin(w->ln_flops_lo, ln_flops(p));
            w->ln_flops_hi = fmax(w->ln_flops_hi, ln_flops(p));
        }
        w->group_start[group + 1] = at;
    }
    fit_time(w, ln_n, ln_d, ln_time, w->time_noise);
    w->loss_freedom = make_noise(w->loss_noise, n, fit->law->n_params);
    w->time_freedom = make_noise(w->time_noise, n, 3);
    const Frontier f = fit_frontier(fit, fit->theta);
    w->g->time_exponent = f.a * w->time_of_params + f.b * w->time_of_tokens;
}

// ---- the gain of a cell ---------------------------------------------------------------------

/* Mean noise of some rows in resample r: each group of the points has a group of the dense runs to
 * draw from, and a place there to begin at. */
static double noise_of(const Work *w, const Stream *s, const double *noise, const size_t *rows,
                       size_t n) {
    const uint64_t n_groups = (uint64_t)w->points->n_groups;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t group = (uint64_t)w->points->rows[rows[i]].group;
        const uint64_t donor = stream_below(s, group, (uint64_t)w->g->dense.points->n_groups);
        const size_t from = w->group_start[donor], size = w->group_start[donor + 1] - from;
        const uint64_t place = stream_below(s, n_groups + group, size);
        sum += noise[from + (place + w->rank[rows[i]]) % size];
    }
    return sum / (double)n;
}

/* ln g, or -+BEYOND where the dense model of equal loss is not within reach. */
static double ln_compute(const Work *w, const GainCell *c, const Frontier *f, const double *theta,
                         double noise) {
    const Point twin = {.params = c->params, .tokens = c->tokens};
    const double at_twin = law_loss(&LAW_CHINCHILLA, theta, &twin);
    const double wanted = at_twin * c->ratio * exp(noise), far = log(GAIN_FAR);
    if (!(wanted > f->E)) return BEYOND;
    const double ln_g = log((at_twin - f->E) / (wanted - f->E)) / f->eta;
    const double there = log(c->twin_flops) + ln_g;
    return there > w->ln_flops_hi + far ? BEYOND : there < w->ln_flops_lo - far ? -BEYOND : ln_g;
}

/* The gain of a cell by a law of the dense runs, when its runs and their twins are off by so much
 * in ln loss and ln time. */
static void fill_gain(Work *w, size_t cell, int resample, const double *theta, double loss,
                      double time) {
    const GainCell *c = &w->g->cells[cell];
    const size_t at = (size_t)resample * w->g->n_cells + cell;
    const Frontier f = fit_frontier(&w->g->dense, theta);
    const double ln_g = ln_compute(w, c, &f, theta, loss);
    w->flops[at] = ln_g + log(c->twin_flops / c->flops);
    w->time[at] = (f.a * w->time_of_params + f.b * w->time_of_tokens) * ln_g +
                  log(c->twin_time / c->time) + time;
}

/* All cells in one resample; 0 is the estimate. */
static void fill_gains(Work *w, int r) {
    const Fit *fit = &w->g->dense;
    const double *theta = r ? fit->boots + (size_t)(r - 1) * fit->law->n_params : fit->theta;
    const Stream of_loss = stream_open(fit->seed, "gain", (uint64_t)r),
                 of_time = stream_open(fit->seed, "gain-time", (uint64_t)r);
    const uint64_t seed = fit->seed;
    const double loss_size = r ? noise_size(seed, "gain-size", w->loss_freedom, r) : 0,
                 time_size = r ? noise_size(seed, "gain-time-size", w->time_freedom, r) : 0;
    for (size_t cell = 0; cell < w->g->n_cells; cell++) {
        const GainCell *c = &w->g->cells[cell];
        if (c->n_twins == 0) {
            w->flops[(size_t)r * w->g->n_cells + cell] = NAN;
            w->time[(size_t)r * w->g->n_cells + cell] = NAN;
            continue;
        }
        const double loss = noise_of(w, &of_loss, w->loss_noise, c->rows, c->n) -
                            noise_of(w, &of_loss, w->loss_noise, c->twins, c->n_twins);
        const double time = noise_of(w, &of_time, w->time_noise, c->twins, c->n_twins) -
                            noise_of(w, &of_time, w->time_noise, c->rows, c->n);
        fill_gain(w, cell, r, theta, loss_size * loss, time_size * time);
    }
}

// ---- sums over cells ------------------------------------------------------------------------

static double open_end(double x) {
    return x > OPEN ? INFINITY : x < -OPEN ? -INFINITY : x;
}

static double weighted(const Work *w, const double *table, int resample, const double *weights) {
    const double *row = table + (size_t)resample * w->g->n_cells;
    double sum = 0;
    for (size_t c = 0; c < w->g->n_cells; c++)
        if (weights[c] != 0) sum += weights[c] * row[c];
    return sum;
}

static Interval interval_of(const Work *w, const double *table, const double *weights) {
    const Fit *fit = &w->g->dense;
    Interval v = {weighted(w, table, 0, weights), NAN, NAN};
    if (isnan(v.value) || fit->n_boots == 0) return v;
    double *x = ARENA_ARRAY(w->arena, double, (size_t)fit->n_boots);
    for (int r = 0; r < fit->n_boots; r++) x[r] = weighted(w, table, r + 1, weights);
    v.lo = open_end(stat_quantile(x, (size_t)fit->n_boots, (1 - fit->level) / 2));
    v.hi = open_end(stat_quantile(x, (size_t)fit->n_boots, (1 + fit->level) / 2));
    return v;
}

static Interval factor_of(Interval ln) {
    return (Interval){exp(ln.value), exp(ln.lo), exp(ln.hi)};
}

bool gain_told(const GainCell *c) {
    return c->reach == GAIN_MEASURED || c->reach == GAIN_EXTRAPOLATED;
}

static bool same_setting(const Experts *a, const Experts *b) {
    return memcmp(a, b, sizeof *a) == 0;
}

/* The mean of the cells that are told among those chosen. */
static GainMean mean_of(const Work *w, const char *name, const bool *chosen) {
    const Gains *g = w->g;
    const Interval none = {NAN, NAN, NAN};
    GainMean m = {name, NAN, NAN, none, none, 0, 0, false};
    double *weights = ARENA_ARRAY(w->arena, double, g->n_cells), ln_params_sum = 0, ln_ratio = 0;
    for (size_t i = 0; i < g->n_cells; i++) {
        const GainCell *c = &g->cells[i];
        m.n_cells += chosen[i];
        if (!chosen[i] || !gain_told(c)) continue;
        m.n_told++;
        m.extrapolated |= c->reach == GAIN_EXTRAPOLATED;
        weights[i] = 1;
        ln_params_sum += log(c->params);
        ln_ratio += log(c->ratio);
    }
    if (m.n_told == 0) return m;
    for (size_t i = 0; i < g->n_cells; i++) weights[i] /= (double)m.n_told;
    m.params = exp(ln_params_sum / (double)m.n_told);
    m.ratio = exp(ln_ratio / (double)m.n_told);
    m.in_flops = factor_of(interval_of(w, w->flops, weights));
    m.in_time = factor_of(interval_of(w, w->time, weights));
    return m;
}

/* Weights (n_cells) of the slope of ln gain in ln C among a setting's cells, at one proportion of
 * size to data, u = alpha ln N - beta ln D, wherever the cells let it be told apart; false with one
 * scale. */
static bool trend_weights(const Work *w, GainSetting *setting, double *weights) {
    const Gains *g = w->g;
    const Fit *fit = &g->dense;
    size_t n = 0, *cells = ARENA_ARRAY(w->arena, size_t, g->n_cells);
    double *column[4];
    for (size_t k = 0; k < COUNT_OF(column); k++)
        column[k] = ARENA_ARRAY(w->arena, double, g->n_cells);
    double *ln_c = column[0], *u = column[1], *uu = column[2], *slope = column[3];
    const double alpha = fit->theta[2], beta = fit->theta[4];
    bool scales = false;
    for (size_t i = 0; i < g->n_cells; i++) {
        const GainCell *c = &g->cells[i];
        if (!same_setting(&c->experts, &setting->experts) || !gain_told(c)) continue;
        ln_c[n] = log(c->twin_flops);
        u[n] = alpha * log(c->params) - beta * log(c->tokens);
        scales |= n > 0 && c->params != g->cells[cells[0]].params;
        cells[n++] = i;
    }
    if (!scales) return false;
    const double middle = stat_mean(u, n);
    for (size_t i = 0; i < n; i++) uu[i] = (u[i] - middle) * (u[i] - middle);
    const double *const others[] = {u, uu};
    for (int n_others = n >= 6 ? 2 : n >= 4 ? 1 : 0; n_others >= 0; n_others--) {
        if (!slope_weights(w->arena, ln_c, others, n_others, n, slope)) continue;
        for (size_t i = 0; i < n; i++) weights[cells[i]] = slope[i];
        setting->proportioned = n_others > 0;
        return true;
    }
    return false;
}

/* A slope that is sure but changes the gain by less than a percent per tenfold compute is none: the
 * way in which the proportion of size to data is allowed for is no more exact than that. */
static const double NO_SLOPE = 0.004;

static GainTrend trend_of(const Work *w, const double *table, const double *weights, bool told) {
    const Interval none = {NAN, NAN, NAN};
    const Interval v = told ? interval_of(w, table, weights) : none;
    const char *verdict = isnan(v.lo)                    ? "unknown"
                          : v.lo > 0 && v.hi > NO_SLOPE  ? "grows"
                          : v.hi < 0 && v.lo < -NO_SLOPE ? "shrinks"
                                                         : "holds";
    return (GainTrend){v, verdict};
}

// ---- the whole ------------------------------------------------------------------------------

static void tell_cells(Work *w) {
    Gains *g = w->g;
    double *weights = ARENA_ARRAY(w->arena, double, g->n_cells);
    for (size_t i = 0; i < g->n_cells; i++) {
        GainCell *c = &g->cells[i];
        const double ln_g = w->flops[i] - log(c->twin_flops / c->flops);
        const double there = log(c->twin_flops) + ln_g;
        if (c->n_twins == 0) continue;
        c->reach = fabs(ln_g) > OPEN ? GAIN_TOO_FAR
                   : there > w->ln_flops_hi + 1e-9 || there < w->ln_flops_lo - 1e-9
                       ? GAIN_EXTRAPOLATED
                       : GAIN_MEASURED;
        if (c->reach == GAIN_TOO_FAR) continue;
        weights[i] = 1;
        c->in_flops = factor_of(interval_of(w, w->flops, weights));
        c->in_time = factor_of(interval_of(w, w->time, weights));
        weights[i] = 0;
    }
}

static void tell_setting(Work *w, GainSetting *s) {
    Gains *g = w->g;
    bool *chosen = ARENA_ARRAY(w->arena, bool, g->n_cells);
    double *weights = ARENA_ARRAY(w->arena, double, g->n_cells), lo = INFINITY, hi = 0;
    s->scales = ARENA_ARRAY(w->arena, GainMean, g->n_cells);
    for (size_t i = 0; i < g->n_cells; i++) {
        if (!same_setting(&g->cells[i].experts, &s->experts)) continue;
        bool first = true;
        for (size_t k = 0; k < g->n_cells; k++) {
            chosen[k] = same_setting(&g->cells[k].experts, &s->experts) &&
                        g->cells[k].params == g->cells[i].params;
            first &= !chosen[k] || k >= i;
        }
        if (first)
            s->scales[s->n_scales++] = mean_of(w, gain_scale_name(w->arena, &g->cells[i]), chosen);
        if (!gain_told(&g->cells[i])) continue;
        lo = fmin(lo, g->cells[i].twin_flops);
        hi = fmax(hi, g->cells[i].twin_flops);
    }
    for (size_t k = 0; k < g->n_cells; k++)
        chosen[k] = same_setting(&g->cells[k].experts, &s->experts);
    s->all = mean_of(w, "all", chosen);
    s->range = hi > 0 ? hi / lo : NAN;
    const bool told = trend_weights(w, s, weights);
    s->in_flops = trend_of(w, w->flops, weights, told);
    s->in_time = trend_of(w, w->time, weights, told);
    s->sentence = gain_sentence(w->arena, g, s);
}

Gains gains_of(Arena *arena, const Points *points, const FitOptions *options) {
    Gains g = {.time = "", .time_exponent = NAN};
    if (!points_mixed(points)) return g;
    gain_cells(arena, points, &g);
    Work w = {.arena = arena, .points = points, .g = &g};
    const size_t resamples = fit_dense(arena, points, options, &g) ? (size_t)g.dense.n_boots : 0;
    w.flops = ARENA_ARRAY(arena, double, (resamples + 1) * g.n_cells);
    w.time = ARENA_ARRAY(arena, double, (resamples + 1) * g.n_cells);
    if (!g.why) {
        study_dense(&w);
        int *seen = ARENA_ARRAY(arena, int, (size_t)points->n_groups);
        w.rank = ARENA_ARRAY(arena, size_t, points->n);
        for (size_t i = 0; i < points->n; i++) w.rank[i] = (size_t)seen[points->rows[i].group]++;
        for (size_t r = 0; r <= resamples; r++) fill_gains(&w, (int)r);
        tell_cells(&w);
    }
    for (size_t s = 0; s < g.n_settings; s++) tell_setting(&w, &g.settings[s]);
    gain_notes(arena, points, &g);
    return g;
}
