/* checkpoint_rig.h: what the tests of checkpoints share: models of every shape whose every number
 * is its own, and where they are saved. */
#ifndef TESTS_CHECKPOINT_RIG_H
#define TESTS_CHECKPOINT_RIG_H

#include "tests/train_rig.h"

#include "base/rng.h"
#include "train/checkpoint.h"

enum { DENSE_SHAPES = 10, SHAPES = 34 };

static inline uint64_t below(uint64_t draw, uint64_t n) {
    const Stream s = stream_open(1, "test shapes", 0);
    return stream_below(&s, draw, n);
}

/* Experts of every router and balance, with shared ones and without; of the last shape many. */
static inline void add_experts(RunConfig *c, int shape) {
    const uint64_t draw = 1000 + (uint64_t)shape * 8;
    const bool many = shape == SHAPES - 1;
    c->experts = many ? 40 : 2 + (int)below(draw, 7);
    c->top_k = 1 + (int)below(draw + 1, (uint64_t)c->experts);
    c->granularity = many ? 5 : 1 + (int)below(draw + 2, 3);
    c->shared = shape % 3 == 0 ? 1 + (int)below(draw + 3, 2) : 0;
    c->moe_every = 1 + (int)below(draw + 4, (uint64_t)c->layers);
    c->d_ff = (c->top_k + c->shared) * c->granularity * (1 + (int)below(draw + 5, 6));
    c->router = (Router)(shape / 2 % 4);
    c->balance = shape % 5 == 0 ? BALANCE_BIAS : BALANCE_AUX;
}

/* Every combination of activation, norm and head in a row of eight; sizes at random. */
static inline RunConfig random_config(int shape) {
    const uint64_t draw = (uint64_t)shape * 8;
    RunConfig c = small_config(10);
    c.d_head = 2 * (1 + (int)below(draw, 5));
    c.d_model = c.d_head * (1 + (int)below(draw + 1, 4));
    c.layers = 1 + (int)below(draw + 2, 4);
    c.d_ff = (int)below(draw + 3, 2) * (1 + (int)below(draw + 4, 30));
    c.activation = shape & 1 ? ACT_SWIGLU : ACT_GELU;
    c.qk_norm = shape & 2;
    c.tied = shape & 4;
    c.parametrization = shape < 8 ? PARAMETRIZATION_MUP : PARAMETRIZATION_SP;
    if (shape >= DENSE_SHAPES) add_experts(&c, shape);
    return c;
}

static inline RunConfig small_experts(void) {
    RunConfig c = small_config(10);
    c.experts = 3;
    c.top_k = 2;
    c.granularity = 2;
    c.d_ff = 24;
    return c;
}

/* Parameters, moments and tally that no initialisation would give, none of them a round number, so
 * that what is not saved, or not loaded, shows. */
static inline void scramble(Trainer *t, uint64_t seed) {
    const Stream s = stream_open(seed, "test values", 0);
    real *const tensors[] = {t->model.storage, t->adamw.m, t->adamw.v};
    for (uint64_t k = 0; k < COUNT_OF(tensors); k++)
        for (uint64_t i = 0; i < t->adamw.n; i++)
            tensors[k][i] = (real)stream_normal(&s, k << 32 | i);
    t->tally = (TrainerTally){.step = seed,
                              .tail_loss = 1 / 3.0,
                              .tail_n = 7,
                              .logged_loss = 1e-17 * (double)seed,
                              .logged_n = 3,
                              .clipped = 2,
                              .wall_s = 10.1,
                              .cpu_s = 9.9,
                              .cpu_paths = 3};
    if (!moe_layers(&t->dims)) return;
    t->tally.routed = 1e9 + 1;
    t->tally.dropped = 2 / 3.0;
    double *const load = t->routed.load;
    t->routed = (RouterTally){load, 123456789, 1 / 7.0, 1 / 9.0, 1e-300, 1e300};
    for (int i = 0; i < moe_layers(&t->dims) * t->dims.moe.E; i++) // more than a float can count
        load[i] = (double)(stream_below(&s, 4ull << 32 | (uint64_t)i, 1ull << 40));
}

typedef struct {
    Scratch *x;
    Corpus *corpus;
    RunConfig config;
    Trainer *trainer; // scrambled
} CheckpointRig;

static inline CheckpointRig rig_of(Scratch *x, const RunConfig *config, int symbols,
                                   uint64_t seed) {
    const DataSpec spec = language_spec("markov", symbols, 2000);
    CheckpointRig rig = {x, corpus_of(x, &spec), *config, NULL};
    rig.trainer = trainer_of(x, config, rig.corpus, 1);
    scramble(rig.trainer, seed);
    return rig;
}

static inline void save(CheckpointRig *rig, const char *name) {
    assert_ok(rig->x, checkpoint_save(rig->trainer, scratch_path(rig->x, name), &rig->x->err));
}

static inline const char *file_of(Scratch *x, const char *name, const char *file) {
    return arena_printf(x->arena, "%s/%s/checkpoint/%s", x->dir, name, file);
}

#endif
