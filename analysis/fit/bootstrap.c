/* bootstrap.c: the kinds of resamples, and refitting each of them. */
#include <math.h>
#include <string.h>

#include "analysis/fit/bootstrap.h"
#include "analysis/fit/leverage.h"
#include "base/err.h"
#include "base/rng.h"
#include "base/suggest.h"

enum {
    MAX_DRAWS = 50,    // draws of one resample until one can be fitted
    SECOND_STARTS = 4, // starts of the law, tried beside the estimate
    FEW_ROWS = 64,     // few rows leave other valleys: second starts are tried for every resample
    FEW_GROUPS = 12,   // signs of fewer groups make few different resamples
};

// ---- the kinds ------------------------------------------------------------------------------

/* Draw n times among n things, and count how often each is drawn. */
static void draw_times(uint64_t n, uint64_t seed, int r, int d, int *times) {
    const Stream s = stream_open(seed, "bootstrap", (uint64_t)r);
    memset(times, 0, sizeof(int) * n);
    for (uint64_t k = 0; k < n; k++) times[stream_below(&s, (uint64_t)d * n + k, n)]++;
}

static void draw_groups(BootstrapResample *out, uint64_t seed, int r, int d) {
    const Points *points = out->whole->points;
    draw_times((uint64_t)points->n_groups, seed, r, d, out->times);
    for (size_t i = 0; i < points->n; i++)
        out->weights[i] = out->times[points->rows[i].group] * points->rows[i].weight;
}

static void draw_rows(BootstrapResample *out, uint64_t seed, int r, int d) {
    const Points *points = out->whole->points;
    draw_times(points->n, seed, r, d, out->times);
    for (size_t i = 0; i < points->n; i++) out->weights[i] = out->times[i] * points->rows[i].weight;
}

/* Return a random weight of mean 0 and variance 1. It is a sign [Rademacher]; where few groups
 * would make few different resamples, it is one of six values [Webb 2023, "Reworking wild
 * bootstrap-based inference for clustered errors", Canadian J. Economics 56]. */
static double wild_weight(const Stream *s, uint64_t at, int n_groups) {
    const uint64_t six = stream_below(s, at, 6);
    const double size = n_groups < FEW_GROUPS ? sqrt((double)(1 + six % 3) / 2) : 1;
    return six < 3 ? size : -size;
}

static void draw_signs(BootstrapResample *out, uint64_t seed, int r, int d) {
    const Points *points = out->whole->points;
    const Stream s = stream_open(seed, "bootstrap-wild", (uint64_t)r);
    const uint64_t first = (uint64_t)d * (uint64_t)points->n_groups;
    for (size_t i = 0; i < points->n; i++) {
        const uint64_t group = (uint64_t)points->rows[i].group;
        const double times = wild_weight(&s, first + group, points->n_groups);
        out->weights[i] = points->rows[i].weight;
        out->ln_loss[i] = out->fitted[i] + times * out->residual[i];
    }
}

const BootstrapKind BOOTSTRAPS[] = {
    {"group", "trunks are drawn, each with all its rows", false, false, draw_groups},
    {"row", "rows are drawn one by one, whatever they share", false, true, draw_rows},
    {"wild", "residuals are turned about, those of a trunk together", true, false, draw_signs},
    {NULL, NULL, false, false, NULL},
};

const BootstrapKind *bootstrap_find(const char *name) {
    for (const BootstrapKind *k = BOOTSTRAPS; k->name; k++)
        if (strcmp(k->name, name) == 0) return k;
    return NULL;
}

const char *bootstrap_nearest(const char *name) {
    const char *names[COUNT_OF(BOOTSTRAPS)];
    size_t n = 0;
    for (; BOOTSTRAPS[n].name; n++) names[n] = BOOTSTRAPS[n].name;
    return suggest_nearest(name, names, n);
}

// ---- refitting ------------------------------------------------------------------------------

/* Return whether e ends at a bound that the estimate `at` does not end at. */
static bool at_new_bound(const Estimate *e, const Estimate *at, int n) {
    for (int i = 0; i < n; i++)
        if (e->at_bound[i] && !at->at_bound[i]) return true;
    return false;
}

static Estimate refit(Arena *scratch, const Problem *p, const Estimate *at) {
    Estimate best = estimate_near(scratch, p, at->theta);
    if (p->law->read_off) return best;
    const bool poor = !estimate_converged(&best) || p->points->n <= FEW_ROWS ||
                      at_new_bound(&best, at, p->law->n_params);
    for (int i = 0; poor && i < SECOND_STARTS; i++) {
        double theta[LAW_MAX_PARAMS];
        p->law->start(&p->data, i, theta);
        const Estimate e = estimate_from(scratch, p, theta);
        if (estimate_converged(&e) && !(e.objective >= best.objective)) best = e;
    }
    return best;
}

/* Draw and refit resample r. Return the number of draws it took; out->stop is STOP_FAILED when none
 * could be fitted. */
static int resample(Arena *scratch, const BootstrapResample *from, const BootstrapKind *kind,
                    const Estimate *at, int r, uint64_t seed, Estimate *out) {
    const size_t n = from->whole->points->n;
    BootstrapResample sample = *from;
    sample.weights = ARENA_ARRAY(scratch, double, n);
    sample.ln_loss = ARENA_ARRAY(scratch, double, n);
    sample.times = ARENA_ARRAY(scratch, int, n); // groups are no more than rows
    memcpy(sample.ln_loss, from->whole->data.ln_loss, sizeof(double) * n);
    Problem p = *from->whole;
    p.weights = sample.weights;
    p.data.ln_loss = sample.ln_loss;
    out->stop = STOP_FAILED;
    for (int d = 0; d < MAX_DRAWS; d++) {
        kind->draw(&sample, seed, r, d);
        if (problem_missing(scratch, &p, 0)) continue;
        *out = refit(scratch, &p, at);
        if (out->why) continue;
        return d + 1;
    }
    return MAX_DRAWS;
}

static Bootstrap collect(Arena *arena, const Estimate *all, const int *draws, int resamples,
                         int n_params) {
    Bootstrap b = {.theta = ARENA_ARRAY(arena, double, (size_t)resamples *n_params)};
    for (int r = 0; r < resamples; r++) {
        b.n_redrawn += draws[r] - 1;
        if (all[r].stop == STOP_FAILED) continue;
        memcpy(b.theta + (size_t)b.n * n_params, all[r].theta, sizeof(double) * n_params);
        for (int i = 0; i < n_params; i++) b.n_at_bound[i] += all[r].at_bound[i];
        b.n++;
    }
    return b;
}

Bootstrap bootstrap(Arena *arena, const Problem *p, const Estimate *at, const BootstrapKind *kind,
                    int resamples, uint64_t seed, Watch *watch) {
    Estimate *all = ARENA_ARRAY(arena, Estimate, (size_t)resamples);
    int *draws = ARENA_ARRAY(arena, int, (size_t)resamples);
    if (p->law->read_off && kind->residuals) kind = &BOOTSTRAPS[0];
    BootstrapResample from = {.whole = p};
    if (kind->residuals && resamples > 0) {
        const Leverage l = leverage_of(arena, p, at->theta);
        double *residual = ARENA_ARRAY(arena, double, p->points->n);
        leverage_unfit(&l, p->points, residual);
        from.fitted = l.fitted;
        from.residual = residual;
    }
    watch_begin(watch, "resamples", resamples);
#pragma omp parallel
    {
        Arena *scratch = arena_open();
#pragma omp for schedule(dynamic)
        for (int r = 0; r < resamples; r++) {
            arena_reset(scratch);
            draws[r] = resample(scratch, &from, kind, at, r, seed, &all[r]);
            watch_step(watch);
        }
        arena_close(scratch);
    }
    watch_end(watch);
    Bootstrap b = collect(arena, all, draws, resamples, p->law->n_params);
    b.kind = kind;
    b.n_rows = p->points->n;
    return b;
}

void bootstrap_rescale(Bootstrap *b, int n_params, const Estimate *of_m, const Estimate *of_n,
                       double m, double n) {
    for (int r = 0; r < b->n; r++)
        for (int i = 0; i < n_params; i++) {
            double *theta = &b->theta[r * n_params + i];
            *theta = of_n->theta[i] + sqrt(m / n) * (*theta - of_m->theta[i]);
        }
}
