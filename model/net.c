/* net.c: the layers put together; forward and backward are mirrors. */
#include "model/net.h"

#include <string.h>

#include "model/kernels/attention.h"
#include "model/kernels/attention_cached.h"
#include "model/kernels/embed.h"
#include "model/kernels/linear.h"
#include "model/kernels/mlp_act.h"
#include "model/moe.h"
#include "model/kernels/rmsnorm.h"
#include "model/kernels/xent.h"

static size_t rows_of(const Dims *d) {
    return (size_t)d->B * (size_t)d->T;
}

/* Return the activations moved to one layer; x is then the stream that enters it. Tensors that only
 * layers with experts have are counted over these layers. */
static Acts acts_layer(const Acts *a, const Dims *d, int layer) {
    Acts at = *a;
#define ACT_MOVE(name, layers, size)                                                               \
    if ((layers) > 1) at.name += (size_t)((layers) < d->L ? moe_before(d, layer) : layer) * (size);
    ACT_SIZES(d)
    ACT_TABLE(ACT_MOVE)
#undef ACT_MOVE
    return at;
}

static void mlp_forward(real *next, const Acts *a, const Params *p, const Dims *d, Work *work) {
    const int M = d->B * d->T, C = d->C;
    linear_forward(a->up, a->norm2, p->w1, NULL, M, C, mlp_in(d), work);
    mlp_act_forward(a->act, a->up, d->act, M, d->F);
    work_lap(work, OP_ACTIVATION);
    linear_forward(next, a->act, p->w2, a->mid, M, d->F, C, work);
}

/* Compute dnorm from dx. */
static void mlp_backward(const Acts *a, const Params *p, const Params *dp, const Dims *d,
                         Work *work) {
    const int M = d->B * d->T, C = d->C;
    linear_backward(a->dact, dp->w2, a->dx, a->act, p->w2, M, d->F, C, work);
    mlp_act_backward(a->dup, a->dact, a->up, d->act, M, d->F);
    work_lap(work, OP_ACTIVATION);
    linear_backward(a->dnorm, dp->w1, a->dup, a->norm2, p->w1, M, C, mlp_in(d), work);
}

static void layer_forward(const Model *m, Lane *lane, int layer, PassMode mode) {
    const Dims *d = &m->d;
    const Params p = params_layer(&m->params, d, layer);
    const Acts a = acts_layer(&lane->acts, d, layer);
    Work *work = &lane->work;
    const int M = d->B * d->T, C = d->C;
    real *next = a.x + rows_of(d) * (size_t)C;

    rmsnorm_forward(a.norm1, C, a.r1, a.x, C, p.norm1, M, C);
    work_lap(work, OP_NORM);
    linear_forward(a.qkv, a.norm1, p.wqkv, NULL, M, C, 3 * C, work);
    if (mode == PASS_GROW)
        attention_cached(a.heads, lane->past, layer, a.qkv, p.qnorm, p.knorm, m->angles, d, work);
    else
        attention_forward(a.heads, (AttentionSaved){a.qk, a.rqk, a.softmax}, a.attention, a.qkv,
                          p.qnorm, p.knorm, m->angles, d, work);
    work_lap(work, OP_ATTENTION);
    linear_forward(a.mid, a.heads, p.wo, a.x, M, C, C, work);

    rmsnorm_forward(a.norm2, C, a.r2, a.mid, C, p.norm2, M, C);
    work_lap(work, OP_NORM);
    if (has_experts(d, layer))
        moe_forward(next, &a, &p, lane, moe_before(d, layer), mode, d);
    else
        mlp_forward(next, &a, &p, d, work);
}

/* Turn a.dx, the gradient of the layer's output, into that of its input. */
static void layer_backward(const Model *m, Lane *lane, int layer, real weight,
                           const Params *dparams) {
    const Dims *d = &m->d;
    const Params p = params_layer(&m->params, d, layer), dp = params_layer(dparams, d, layer);
    const Acts a = acts_layer(&lane->acts, d, layer);
    Work *work = &lane->work;
    const int M = d->B * d->T, C = d->C;

    if (has_experts(d, layer))
        moe_backward(&a, &p, &dp, lane, moe_before(d, layer), weight, d);
    else
        mlp_backward(&a, &p, &dp, d, work);
    rmsnorm_backward(a.dx, dp.norm2, a.dnorm, C, a.mid, C, a.r2, p.norm2, M, C);
    work_lap(work, OP_NORM);

    linear_backward(a.dheads, dp.wo, a.dx, a.heads, p.wo, M, C, C, work);
    attention_backward(a.dqkv, dp.qnorm, dp.knorm, a.attention, a.dheads, a.heads,
                       (AttentionSaved){a.qk, a.rqk, a.softmax}, a.qkv, p.qnorm, p.knorm, m->angles,
                       d, work);
    work_lap(work, OP_ATTENTION);
    linear_backward(a.dnorm, dp.wqkv, a.dqkv, a.norm1, p.wqkv, M, C, 3 * C, work);
    rmsnorm_backward(a.dx, dp.norm1, a.dnorm, C, a.x, C, a.r1, p.norm1, M, C);
    work_lap(work, OP_NORM);
}

/* Compute logits (rows, V) of the rows from `first` on. A tied head is the transposed embedding, n
 * E^T; otherwise it is a matrix of its own. */
static void head_forward(const Model *m, Lane *lane, int first, int rows, real *logits) {
    const Dims *d = &m->d;
    const real *x = lane->acts.normf + (size_t)first * d->C;
    const Transpose t = d->tied ? NT : NN;
    const real *w = d->tied ? m->params.embed : m->params.head;
    gemm(t, rows, d->V, d->C, x, d->C, w, d->tied ? d->C : d->V, NULL, logits, d->V, &lane->work);
    work_lap(&lane->work, OP_GEMM_FORWARD);
}

/* Compute dnorm of these rows from the gradient of their logits in acts.logits, and add to the
 * gradient of the head. */
static void head_backward(const Model *m, Lane *lane, int first, int rows, const Params *dp) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int C = d->C, V = d->V;
    const real *x = a->normf + (size_t)first * C, *dy = a->logits;
    real *dx = a->dnorm + (size_t)first * C;
    Work *work = &lane->work;
    if (!d->tied) {
        linear_backward(dx, dp->head, dy, x, m->params.head, rows, C, V, work);
        return;
    }
    gemm(NN, rows, C, V, dy, V, m->params.embed, C, NULL, dx, C, work);
    work_lap(work, OP_GEMM_DX);
    gemm(TN, V, C, rows, dy, V, x, C, dp->embed, dp->embed, C, work);
    work_lap(work, OP_GEMM_DW);
}

void net_forward(const Model *m, Lane *lane, const int *tokens, PassMode mode) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int M = d->B * d->T;
    work_start(&lane->work);
    embed_forward(a->x, tokens, m->params.embed, M, d->C);
    work_lap(&lane->work, OP_OTHER);
    for (int layer = 0; layer < d->L; layer++) layer_forward(m, lane, layer, mode);
    const real *last = a->x + (size_t)d->L * rows_of(d) * (size_t)d->C;
    rmsnorm_forward(a->normf, d->C, a->rf, last, d->C, m->params.normf, M, d->C);
    work_lap(&lane->work, OP_NORM);
}

void net_logits(const Model *m, Lane *lane, int first, int rows, real *logits) {
    work_start(&lane->work);
    head_forward(m, lane, first, rows, logits);
}

static double sum_of(const double *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* Compute the losses by groups of lane_head_rows(d) rows, whose logits exist one group at a
 * time. */
double net_loss(const Model *m, Lane *lane, Targets targets) {
    const Dims *d = &m->d;
    const int M = d->B * d->T, step = lane_head_rows(d);
    work_start(&lane->work);
    for (int row = 0; row < M; row += step) {
        const int rows = M - row < step ? M - row : step;
        head_forward(m, lane, row, rows, lane->acts.logits);
        xent_forward(lane->loss + row, lane->acts.logits, targets, row, d->logit_scale, rows, d->V);
        work_lap(&lane->work, OP_LOSS);
    }
    return sum_of(lane->loss, rows_of(d));
}

double net_backward(const Model *m, Lane *lane, const int *tokens, Targets targets, real weight) {
    const Dims *d = &m->d;
    const Acts *a = &lane->acts;
    const int M = d->B * d->T, step = lane_head_rows(d);
    const Params dp = params_view(d, lane->grad);
    work_start(&lane->work);
    for (int row = 0; row < M; row += step) {
        const int rows = M - row < step ? M - row : step;
        head_forward(m, lane, row, rows, a->logits);
        xent_backward(lane->loss + row, a->logits, targets, row, d->logit_scale, weight, rows,
                      d->V);
        work_lap(&lane->work, OP_LOSS);
        head_backward(m, lane, row, rows, &dp);
    }
    const real *last = a->x + (size_t)d->L * rows_of(d) * (size_t)d->C;
    memset(a->dx, 0, rows_of(d) * (size_t)d->C * sizeof(real));
    rmsnorm_backward(a->dx, dp.normf, a->dnorm, d->C, last, d->C, a->rf, m->params.normf, M, d->C);
    work_lap(&lane->work, OP_NORM);
    for (int layer = d->L - 1; layer >= 0; layer--) layer_backward(m, lane, layer, weight, &dp);
    embed_backward(dp.embed, a->dx, tokens, M, d->C);
    work_lap(&lane->work, OP_OTHER);
    return sum_of(lane->loss, rows_of(d));
}
