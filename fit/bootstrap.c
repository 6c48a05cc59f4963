/* bootstrap.c: resample groups, refit from the estimate, and from data-scaled starts where that
 * ends badly. */
#include <math.h>
#include <string.h>

#include "fit/bootstrap.h"
#include "base/rng.h"

enum { MAX_DRAWS = 50, SECOND_STARTS = 4 };

/* Weights of resample number r, draw number d: each row's own times how often its group was drawn.
 */
static void draw(const Points *points, uint64_t seed, int r, int d, int *times, double *weights) {
    const Stream s = stream_open(seed, "bootstrap", (uint64_t)r);
    const uint64_t n = (uint64_t)points->n_groups;
    memset(times, 0, sizeof(int) * n);
    for (uint64_t k = 0; k < n; k++) times[stream_below(&s, (uint64_t)d * n + k, n)]++;
    for (size_t i = 0; i < points->n; i++)
        weights[i] = times[points->rows[i].group] * points->rows[i].weight;
}

static bool at_any_bound(const Estimate *e, int n) {
    for (int i = 0; i < n; i++)
        if (e->at_bound[i]) return true;
    return false;
}

static Estimate refit(Arena *scratch, const Problem *p, const Estimate *at) {
    Estimate best = estimate_from(scratch, p, at->theta);
    if (p->law->read_off) return best;
    const bool poor = !estimate_converged(&best) || at_any_bound(&best, p->law->n_params);
    for (int i = 0; poor && i < SECOND_STARTS; i++) {
        double theta[LAW_MAX_PARAMS];
        p->law->start(&p->data, i, theta);
        const Estimate e = estimate_from(scratch, p, theta);
        if (estimate_converged(&e) && !(e.objective >= best.objective)) best = e;
    }
    return best;
}

/* Returns the number of draws it took; out->stop is STOP_FAILED when none could be fitted. */
static int resample(Arena *scratch, const Problem *whole, const Estimate *at, int r, uint64_t seed,
                    Estimate *out) {
    int *times = ARENA_ARRAY(scratch, int, (size_t)whole->points->n_groups);
    double *weights = ARENA_ARRAY(scratch, double, whole->points->n);
    Problem p = *whole;
    p.weights = weights;
    out->stop = STOP_FAILED;
    for (int d = 0; d < MAX_DRAWS; d++) {
        draw(whole->points, seed, r, d, times, weights);
        if (problem_missing(scratch, &p, 0)) continue;
        *out = refit(scratch, &p, at);
        if (out->why) continue;
        return d + 1;
    }
    return MAX_DRAWS;
}

Bootstrap bootstrap(Arena *arena, const Problem *p, const Estimate *at, int resamples,
                    uint64_t seed) {
    const int n_params = p->law->n_params;
    Estimate *all = ARENA_ARRAY(arena, Estimate, (size_t)resamples);
    int *draws = ARENA_ARRAY(arena, int, (size_t)resamples);
#pragma omp parallel
    {
        Arena *scratch = arena_open();
#pragma omp for schedule(dynamic)
        for (int r = 0; r < resamples; r++) {
            arena_reset(scratch);
            draws[r] = resample(scratch, p, at, r, seed, &all[r]);
        }
        arena_close(scratch);
    }
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
