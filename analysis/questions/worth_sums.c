/* worth_sums.c: means and slopes of ln gain. Each is a weighted sum of cells whose weights are
 * constant over the resamples, and its interval is made of quantiles of such sums. */
#include <math.h>

#include "analysis/questions/worth.h"
#include "base/stat.h"

const double WORTH_OPEN = 1e4;

// ---- least squares --------------------------------------------------------------------------

double worth_dot(const double *x, const double *y, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* Remove from x its projections on the columns, which are orthogonal to each other. Two passes
 * remove what rounding leaves after the first. */
static void orthogonalise(double *x, double *const *columns, int n_columns, size_t n) {
    for (int twice = 0; twice < 2; twice++)
        for (int k = 0; k < n_columns; k++) {
            const double share = worth_dot(x, columns[k], n) / worth_dot(columns[k], columns[k], n);
            for (size_t i = 0; i < n; i++) x[i] -= share * columns[k][i];
        }
}

bool worth_slope_weights(Arena *arena, const double *x, const double *const *others, int n_others,
                         size_t n, double *w) {
    double *columns[4];
    int n_columns = 0;
    MUST(n_others < (int)COUNT_OF(columns));
    for (int k = -1; k <= n_others; k++) {
        double *c = k < n_others ? ARENA_ARRAY(arena, double, n) : w;
        for (size_t i = 0; i < n; i++) c[i] = k < 0 ? 1 : k < n_others ? others[k][i] : x[i];
        if (n_columns > 0) orthogonalise(c, columns, 1, n); // subtract the mean
        const double before = worth_dot(c, c, n);
        orthogonalise(c, columns, n_columns, n);
        const double left = worth_dot(c, c, n);
        const bool told = left > 1e-6 * before && left > 1e-12 * (double)n;
        if (k == n_others) {
            for (size_t i = 0; i < n && told; i++) w[i] /= left;
            return told;
        }
        if (told) columns[n_columns++] = c;
    }
    return false;
}

// ---- sums over cells ------------------------------------------------------------------------

static double open_end(double x) {
    return x > WORTH_OPEN ? INFINITY : x < -WORTH_OPEN ? -INFINITY : x;
}

static double weighted(const WorthTables *t, const double *table, int resample,
                       const double *weights) {
    const double *row = table + (size_t)resample * t->g->n_cells;
    double sum = 0;
    for (size_t c = 0; c < t->g->n_cells; c++)
        if (weights[c] != 0) sum += weights[c] * row[c];
    return sum;
}

static Interval interval_of(const WorthTables *t, const double *table, const double *weights) {
    const Fit *fit = &t->g->base;
    Interval v = {weighted(t, table, 0, weights), NAN, NAN};
    if (isnan(v.value) || fit->n_boots == 0) return v;
    double *x = ARENA_ARRAY(t->arena, double, (size_t)fit->n_boots);
    for (int r = 0; r < fit->n_boots; r++) x[r] = weighted(t, table, r + 1, weights);
    v.lo = open_end(stat_quantile(x, (size_t)fit->n_boots, (1 - fit->level) / 2));
    v.hi = open_end(stat_quantile(x, (size_t)fit->n_boots, (1 + fit->level) / 2));
    return v;
}

static Interval factor_of(Interval ln) {
    return (Interval){exp(ln.value), exp(ln.lo), exp(ln.hi)};
}

bool worth_told(const WorthCell *c) {
    return c->reach == WORTH_MEASURED || c->reach == WORTH_EXTRAPOLATED;
}

/* Return the mean over the chosen cells that have a gain. */
static WorthMean mean_of(const WorthTables *t, const char *name, const bool *chosen) {
    const Worths *g = t->g;
    const Interval none = {NAN, NAN, NAN};
    WorthMean m = {name, NAN, NAN, none, none, none, 0, 0, false};
    double *weights = ARENA_ARRAY(t->arena, double, g->n_cells), ln_params_sum = 0, ln_ratio = 0;
    for (size_t i = 0; i < g->n_cells; i++) {
        const WorthCell *c = &g->cells[i];
        m.n_cells += chosen[i];
        if (!chosen[i] || !worth_told(c)) continue;
        m.n_told++;
        m.extrapolated |= c->reach == WORTH_EXTRAPOLATED;
        weights[i] = 1;
        ln_params_sum += log(c->params);
        ln_ratio += log(c->ratio);
    }
    if (m.n_told == 0) return m;
    for (size_t i = 0; i < g->n_cells; i++) weights[i] /= (double)m.n_told;
    m.params = exp(ln_params_sum / (double)m.n_told);
    m.ratio = exp(ln_ratio / (double)m.n_told);
    m.in_flops = factor_of(interval_of(t, t->flops, weights));
    m.in_time = factor_of(interval_of(t, t->time, weights));
    m.in_tokens = factor_of(interval_of(t, t->tokens, weights));
    return m;
}

/* Find the exponents of the law's terms in size and in data: those of its coefficients, else the
 * frontier's b and a in their place. Along the frontier the ratio of the two terms is constant. */
static void exponents(const Fit *fit, double *alpha, double *beta) {
    const Frontier f = fit_frontier_any(fit, fit->theta);
    *alpha = f.b, *beta = f.a;
    for (int i = 0; i < fit->law->n_params; i++) {
        const LawParam *p = &fit->law->params[i];
        if (p->ln_x == ln_params) *alpha = fit->theta[p->x_exponent];
        if (p->ln_x == ln_tokens) *beta = fit->theta[p->x_exponent];
    }
}

/* Fill weights (n_cells) for the slope of ln gain in ln C over a setting's cells. The proportion of
 * size to data, u = alpha ln N - beta ln D, is held constant where the cells allow it. Return false
 * where there is one scale only. */
static bool trend_weights(const WorthTables *t, WorthSetting *setting, double *weights) {
    const Worths *g = t->g;
    const size_t index = (size_t)(setting - g->settings);
    size_t n = 0, *cells = ARENA_ARRAY(t->arena, size_t, g->n_cells);
    double *column[4];
    for (size_t k = 0; k < COUNT_OF(column); k++)
        column[k] = ARENA_ARRAY(t->arena, double, g->n_cells);
    double *ln_c = column[0], *u = column[1], *uu = column[2], *slope = column[3];
    bool scales = false;
    for (size_t i = 0; i < g->n_cells; i++) {
        const WorthCell *c = &g->cells[i];
        if (c->setting != index || !worth_told(c)) continue;
        ln_c[n] = log(c->twin_flops);
        scales |= n > 0 && c->params != g->cells[cells[0]].params;
        cells[n++] = i;
    }
    if (!scales) return false;
    double alpha, beta;
    exponents(&g->base, &alpha, &beta);
    for (size_t i = 0; i < n; i++) {
        const WorthCell *c = &g->cells[cells[i]];
        u[i] = alpha * log(c->params) - beta * log(c->tokens);
    }
    const double middle = stat_mean(u, n);
    for (size_t i = 0; i < n; i++) uu[i] = (u[i] - middle) * (u[i] - middle);
    const double *const others[] = {u, uu};
    for (int n_others = n >= 6 ? 2 : n >= 4 ? 1 : 0; n_others >= 0; n_others--) {
        if (!worth_slope_weights(t->arena, ln_c, others, n_others, n, slope)) continue;
        for (size_t i = 0; i < n; i++) weights[cells[i]] = slope[i];
        setting->proportioned = n_others > 0;
        return true;
    }
    return false;
}

/* A slope that changes the gain by less than 1 % per tenfold compute counts as none, even when its
 * interval excludes 0: the correction for the proportion of size to data is no more exact. */
static const double NO_SLOPE = 0.004;

static WorthTrend trend_of(const WorthTables *t, const double *table, const double *weights,
                           bool told) {
    const Interval none = {NAN, NAN, NAN};
    const Interval v = told ? interval_of(t, table, weights) : none;
    const char *verdict = isnan(v.lo)                    ? "unknown"
                          : v.lo > 0 && v.hi > NO_SLOPE  ? "grows"
                          : v.hi < 0 && v.lo < -NO_SLOPE ? "shrinks"
                                                         : "holds";
    return (WorthTrend){v, verdict};
}

// ---- what is told --------------------------------------------------------------------------

void worth_tell_cells(WorthTables *t) {
    Worths *g = t->g;
    double *weights = ARENA_ARRAY(t->arena, double, g->n_cells);
    for (size_t i = 0; i < g->n_cells; i++) {
        WorthCell *c = &g->cells[i];
        const double ln_g = t->flops[i] - log(c->twin_flops / c->flops);
        const double there = log(c->twin_flops) + ln_g;
        if (c->n_twins == 0) continue;
        c->reach = fabs(ln_g) > WORTH_OPEN ? WORTH_TOO_FAR
                   : there > t->ln_flops_hi + 1e-9 || there < t->ln_flops_lo - 1e-9
                       ? WORTH_EXTRAPOLATED
                       : WORTH_MEASURED;
        if (c->reach == WORTH_TOO_FAR) continue;
        weights[i] = 1;
        c->in_flops = factor_of(interval_of(t, t->flops, weights));
        c->in_time = factor_of(interval_of(t, t->time, weights));
        c->in_tokens = factor_of(interval_of(t, t->tokens, weights));
        weights[i] = 0;
    }
}

void worth_tell_setting(WorthTables *t, WorthSetting *s) {
    Worths *g = t->g;
    const size_t index = (size_t)(s - g->settings);
    bool *chosen = ARENA_ARRAY(t->arena, bool, g->n_cells);
    double *weights = ARENA_ARRAY(t->arena, double, g->n_cells), lo = INFINITY, hi = 0;
    s->scales = ARENA_ARRAY(t->arena, WorthMean, g->n_cells);
    for (size_t i = 0; i < g->n_cells; i++) {
        if (g->cells[i].setting != index) continue;
        bool first = true;
        for (size_t k = 0; k < g->n_cells; k++) {
            chosen[k] = g->cells[k].setting == index && g->cells[k].params == g->cells[i].params;
            first &= !chosen[k] || k >= i;
        }
        if (first)
            s->scales[s->n_scales++] =
                mean_of(t, worth_scale_name(t->arena, g, &g->cells[i]), chosen);
        if (!worth_told(&g->cells[i])) continue;
        lo = fmin(lo, g->cells[i].twin_flops);
        hi = fmax(hi, g->cells[i].twin_flops);
    }
    for (size_t k = 0; k < g->n_cells; k++) chosen[k] = g->cells[k].setting == index;
    s->all = mean_of(t, "all", chosen);
    s->range = hi > 0 ? hi / lo : NAN;
    const bool told = trend_weights(t, s, weights);
    s->in_flops = trend_of(t, t->flops, weights, told);
    s->in_time = trend_of(t, t->time, weights, told);
    s->in_tokens = trend_of(t, t->tokens, weights, told);
    s->sentence = worth_sentence(t->arena, g, s);
}
