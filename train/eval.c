/* eval.c: a run that has ended, looked at again. */
#include "train/eval.h"

#include "base/arena.h"
#include "train/checkpoint.h"
#include "train/run_dir.h"
#include "train/safetensors.h"
#include "train/trainer.h"

static Status reopen(const char *dir, const Corpus *corpus, Arena *arena, Trainer *t,
                     EvalWindows *windows, Err *err) {
    RunConfig config;
    TRY(run_dir_config(dir, arena, &config, err));
    TRY(eval_windows_init(windows, corpus, config.ctx, config.eval_tok, err));
    TRY(trainer_init(t, arena, &config, corpus, 0, err));
    return checkpoint_load(t, dir, err);
}

Status eval_run(const char *dir, const Corpus *corpus, Measured out[N_MEASURES], Err *err) {
    Arena *arena = arena_open();
    Trainer t;
    EvalWindows windows;
    const Status status = reopen(dir, corpus, arena, &t, &windows, err);
    if (status == OK) {
        const MeasureSubject subject = {&t.model,  t.lanes,  t.config.lanes,
                                        t.threads, &windows, NULL};
        measures_take(&subject, out);
    }
    arena_close(arena);
    return status;
}

static Status logits_in(Arena *arena, const char *dir, const Corpus *corpus, const char *path,
                        Err *err) {
    Trainer t;
    EvalWindows windows;
    TRY(reopen(dir, corpus, arena, &t, &windows, err));
    const int T = t.dims.T, V = t.dims.V;
    const int B = windows.n_windows < (uint64_t)t.dims.B ? (int)windows.n_windows : t.dims.B;
    for (int b = 0; b < B; b++)
        eval_windows_read(&windows, (uint64_t)b, t.tokens + b * T, t.targets + b * T);
    model_forward(&t.model, &t.lanes[0], t.tokens, PASS_JUDGE);
    real *tokens = ARENA_ARRAY(arena, real, (size_t)B * (size_t)T);
    for (int i = 0; i < B * T; i++) tokens[i] = (real)t.tokens[i];
    real *logits = ARENA_ARRAY(arena, real, (size_t)(B * T) * (size_t)V);
    model_logits(&t.model, &t.lanes[0], 0, B * T, logits);
    for (size_t i = 0; i < (size_t)(B * T) * (size_t)V; i++) logits[i] *= t.dims.logit_scale;
    const SafeTensor tensors[] = {{"tokens", B, T, tokens}, {"logits", B * T, V, logits}};
    return safetensors_write(path, tensors, COUNT_OF(tensors), NULL, 0, err);
}

Status eval_logits(const char *dir, const Corpus *corpus, const char *path, Err *err) {
    Arena *arena = arena_open();
    const Status status = logits_in(arena, dir, corpus, path, err);
    arena_close(arena);
    return status;
}
