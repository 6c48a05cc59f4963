/* one_step.c: one training step of a bench shape on one micro-batch, for counting instructions.
 * Layers are alike, so that two of them stand for all: the largest shape takes a minute under
 * callgrind instead of six.
 *
 *     one_step S16        (step_counts.sh runs it under callgrind, which looks at training_step only)
 */
#include <stdio.h>

#include "model/model.h"
#include "train/adamw.h"
#include "train/bench/bench.h"

typedef struct {
    Model model;
    Lane lane;
    AdamW adamw;
    int *tokens; // (B, T)
} Step;

static Status step_init(Step *s, const RunConfig *c, Arena *arena, Err *err) {
    const Dims d = run_config_dims(c, BENCH_VOCAB);
    TRY(model_init(&s->model, &d, arena, err));
    // any numbers will do; drawing normal ones would take longer than the step
    for (size_t i = 0; i < params_size(&d); i++)
        s->model.storage[i] = (real)((int)(i * 2654435761u >> 20 & 255) - 128) / 1024;
    lane_init(&s->lane, &d, true, arena);
    adamw_init(&s->adamw, c, &d, s->model.cpu, arena);
    s->tokens = ARENA_ARRAY(arena, int, (size_t)(d.B * d.T));
    for (int i = 0; i < d.B * d.T; i++) s->tokens[i] = i * 7 % BENCH_VOCAB;
    return OK;
}

/* By this name callgrind knows where to begin. */
__attribute__((noinline)) void training_step(Step *s);
void training_step(Step *s) {
    lane_clear(&s->lane, &s->model.d);
    model_forward(&s->model, &s->lane, s->tokens, PASS_TRAIN);
    model_backward(&s->model, &s->lane, s->tokens, (Targets){.token = s->tokens}, (real)1e-3);
    const double norm = adamw_reduce(&s->adamw, &s->lane, 1, 1);
    adamw_update(&s->adamw, s->model.storage, s->lane.grad, 1, 1e-3, norm > 1 ? 1 / norm : 1, 1);
}

int main(int argc, char **argv) {
    Err err = {0};
    BenchShape shape;
    Step step;
    if (argc != 2 || bench_shape(argv[1], &shape, &err) != OK) {
        fprintf(stderr, "usage: one_step SHAPE; %s\n", err.message);
        return 2;
    }
    shape.config.lanes = 2;
    shape.config.layers = 2;
    Arena *arena = arena_open();
    if (step_init(&step, &shape.config, arena, &err) != OK) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    training_step(&step);
    printf("%d tokens on %s\n", step.model.d.B * step.model.d.T, step.model.cpu->name);
    arena_close(arena);
    return 0;
}
