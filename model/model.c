/* model.c: memory of a model; the passes are those of its CPU path. */
#include "model/model.h"

#include "model/kernels/attention.h"
#include "model/kernels/blas.h"
#include "model/kernels/rope.h"

Status model_init(Model *m, const Dims *d, Arena *arena, Err *err) {
    *m = (Model){.d = *d};
    TRY(cpu_path_choose(&m->cpu, err));
    if (m->cpu->needs_blas) TRY(blas_open(err));
    m->storage = ARENA_ARRAY(arena, real, params_size(d));
    m->params = params_view(d, m->storage);
    const int columns = attention_padded(d->T);
    m->angles = ARENA_ARRAY(arena, real, (size_t)d->D * (size_t)columns);
    rope_table(m->angles, d->D, columns);
    return OK;
}

void model_forward(const Model *m, Lane *lane, const int *tokens, PassMode mode) {
    m->cpu->forward(m, lane, tokens, mode);
}

void model_logits(const Model *m, Lane *lane, int first, int rows, real *logits) {
    m->cpu->logits(m, lane, first, rows, logits);
}

double model_loss(const Model *m, Lane *lane, Targets targets) {
    return m->cpu->loss(m, lane, targets);
}

double model_backward(const Model *m, Lane *lane, const int *tokens, Targets targets, real weight) {
    return m->cpu->backward(m, lane, tokens, targets, weight);
}
