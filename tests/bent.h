/* bent.h: runs along one variable on L = E + A / x^alpha, the exponent beyond the middle being
 * another, with relative noise: for the test of bends and for its rates. */
#ifndef TESTS_BENT_H
#define TESTS_BENT_H

#include "tests/planted.h"

typedef struct {
    int n;
    double decades, E, A, before, after, noise;
    uint64_t seed;
} Bent;

/* x is params from 1e5 on, A in units of the term there; all runs have 1e6 tokens. */
static inline Points bent_points(Arena *arena, const Bent *b) {
    const Stream s = stream_open(b->seed, "bent", 0);
    Points p = {.source = "bent", .name = "", .rule = "", .n_convention = "params"};
    p.n = (size_t)b->n;
    p.n_groups = b->n;
    p.entropy_nat = p.floor_nat = NAN;
    p.rows = ARENA_ARRAY(arena, Point, p.n);
    for (size_t i = 0; i < p.n; i++) {
        const double far = b->decades * log(10), at = far * (double)i / (b->n - 1);
        const double term =
            b->A * exp(-b->before * at - (b->after - b->before) * fmax(0, at - far / 2));
        p.rows[i] = (Point){.params = 1e5 * exp(at),
                            .tokens = 1e6,
                            .flops = 6e11 * exp(at),
                            .loss = (b->E + term) * exp(b->noise * stream_normal(&s, i)),
                            .weight = 1,
                            .loss_se = NAN,
                            .trunk = "",
                            .family = "",
                            .id = "",
                            .group = (int)i};
    }
    return p;
}

#endif
