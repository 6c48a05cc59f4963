/* measure_windows.c: the pass over the held-out windows, shared out among the lanes. */
#include "train/measure_windows.h"

#include "base/stat.h"
#include "train/balance.h"

/* What a lane holds of the windows that go through it together. */
typedef struct {
    int *tokens, *targets; // (B, T)
    double *score;         // (B, T)
} Batch;

static Batch batch_alloc(const Dims *d, Arena *arena) {
    const size_t rows = (size_t)d->B * (size_t)d->T;
    return (Batch){ARENA_ARRAY(arena, int, rows), ARENA_ARRAY(arena, int, rows),
                   ARENA_ARRAY(arena, double, rows)};
}

/* Score windows first .. first + B - 1, those that exist, in one lane. means[i] gets the mean score
 * of window i. */
static void batch_score(const MeasureSubject *on, Lane *lane, const Batch *batch, uint64_t first,
                        MeasureScore *score, double *means) {
    const int B = on->model->d.B, T = on->model->d.T;
    const EvalWindows *w = on->windows;
    for (int b = 0; b < B; b++) {
        const uint64_t i = first + (uint64_t)b; // past the end: any window, not counted
        eval_windows_read(w, i < w->n_windows ? i : 0, batch->tokens + b * T,
                          batch->targets + b * T);
    }
    model_forward(on->model, lane, batch->tokens, PASS_JUDGE);
    score(batch->score, batch->targets, on->model, lane);
    for (int b = 0; b < B && first + (uint64_t)b < w->n_windows; b++)
        means[first + (uint64_t)b] = stat_mean(batch->score + b * T, (size_t)T);
}

Measured measure_windows(const MeasureSubject *on, MeasureScore *score) {
    Arena *arena = arena_open();
    const Dims *d = &on->model->d;
    const uint64_t B = (uint64_t)d->B, n = on->windows->n_windows, groups = (n + B - 1) / B;
    double *means = ARENA_ARRAY(arena, double, n);
    Batch *held = ARENA_ARRAY(arena, Batch, on->n_lanes);
    for (int i = 0; i < on->n_lanes; i++) held[i] = batch_alloc(d, arena);
    balance_clear(on->lanes, on->n_lanes, d);
#pragma omp parallel for num_threads(on->threads) schedule(static)
    for (int i = 0; i < on->n_lanes; i++)
        for (uint64_t g = (uint64_t)i; g < groups; g += (uint64_t)on->n_lanes)
            batch_score(on, &on->lanes[i], &held[i], g * B, score, means);
    if (on->routed) {
        router_tally_clear(on->routed, d);
        balance_collect(on->routed, on->lanes, on->n_lanes, d);
    }
    const Measured mean = {stat_mean(means, n), stat_se(means, n)};
    arena_close(arena);
    return mean;
}
