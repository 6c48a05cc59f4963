/* moe_rig.h: what the tests of experts share: small nets of all kinds. */
#ifndef TESTS_MOE_RIG_H
#define TESTS_MOE_RIG_H

#include "tests/check.h"

static inline size_t n_pairs(const Dims *d) {
    return (size_t)(d->B * d->T * d->moe.K) * (size_t)moe_layers(d);
}

/* Router, K, bias, activation and `every` in all combinations, the rest at random. */
enum { COMBINATIONS = 4 * 3 * 2 * 2 * 2 };
static inline Dims net_dims(Rig *rig, int combination) {
    const int *draw = rig_below(rig, 5, 12), every = 1 + combination / 48;
    return (Dims){.B = 2,
                  .T = 5,
                  .C = 8,
                  .L = every == 1 ? 2 : 3,
                  .H = 2,
                  .D = 4,
                  .F = 7,
                  .V = 11,
                  .act = combination / 24 % 2 ? ACT_SWIGLU : ACT_GELU,
                  .qk_norm = draw[0] % 2,
                  .tied = draw[1] % 2,
                  .logit_scale = 1,
                  .moe = {.E = 3 + draw[2] % 3,
                          .K = 1 + combination / 4 % 3,
                          .S = draw[3] % 3,
                          .F = 5,
                          .every = every,
                          .router = combination % 4,
                          .biased = combination / 12 % 2,
                          .aux = draw[4] % 2 ? (real)0.5 : 0,
                          .z = draw[4] / 2 % 2 ? (real)0.3 : 0}};
}

/* Sometimes experts are full. */
static inline void net_init_routed(Rig *rig, Net *net, int combination) {
    Dims d = net_dims(rig, combination);
    const bool full = rig_below(rig, 1, 3)[0] == 0;
    if (full) d.moe.capacity = (real)0.75;
    net_init(rig, net, &d);
    net->mode = full ? PASS_TRAIN : PASS_JUDGE;
}

#endif
