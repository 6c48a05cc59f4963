/* model.c: memory of a model and its lanes; the passes are those of the model's CPU path. */
#include "model/model.h"

#include <string.h>

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

void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena) {
    ACT_SIZES(d)
    *lane = (Lane){0};
#define ACT_ALLOC(name, layers, size)                                                              \
    lane->acts.name = ARENA_ARRAY(arena, real, (size_t)(layers) * (size));
    ACT_TABLE(ACT_ALLOC)
#undef ACT_ALLOC
    lane->loss = ARENA_ARRAY(arena, double, M);
    const size_t layers = (size_t)moe_layers(d);
    lane->routes = (Routes){.expert = ARENA_ARRAY(arena, int, layers *pairs),
                            .row = ARENA_ARRAY(arena, int, layers *pairs),
                            .pair = ARENA_ARRAY(arena, int, layers *pairs),
                            .start = ARENA_ARRAY(arena, int, layers *(E + 1)),
                            .load = ARENA_ARRAY(arena, int, layers *E)};
    lane->routed.load = ARENA_ARRAY(arena, double, layers *E);
    if (with_gradient) lane->grad = ARENA_ARRAY(arena, real, params_size(d));
}

size_t lane_bytes(const Dims *d, bool with_gradient) {
    ACT_SIZES(d)
    size_t elements = with_gradient ? params_size(d) : 0;
#define ACT_COUNT(name, layers, size) elements += (size_t)(layers) * (size);
    ACT_TABLE(ACT_COUNT)
#undef ACT_COUNT
    const size_t layers = (size_t)moe_layers(d);
    return elements * sizeof(real) + (M + layers * E) * sizeof(double) +
           layers * (3 * pairs + 2 * E + 1) * sizeof(int);
}

Routes routes_layer(const Lane *lane, const Dims *d, int moe_layer) {
    const size_t pairs = (size_t)(d->B * d->T * d->moe.K), E = (size_t)d->moe.E;
    const size_t at = (size_t)moe_layer;
    Routes r = lane->routes;
    r.expert += at * pairs, r.row += at * pairs, r.pair += at * pairs;
    r.start += at * (E + 1), r.load += at * E;
    return r;
}

void router_tally_clear(RouterTally *tally, const Dims *d) {
    double *load = tally->load;
    for (int i = 0; i < moe_layers(d) * d->moe.E; i++) load[i] = 0;
    *tally = (RouterTally){.load = load};
}

void lane_clear(Lane *lane, const Dims *d) {
    memset(lane->grad, 0, params_size(d) * sizeof(real));
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
