/* measure.c: the pass over the held-out windows, shared out among the lanes, and the table of
 * measures as functions of each. */
#include "train/measure.h"

#include "base/stat.h"
#include "train/balance.h"

typedef double Measure(const MeasureWindow *w);
#define MEASURE_ROW(name, ...) [MEASURE_##name] = measure_##name,
static Measure *const MEASURES[N_MEASURES] = {MEASURE_TABLE(MEASURE_ROW)};
#undef MEASURE_ROW

/* The tokens of the windows that go through a lane together. */
typedef struct {
    int *tokens, *targets; // (B, T)
} Batch;

static Batch batch_alloc(const Dims *d, Arena *arena) {
    const size_t rows = (size_t)d->B * (size_t)d->T;
    return (Batch){ARENA_ARRAY(arena, int, rows), ARENA_ARRAY(arena, int, rows)};
}

/* Measure windows first .. first + B - 1, those that exist, in one lane. of[m][i] gets what measure
 * m says of window i. */
static void batch_measure(const MeasureSubject *on, Lane *lane, const Batch *batch, uint64_t first,
                          double *const of[N_MEASURES]) {
    const int B = on->model->d.B, T = on->model->d.T;
    const EvalWindows *w = on->windows;
    for (int b = 0; b < B; b++) {
        const uint64_t i = first + (uint64_t)b; // past the end: any window, not counted
        eval_windows_read(w, i < w->n_windows ? i : 0, batch->tokens + b * T,
                          batch->targets + b * T);
    }
    model_forward(on->model, lane, batch->tokens, PASS_JUDGE);
    model_loss(on->model, lane, (Targets){.token = batch->targets});
    for (int b = 0; b < B && first + (uint64_t)b < w->n_windows; b++) {
        const MeasureWindow window = {T, lane->loss + b * T};
        for (int m = 0; m < N_MEASURES; m++) of[m][first + (uint64_t)b] = MEASURES[m](&window);
    }
}

void measures_take(const MeasureSubject *on, Measured out[N_MEASURES]) {
    Arena *arena = arena_open();
    const Dims *d = &on->model->d;
    const uint64_t B = (uint64_t)d->B, n = on->windows->n_windows, groups = (n + B - 1) / B;
    double *of[N_MEASURES];
    for (int m = 0; m < N_MEASURES; m++) of[m] = ARENA_ARRAY(arena, double, n);
    Batch *held = ARENA_ARRAY(arena, Batch, on->n_lanes);
    for (int i = 0; i < on->n_lanes; i++) held[i] = batch_alloc(d, arena);
    balance_clear(on->lanes, on->n_lanes, d);
#pragma omp parallel for num_threads(on->threads) schedule(static)
    for (int i = 0; i < on->n_lanes; i++)
        for (uint64_t g = (uint64_t)i; g < groups; g += (uint64_t)on->n_lanes)
            batch_measure(on, &on->lanes[i], &held[i], g * B, of);
    if (on->routed) {
        router_tally_clear(on->routed, d);
        balance_collect(on->routed, on->lanes, on->n_lanes, d);
    }
    for (int m = 0; m < N_MEASURES; m++)
        out[m] = (Measured){stat_mean(of[m], n), stat_se(of[m], n)};
    arena_close(arena);
}
