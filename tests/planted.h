/* planted.h: points on a known surface, for tests of fits: a grid of sizes and token counts whose
 * losses obey L = E + A / N^alpha + B / D^beta, with relative noise or without. */
#ifndef TESTS_PLANTED_H
#define TESTS_PLANTED_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/fit/fit_points.h"
#include "base/rng.h"

typedef struct {
    double E, A, alpha, B, beta;
} Surface;

typedef struct {
    Surface surface;
    double n_lo, n_hi, d_lo, d_hi; // ranges of params and tokens, evenly spaced in logarithm
    int n_sizes, n_lengths;
    double noise; // standard deviation in ln L
    uint64_t seed;
} Planted;

static inline double planted_loss(const Surface *s, double params, double tokens) {
    return s->E + s->A * pow(params, -s->alpha) + s->B * pow(tokens, -s->beta);
}

static inline Points planted_points(Arena *arena, const Planted *p) {
    const Stream s = stream_open(p->seed, "planted", 0);
    Points out = {.source = "planted", .name = "", .rule = "", .n_convention = "params"};
    out.n = (size_t)(p->n_sizes * p->n_lengths);
    out.entropy_nat = out.floor_nat = NAN;
    out.rows = ARENA_ARRAY(arena, Point, out.n);
    out.n_groups = (int)out.n;
    for (size_t i = 0; i < out.n; i++) {
        const double u = (double)(i / (size_t)p->n_lengths) / (p->n_sizes - 1);
        const double v = (double)(i % (size_t)p->n_lengths) / (p->n_lengths - 1);
        const double params = p->n_lo * pow(p->n_hi / p->n_lo, u);
        const double tokens = p->d_lo * pow(p->d_hi / p->d_lo, v);
        const double loss = planted_loss(&p->surface, params, tokens);
        out.rows[i] = (Point){.params = params,
                              .tokens = tokens,
                              .flops = 6 * params * tokens,
                              .loss = loss * exp(p->noise * stream_normal(&s, i)),
                              .weight = 1,
                              .loss_se = NAN,
                              .trunk = "",
                              .family = "",
                              .id = "",
                              .group = (int)i};
    }
    return out;
}

/* The same grid, dense, and again with each number of experts, whose models are worth dense ones of
 * `worth` times their size at equal tokens, take 2 % more FLOPs for the router and 30 % more time.
 * Widths are 1, 2, ... by size. */
typedef struct {
    Planted dense;
    const double *experts, *worth; // (n)
    size_t n;
    double time_of_params; // time is 1e-6 N^this D
} PlantedExperts;

static inline Points planted_gains(Arena *arena, const PlantedExperts *x) {
    Points out = planted_points(arena, &x->dense);
    const size_t n_dense = out.n;
    Point *rows = ARENA_ARRAY(arena, Point, n_dense * (1 + x->n));
    for (size_t e = 0; e <= x->n; e++) {
        const Stream s = stream_open(x->dense.seed, "experts", e);
        for (size_t i = 0; i < n_dense; i++) {
            Point *p = &rows[e * n_dense + i];
            *p = out.rows[i];
            p->d_model = (double)(i / (size_t)x->dense.n_lengths + 1);
            p->params_active = p->params;
            p->params += 5000; // a lookup table that no product meets
            p->wall_s = 1e-6 * pow(p->params_active, x->time_of_params) * p->tokens;
            p->cpu_s = 2 * p->wall_s;
            p->experts = 1;
            p->top_k = p->granularity = p->threads = 1;
            p->group = (int)(e * n_dense + i);
            if (e == 0) continue;
            p->experts = x->experts[e - 1];
            p->params *= p->experts;
            p->flops *= 1.02;
            p->wall_s *= 1.3;
            p->cpu_s *= 1.6;
            p->loss =
                planted_loss(&x->dense.surface, x->worth[e - 1] * p->params_active, p->tokens) *
                exp(x->dense.noise * stream_normal(&s, i));
        }
    }
    out.rows = rows;
    out.n = n_dense * (1 + x->n);
    out.n_groups = (int)out.n;
    return out;
}

/* Any law's own losses, exactly, over a grid of 12 sizes and 12 token counts; beside them epochs,
 * experts and granularity go from 1 up, and batches from 1e5 tokens. Active parameters and params
 * are the same. */
static inline Points planted_by_law(Arena *arena, const Law *law, const double *theta) {
    Points out = {.source = "planted", .name = "", .rule = "", .n_convention = "params"};
    out.entropy_nat = out.floor_nat = NAN;
    out.n = 12 * 12;
    out.n_groups = (int)out.n;
    out.rows = ARENA_ARRAY(arena, Point, out.n);
    for (int i = 0; i < out.n_groups; i++) {
        const int k = (i + i / 12) % 4;
        Point *p = &out.rows[i];
        *p =
            (Point){.params = 1e7 * pow(1.7, i % 12), .tokens = 1e9 * pow(1.9, i / 12), .group = i};
        p->loss_se = NAN;
        p->trunk = p->family = p->id = "";
        p->weight = 1;
        p->flops = 6 * p->params * p->tokens;
        p->params_active = p->params;
        p->unique_tokens = p->tokens / pow(5, k);
        p->experts = pow(4, k);
        p->granularity = pow(2, k);
        p->batch_tok = 1e5 * pow(4, (i / 2 + i / 12) % 4);
        p->loss = law_loss(law, theta, p);
    }
    return out;
}

static inline int open_arena(void **state) {
    *state = arena_open();
    return 0;
}

static inline int close_arena(void **state) {
    arena_close(*state);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

#define assert_near(got, want, tolerance)                                                          \
    do {                                                                                           \
        const double got_ = (got), want_ = (want);                                                 \
        if (!(fabs(got_ - want_) <= (tolerance)))                                                  \
            fail_msg("%s is %.12g, not %.12g", #got, got_, want_);                                 \
    } while (0)
#define assert_close(got, want, relative) assert_near(got, want, (relative)*fabs((double)(want)))

#endif
