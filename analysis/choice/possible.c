/* possible.c: truths from starts or from fits, and every law's fit to each. */
#include "analysis/choice/possible.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/estimate.h"
#include "analysis/fit/problem_of.h"

/* ---- truths ---------------------------------------------------------------------------------- */

/* What the starts of a law are scaled to: losses in units of their mean. */
static const double LEAST = 0.75, WORST = 1.3;
static const double FALL_LEAST = 1.15, FALL_MOST = 4; // of the loss over all cells, a factor
enum { MOST_TRIES = 2000 };

static LawData scale_of(Arena *arena, const Law *law, const Cells *cells) {
    Point *rows = ARENA_ARRAY(arena, Point, cells->n);
    for (size_t i = 0; i < cells->n; i++) rows[i] = cells->rows[i].at, rows[i].loss = 1;
    rows[0].loss = WORST;
    LawData data = law_data(arena, law, &(Points){.rows = rows, .n = cells->n});
    data.min_loss = LEAST;
    data.mean_loss = 1;
    return data;
}

static bool credible(const Law *law, const double *theta, const Cells *cells) {
    double lo = INFINITY, hi = -INFINITY;
    for (size_t i = 0; i < cells->n; i++) {
        const double ln_loss = law_log_loss(law, theta, &cells->rows[i].at);
        lo = fmin(lo, ln_loss), hi = fmax(hi, ln_loss);
    }
    return hi - lo >= log(FALL_LEAST) && hi - lo <= log(FALL_MOST);
}

static void add_truths(Arena *arena, const Law *law, const Cells *cells, int each, Possible *out) {
    const LawData data = scale_of(arena, law, cells);
    for (int i = 0, found = 0; found < each && i < MOST_TRIES; i++) {
        Truth *t = &out->truths[out->n_truths];
        t->law = law;
        law->start(&data, i, t->theta);
        if (!credible(law, t->theta, cells)) continue;
        found++;
        out->n_truths++;
    }
}

Status possible_from_laws(Arena *arena, const Law *const *laws, size_t n_laws, const Cells *cells,
                          int each, Possible *out, Err *err) {
    static const Points NONE;
    *out = (Possible){.truths = ARENA_ARRAY(arena, Truth, n_laws * (size_t)each),
                      .laws = ARENA_ARRAY(arena, const Law *, n_laws),
                      .n_laws = n_laws,
                      .rows = &NONE};
    for (size_t i = 0; i < n_laws && cells->n > 0; i++) {
        const size_t before = out->n_truths;
        out->laws[i] = laws[i];
        add_truths(arena, laws[i], cells, each, out);
        for (size_t t = before; t < out->n_truths; t++)
            out->truths[t].weight = 1 / (double)(out->n_truths - before);
    }
    double sum = 0;
    for (size_t t = 0; t < out->n_truths; t++) sum += out->truths[t].weight;
    for (size_t t = 0; t < out->n_truths; t++) out->truths[t].weight /= sum;
    if (out->n_truths == 0)
        FAIL(err, E_FAILED,
             "no law is credible on these candidates: they need several sizes and lengths");
    return OK;
}

/* Least weight of a law before they are made to add up to 1: the weights of a first batch are surer
 * of themselves than it warrants, and what is planned next should be able to show them wrong. */
static const double LEAST_WEIGHT = 0.05;

Status possible_from_rows(Arena *arena, const Forecast *f, Possible *out, Err *err) {
    *out = (Possible){.truths = ARENA_ARRAY(arena, Truth, f->n),
                      .laws = ARENA_ARRAY(arena, const Law *, f->n),
                      .n_laws = f->n,
                      .rows = f->points};
    double sum = 0, run = 0, trunk = 0;
    for (size_t i = 0; i < f->n; i++) {
        const Candidate *c = &f->laws[i];
        out->laws[i] = c->law;
        Truth *t = &out->truths[out->n_truths++];
        *t = (Truth){.law = c->law, .weight = fmax(f->weight[i], LEAST_WEIGHT)};
        memcpy(t->theta, c->at.theta, sizeof t->theta);
        const bool parted = !isnan(c->noise.run);
        run += t->weight * pow(parted ? c->noise.run : c->noise.total, 2);
        trunk += t->weight * (parted ? pow(c->noise.trunk, 2) : 0);
        sum += t->weight;
    }
    for (size_t t = 0; t < out->n_truths; t++) out->truths[t].weight /= sum;
    out->noise = sqrt(run / sum);
    out->trunk = sqrt(trunk / sum);
    if (!(out->noise > 0)) FAIL(err, E_FAILED, "%s: its runs tell no noise", f->points->source);
    return OK;
}

double possible_best_size(const Possible *p, double flops) {
    double sum = 0, weight = 0;
    for (size_t t = 0; t < p->n_truths; t++) {
        const Truth *truth = &p->truths[t];
        if (!truth->law->frontier) continue;
        const Frontier f = truth->law->frontier(truth->theta, 6, 1);
        if (!isfinite(f.ln_n0 + f.a)) continue;
        sum += truth->weight * (f.ln_n0 + f.a * log(flops));
        weight += truth->weight;
    }
    return exp(sum / weight); // NaN where no weight is
}

/* ---- views ----------------------------------------------------------------------------------- */

enum { STARTS = 4 };
static const double OVER_WORST = 1.2;

/* What is known of a coefficient before any run, as a standard deviation: wide, but what makes a
 * variance of every design. */
static const double SD_LOGGED = 2, SD_PLAIN = 0.5;

double possible_one_token(const Truth *t, const Points *places) {
    double most = 0;
    for (int i = 0; i < t->law->n_params; i++)
        if (t->law->params[i].known) return law_param(t->law, t->theta, i);
    for (size_t i = 0; i < places->n; i++) most = fmax(most, places->rows[i].loss);
    return OVER_WORST * most;
}

/* All places with the losses of a truth. */
static Points places_of(Arena *arena, const Possible *p, const Cells *cells, const Truth *truth) {
    Points out = *p->rows;
    out.n = p->rows->n + cells->n;
    out.rows = ARENA_ARRAY(arena, Point, out.n);
    out.n_groups = (int)out.n;
    for (size_t i = 0; i < out.n; i++) {
        out.rows[i] = i < p->rows->n ? p->rows->rows[i] : cells->rows[i - p->rows->n].at;
        out.rows[i].loss = law_loss(truth->law, truth->theta, &out.rows[i]);
        out.rows[i].weight = 1;
        out.rows[i].group = (int)i;
    }
    if (!out.source) {
        out.source = "candidates";
        out.unigram_nat = possible_one_token(truth, &out);
    }
    return out;
}

static void fill_view(Arena *arena, const Problem *p, const double *theta, const Truth *truth,
                      const Point *target, View *out) {
    const size_t n = p->points->n;
    out->k = p->n_free;
    out->gradient = ARENA_ARRAY(arena, double, (n + 1) * (size_t)out->k);
    out->miss = ARENA_ARRAY(arena, double, n + 1);
    for (size_t i = 0; i <= n; i++) {
        const Point *at = i < n ? &p->points->rows[i] : target;
        double x[LAW_MAX_VARIABLES], g[LAW_MAX_PARAMS];
        law_x(p->law, at, x);
        out->miss[i] = law_log_loss(truth->law, truth->theta, at) - p->law->log_loss(theta, x, g);
        problem_gradient_to_z(p, theta, g);
        int k = 0;
        for (int j = 0; j < p->law->n_params; j++)
            if (!p->fixed[j]) out->gradient[i * (size_t)out->k + (size_t)k++] = g[j];
    }
    int k = 0;
    for (int j = 0; j < p->law->n_params; j++)
        if (!p->fixed[j])
            out->prior[k++] = pow(p->law->params[j].logged ? SD_LOGGED : SD_PLAIN, -2);
}

/* Fit a law to a truth; false where the places cannot carry it. */
static bool see(Arena *arena, const Points *places, const Truth *truth, const Law *law,
                const Point *target, View *out) {
    FitOptions o = fit_options_default();
    Problem problem;
    Err ignored;
    o.law = law->name, o.x = law->x, o.estimator = "l2-log";
    if (problem_of(arena, places, &o, &problem, &ignored) != OK) return false;
    const Estimate e = law == truth->law ? (Estimate){.stop = STOP_GRADIENT}
                                         : estimate_best(arena, &problem, STARTS);
    if (e.stop == STOP_FAILED) return false;
    fill_view(arena, &problem, law == truth->law ? truth->theta : e.theta, truth, target, out);
    return true;
}

/* Keep the views of the laws that were seen with every truth. */
static void drop_unseen(Possible *p, const bool *seen) {
    size_t views = 0, laws = 0;
    for (size_t i = 0; i < p->n_truths * p->n_laws; i++)
        if (seen[i % p->n_laws]) p->views[views++] = p->views[i];
    for (size_t j = 0; j < p->n_laws; j++)
        if (seen[j]) p->laws[laws++] = p->laws[j];
    p->n_views = views;
    p->n_laws = laws;
}

Status possible_see(Arena *arena, Possible *p, const Cells *cells, const Point *target, Err *err) {
    const size_t n = p->n_truths * p->n_laws;
    bool *seen = ARENA_ARRAY(arena, bool, p->n_laws), *each = ARENA_ARRAY(arena, bool, n);
    Points *places = ARENA_ARRAY(arena, Points, p->n_truths);
    p->views = ARENA_ARRAY(arena, View, n);
    p->n_places = p->rows->n + cells->n;
    for (size_t t = 0; t < p->n_truths; t++) places[t] = places_of(arena, p, cells, &p->truths[t]);
    for (size_t i = 0; i < n; i++) {
        const size_t t = i / p->n_laws;
        p->views[i].truth = t;
        p->views[i].law = p->laws[i % p->n_laws];
        each[i] = see(arena, &places[t], &p->truths[t], p->views[i].law, target, &p->views[i]);
    }
    for (size_t j = 0; j < p->n_laws; j++) {
        seen[j] = true;
        for (size_t t = 0; t < p->n_truths; t++) seen[j] &= each[t * p->n_laws + j];
    }
    drop_unseen(p, seen);
    if (p->n_laws == 0)
        FAIL(err, E_FAILED,
             "the candidates carry none of the laws: they need at least 3 sizes and 3 lengths");
    return OK;
}
