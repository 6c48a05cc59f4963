/* eval.c: a run that has ended, looked at again. */
#include "train/eval.h"

#include "base/arena.h"
#include "train/checkpoint.h"
#include "train/safetensors.h"
#include "train/trainer.h"

typedef struct {
    Model model;
    EvalWindows windows;
    Lane *lanes; // (n_lanes), without gradients
    int n_lanes;
} Finished;

static Status finished_open(Finished *f, const char *dir, const Corpus *corpus, Arena *arena,
                            Err *err) {
    RunConfig config;
    TRY(checkpoint_open(dir, corpus_vocab(corpus), arena, &config, &f->model, err));
    TRY(eval_windows_init(&f->windows, corpus, config.ctx, config.eval_tok, err));
    f->n_lanes = config.lanes;
    f->lanes = ARENA_ARRAY(arena, Lane, (size_t)config.lanes);
    for (int i = 0; i < f->n_lanes; i++) lane_init(&f->lanes[i], &f->model.d, false, arena);
    return OK;
}

Status eval_run(const char *dir, const Corpus *corpus, Measured out[N_MEASURES], Err *err) {
    Arena *arena = arena_open();
    Finished f;
    const Status status = finished_open(&f, dir, corpus, arena, err);
    if (status == OK)
        measures_take(&(MeasureSubject){.model = &f.model,
                                        .lanes = f.lanes,
                                        .n_lanes = f.n_lanes,
                                        .threads = trainer_threads(0, f.n_lanes),
                                        .windows = &f.windows},
                      out);
    arena_close(arena);
    return status;
}

static Status logits_in(Arena *arena, const char *dir, const Corpus *corpus, const char *path,
                        Err *err) {
    Finished f;
    TRY(finished_open(&f, dir, corpus, arena, err));
    const Dims *d = &f.model.d;
    const size_t rows = (size_t)d->B * (size_t)d->T, V = (size_t)d->V;
    int *inputs = ARENA_ARRAY(arena, int, rows), *targets = ARENA_ARRAY(arena, int, rows);
    const int B = f.windows.n_windows < (uint64_t)d->B ? (int)f.windows.n_windows : d->B;
    for (int b = 0; b < B; b++)
        eval_windows_read(&f.windows, (uint64_t)b, inputs + b * d->T, targets + b * d->T);
    model_forward(&f.model, f.lanes, inputs, PASS_JUDGE);
    const size_t n = (size_t)B * (size_t)d->T;
    real *tokens = ARENA_ARRAY(arena, real, n), *logits = ARENA_ARRAY(arena, real, n * V);
    for (size_t i = 0; i < n; i++) tokens[i] = (real)inputs[i];
    model_logits(&f.model, f.lanes, 0, (int)n, logits);
    for (size_t i = 0; i < n * V; i++) logits[i] *= d->logit_scale;
    const SafeTensor tensors[] = {{"tokens", B, d->T, tokens}, {"logits", (int)n, d->V, logits}};
    return safetensors_write(path, tensors, COUNT_OF(tensors), NULL, 0, err);
}

Status eval_logits(const char *dir, const Corpus *corpus, const char *path, Err *err) {
    Arena *arena = arena_open();
    const Status status = logits_in(arena, dir, corpus, path, err);
    arena_close(arena);
    return status;
}
