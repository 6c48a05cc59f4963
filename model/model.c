/* model.c: the layers put together; forward and backward are mirrors. */
#include "model/model.h"

#include <string.h>

#include "model/attention.h"
#include "model/embed.h"
#include "model/linear.h"
#include "model/mlp_act.h"
#include "model/rmsnorm.h"
#include "model/rope.h"
#include "model/xent.h"

void model_init(Model *m, const Dims *d, Arena *arena) {
    gemm_single_thread();
    *m = (Model){.d = *d};
    m->storage = ARENA_ARRAY(arena, real, params_size(d));
    m->params = params_view(d, m->storage);
    m->angles = ARENA_ARRAY(arena, real, (size_t)d->T * (size_t)d->D);
    rope_table(m->angles, d->T, d->D);
}

static size_t rows_of(const Dims *d) {
    return (size_t)d->B * (size_t)d->T;
}

void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena) {
    const size_t M = rows_of(d), C = (size_t)d->C;
    *lane = (Lane){0};
#define ACT_ALLOC(name, layers, size)                                                              \
    lane->acts.name = ARENA_ARRAY(arena, real, (size_t)(layers) * (size));
    ACT_TABLE(ACT_ALLOC)
#undef ACT_ALLOC
    lane->loss = ARENA_ARRAY(arena, double, M);
    if (with_gradient) lane->grad = ARENA_ARRAY(arena, real, params_size(d));
}

size_t lane_bytes(const Dims *d, bool with_gradient) {
    const size_t M = rows_of(d), C = (size_t)d->C;
    size_t elements = with_gradient ? params_size(d) : 0;
#define ACT_COUNT(name, layers, size) elements += (size_t)(layers) * (size);
    ACT_TABLE(ACT_COUNT)
#undef ACT_COUNT
    return elements * sizeof(real) + M * sizeof(double);
}

/* The same activations, moved to one layer; of x, the stream that enters it. */
static Acts acts_layer(const Acts *a, const Dims *d, int layer) {
    const size_t M = rows_of(d), C = (size_t)d->C;
    Acts at = *a;
#define ACT_MOVE(name, layers, size)                                                               \
    if ((layers) > 1) at.name += (size_t)layer * (size);
    ACT_TABLE(ACT_MOVE)
#undef ACT_MOVE
    return at;
}

static void add(real *to, const real *from, size_t n) {
#pragma omp simd
    for (size_t i = 0; i < n; i++) to[i] += from[i];
}

/* Queries and keys: copied out of qkv, normed per head where asked, rotated to their positions. */
static void qk_forward(const Model *m, const Params *p, Acts *a) {
    const Dims *d = &m->d;
    const int C = d->C, D = d->D, H = d->H;
    for (int row = 0; row < d->B * d->T; row++) {
        const real *from = a->qkv + (size_t)row * 3 * C, *angles = m->angles + row % d->T * D;
        real *to = a->qk + (size_t)row * 2 * C;
        if (d->qk_norm) {
            real *r = a->rqk + (size_t)row * 2 * H;
            rmsnorm_forward(to, D, r, from, D, p->qnorm, H, D);
            rmsnorm_forward(to + C, D, r + H, from + C, D, p->knorm, H, D);
        } else
            memcpy(to, from, (size_t)(2 * C) * sizeof(real));
        for (int h = 0; h < 2 * H; h++) rope_rotate(to + h * D, angles, D, 1);
    }
}

static void qk_backward(const Model *m, const Params *p, const Params *dp, Acts *a) {
    const Dims *d = &m->d;
    const int C = d->C, D = d->D, H = d->H;
    for (int row = 0; row < d->B * d->T; row++) {
        real *from = a->dqk + (size_t)row * 2 * C, *to = a->dqkv + (size_t)row * 3 * C;
        const real *angles = m->angles + row % d->T * D, *x = a->qkv + (size_t)row * 3 * C;
        for (int h = 0; h < 2 * H; h++) rope_rotate(from + h * D, angles, D, -1);
        if (d->qk_norm) {
            const real *r = a->rqk + (size_t)row * 2 * H;
            memset(to, 0, (size_t)(2 * C) * sizeof(real));
            rmsnorm_backward(to, dp->qnorm, from, D, x, D, r, p->qnorm, H, D);
            rmsnorm_backward(to + C, dp->knorm, from + C, D, x + C, D, r + H, p->knorm, H, D);
        } else
            memcpy(to, from, (size_t)(2 * C) * sizeof(real));
    }
}

static void layer_forward(const Model *m, Lane *lane, int layer) {
    const Dims *d = &m->d;
    const Params p = params_layer(&m->params, d, layer);
    Acts a = acts_layer(&lane->acts, d, layer);
    Work *work = &lane->work;
    const int M = d->B * d->T, C = d->C;
    const size_t stream = rows_of(d) * (size_t)C;
    real *next = a.x + stream;

    rmsnorm_forward(a.norm1, C, a.r1, a.x, C, p.norm1, M, C);
    work_lap(work, OP_NORM);
    linear_forward(a.qkv, a.norm1, p.wqkv, M, C, 3 * C, work);
    qk_forward(m, &p, &a);
    attention_forward(a.heads, a.prob, a.qk, a.qkv + 2 * C, 3 * C, d, work);
    work_lap(work, OP_ATTENTION);
    linear_forward(a.mid, a.heads, p.wo, M, C, C, work);
    add(a.mid, a.x, stream);
    work_lap(work, OP_OTHER);

    rmsnorm_forward(a.norm2, C, a.r2, a.mid, C, p.norm2, M, C);
    work_lap(work, OP_NORM);
    linear_forward(a.up, a.norm2, p.w1, M, C, mlp_in(d), work);
    mlp_act_forward(a.act, a.up, d->act, M, d->F);
    work_lap(work, OP_ACTIVATION);
    linear_forward(next, a.act, p.w2, M, d->F, C, work);
    add(next, a.mid, stream);
    work_lap(work, OP_OTHER);
}

/* a.dx enters as the gradient of the layer's output and leaves as that of its input. */
static void layer_backward(const Model *m, Lane *lane, int layer, const Params *dparams) {
    const Dims *d = &m->d;
    const Params p = params_layer(&m->params, d, layer), dp = params_layer(dparams, d, layer);
    Acts a = acts_layer(&lane->acts, d, layer);
    Work *work = &lane->work;
    const int M = d->B * d->T, C = d->C;

    linear_backward(a.dact, dp.w2, a.dx, a.act, p.w2, M, d->F, C, work);
    mlp_act_backward(a.dup, a.dact, a.up, d->act, M, d->F);
    work_lap(work, OP_ACTIVATION);
    linear_backward(a.dnorm, dp.w1, a.dup, a.norm2, p.w1, M, C, mlp_in(d), work);
    rmsnorm_backward(a.dx, dp.norm2, a.dnorm, C, a.mid, C, a.r2, p.norm2, M, C);
    work_lap(work, OP_NORM);

    linear_backward(a.dheads, dp.wo, a.dx, a.heads, p.wo, M, C, C, work);
    attention_backward(a.dqk, a.dqkv + 2 * C, a.dscore, a.dheads, a.prob, a.qk, a.qkv + 2 * C,
                       3 * C, d, work);
    qk_backward(m, &p, &dp, &a);
    work_lap(work, OP_ATTENTION);
    linear_backward(a.dnorm, dp.wqkv, a.dqkv, a.norm1, p.wqkv, M, C, 3 * C, work);
    rmsnorm_backward(a.dx, dp.norm1, a.dnorm, C, a.x, C, a.r1, p.norm1, M, C);
    work_lap(work, OP_NORM);
}

/* The head, tied (logits = n E^T) or its own matrix. */
static void head_forward(const Model *m, Lane *lane) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int M = d->B * d->T;
    if (d->tied) {
        gemm(NT, M, d->V, d->C, 1, a->normf, d->C, m->params.embed, d->C, 0, a->logits, d->V,
             &lane->work);
        work_lap(&lane->work, OP_GEMM_FORWARD);
    } else
        linear_forward(a->logits, a->normf, m->params.head, M, d->C, d->V, &lane->work);
}

static void head_backward(const Model *m, Lane *lane, const Params *dp) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int M = d->B * d->T;
    Work *work = &lane->work;
    if (d->tied) {
        gemm(NN, M, d->C, d->V, 1, a->logits, d->V, m->params.embed, d->C, 0, a->dnorm, d->C, work);
        work_lap(work, OP_GEMM_DX);
        gemm(TN, d->V, d->C, M, 1, a->logits, d->V, a->normf, d->C, 1, dp->embed, d->C, work);
        work_lap(work, OP_GEMM_DW);
    } else
        linear_backward(a->dnorm, dp->head, a->logits, a->normf, m->params.head, M, d->C, d->V,
                        work);
}

void model_forward(const Model *m, Lane *lane, const int *tokens) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int M = d->B * d->T;
    work_start(&lane->work);
    embed_forward(a->x, tokens, m->params.embed, M, d->C);
    work_lap(&lane->work, OP_OTHER);
    for (int layer = 0; layer < d->L; layer++) layer_forward(m, lane, layer);
    const real *last = a->x + (size_t)d->L * rows_of(d) * (size_t)d->C;
    rmsnorm_forward(a->normf, d->C, a->rf, last, d->C, m->params.normf, M, d->C);
    work_lap(&lane->work, OP_NORM);
    head_forward(m, lane);
}

static double sum_of(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

double model_loss(const Model *m, Lane *lane, const int *targets) {
    const Dims *d = &m->d;
    work_start(&lane->work);
    xent_forward(lane->loss, lane->acts.logits, targets, d->logit_scale, d->B * d->T, d->V);
    work_lap(&lane->work, OP_LOSS);
    return sum_of(lane->loss, rows_of(d));
}

double model_backward(const Model *m, Lane *lane, const int *tokens, const int *targets,
                      real weight) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int M = d->B * d->T;
    work_start(&lane->work);
    memset(lane->grad, 0, params_size(d) * sizeof(real));
    const Params dp = params_view(d, lane->grad);
    work_lap(&lane->work, OP_OTHER);
    xent_backward(lane->loss, a->logits, targets, d->logit_scale, weight, M, d->V);
    work_lap(&lane->work, OP_LOSS);

    head_backward(m, lane, &dp);
    const real *last = a->x + (size_t)d->L * rows_of(d) * (size_t)d->C;
    memset(a->dx, 0, rows_of(d) * (size_t)d->C * sizeof(real));
    rmsnorm_backward(a->dx, dp.normf, a->dnorm, d->C, last, d->C, a->rf, m->params.normf, M, d->C);
    work_lap(&lane->work, OP_NORM);
    for (int layer = d->L - 1; layer >= 0; layer--) layer_backward(m, lane, layer, &dp);
    embed_backward(dp.embed, a->dx, tokens, M, d->C);
    work_lap(&lane->work, OP_OTHER);
    return sum_of(lane->loss, rows_of(d));
}
