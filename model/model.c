/* model.c: memory of a model and its lanes; the passes are those of the model's CPU path. */
#include "model/model.h"

#include <string.h>

#include "model/blas.h"
#include "model/rope.h"

Status model_init(Model *m, const Dims *d, Arena *arena, Err *err) {
    blas_single_thread();
    *m = (Model){.d = *d};
    TRY(path_choose(&m->path, err));
    m->storage = ARENA_ARRAY(arena, real, params_size(d));
    m->params = params_view(d, m->storage);
    const int columns = attention_padded(d->T);
    m->angles = ARENA_ARRAY(arena, real, (size_t)d->D * (size_t)columns);
    rope_table(m->angles, d->D, columns);
    return OK;
}

void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena) {
    ACT_SIZES(d)
    *lane = (Lane){0};
#define ACT_ALLOC(name, layers, size)                                                              \
    lane->acts.name = ARENA_ARRAY(arena, real, (size_t)(layers) * (size));
    ACT_TABLE(ACT_ALLOC)
#undef ACT_ALLOC
    lane->loss = ARENA_ARRAY(arena, double, M);
    if (with_gradient) lane->grad = ARENA_ARRAY(arena, real, params_size(d));
}

size_t lane_bytes(const Dims *d, bool with_gradient) {
    ACT_SIZES(d)
    size_t elements = with_gradient ? params_size(d) : 0;
#define ACT_COUNT(name, layers, size) elements += (size_t)(layers) * (size);
    ACT_TABLE(ACT_COUNT)
#undef ACT_COUNT
    return elements * sizeof(real) + M * sizeof(double);
}

void lane_clear(Lane *lane, const Dims *d) {
    memset(lane->grad, 0, params_size(d) * sizeof(real));
}

void model_forward(const Model *m, Lane *lane, const int *tokens) {
    m->path->forward(m, lane, tokens);
}

void model_logits(const Model *m, Lane *lane, int first, int rows, real *logits) {
    m->path->logits(m, lane, first, rows, logits);
}

double model_loss(const Model *m, Lane *lane, const int *targets) {
    return m->path->loss(m, lane, targets);
}

double model_backward(const Model *m, Lane *lane, const int *tokens, const int *targets,
                      real weight) {
    return m->path->backward(m, lane, tokens, targets, weight);
}
