/* formed.h: points on surfaces of a known form, additive or not, with noise of runs and of trunks,
 * for the tests of form and for their rates. */
#ifndef TESTS_FORMED_H
#define TESTS_FORMED_H

#include "tests/planted.h"

/* With a = A / N^alpha and b = B / D^beta, N and D in units of the middle of the grid,
 *     L = E + (a^q + b^q)^(1/q) + ...     power mean; 1: additive, above 1: saturating
 *     L = E + a + b / N^steps             steps-limited: larger models need fewer steps */
typedef struct {
    double q, steps;
    double noise,
        trunk; // standard deviations in ln L, of a run and of a trunk; 0: independent runs
    int n_sizes, n_lengths, n_seeds;
    bool trunks; // runs of a size and a seed share a trunk
    uint64_t seed;
} Formed;

static inline double formed_loss(const Formed *f, double params, double tokens) {
    const double u = log(params / 5.5e4), v = log(tokens / 1.2e6);
    const double a = 0.72 * exp(-0.3 * u), b = 0.63 * exp(-0.35 * v - f->steps * u);
    return 0.9 + pow(pow(a, f->q) + pow(b, f->q), 1 / f->q);
}

static inline Points formed_points(Arena *arena, const Formed *f) {
    const Planted grid = {{0, 1, 0, 0, 0}, 1e4, 3e5, 3e5, 5e6, f->n_sizes, f->n_lengths, 0, 1};
    const Points once = planted_points(arena, &grid);
    Points out = once;
    const Stream of_runs = stream_open(f->seed, "formed-runs", 0),
                 of_trunks = stream_open(f->seed, "formed-trunks", 0);
    out.n = 0;
    out.rows = ARENA_ARRAY(arena, Point, once.n * (size_t)f->n_seeds);
    for (size_t i = 0; i < once.n * (size_t)f->n_seeds; i++) {
        Point *p = &out.rows[out.n];
        *p = point_blank();
        const Point *at = &once.rows[i / (size_t)f->n_seeds];
        const size_t seed = i % (size_t)f->n_seeds,
                     trunk = i / (size_t)(f->n_seeds * f->n_lengths) * (size_t)f->n_seeds + seed;
        p->params = at->params, p->tokens = at->tokens, p->flops = at->flops;
        p->seed = (double)seed + 1;
        p->group = (int)(f->trunks ? trunk : i);
        p->loss = formed_loss(f, p->params, p->tokens) *
                  exp(f->noise * stream_normal(&of_runs, i) +
                      (f->trunks ? f->trunk * stream_normal(&of_trunks, trunk) : 0));
        out.n++;
    }
    out.n_groups = f->trunks ? f->n_sizes * f->n_seeds : (int)out.n;
    return out;
}

#endif
