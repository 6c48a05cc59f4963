/* moe.c: see moe.h for the equations and the flow. */
#include "model/moe.h"

#include <string.h>

#include "model/kernels/linear.h"
#include "model/kernels/mlp_act.h"
#include "model/router.h"
#include "model/kernels/vec.h"

/* The sizes and routes of one micro-batch. */
typedef struct {
    int M, C, E, K, F, up; // letters of dims.h; up: columns of W_e1
    Routes r;
} Rows;

static Rows rows_of(const Lane *lane, int moe_layer, const Dims *d) {
    const Moe *moe = &d->moe;
    return (Rows){.M = d->B * d->T,
                  .C = d->C,
                  .E = moe->E,
                  .K = moe->K,
                  .F = moe->F,
                  .up = expert_in(d),
                  .r = routes_layer(lane, d, moe_layer)};
}

/* Copy to each row of `to` (rows, C) its token's row of x (M, C). */
static void gather(real *to, const real *x, const Rows *n) {
    for (int row = 0; row < n->r.start[n->E]; row++)
        memcpy(to + (size_t)row * n->C, x + (size_t)(n->r.pair[row] / n->K) * n->C,
               (size_t)n->C * sizeof *to);
}

/* Sum the rows of each token, the best choice first: y (M, C) from `from` (rows, C). A token
 * without rows gets its row of `none` (M, C). */
static void add_rows(real *y, const real *from, const real *none, const Rows *n) {
    for (int t = 0; t < n->M; t++, y += n->C) {
        const int *row = n->r.row + (size_t)t * n->K;
        const bool first = row[0] >= 0;
        memmove(y, first ? from + (size_t)row[0] * n->C : none + (size_t)t * n->C,
                (size_t)n->C * sizeof *y);
        for (int i = 1; i < n->K; i++) {
            if (row[i] < 0) continue;
            const real *x = from + (size_t)row[i] * n->C;
            for (int c = 0; c < n->C; c++) y[c] += x[c];
        }
    }
}

/* Add the rows of each token, `from` (rows, C), to y (M, C). */
static void add_rows_to(real *y, const real *from, const Rows *n) {
    for (int i = 0; i < n->M * n->K; i++) {
        if (n->r.row[i] < 0) continue;
        const real *x = from + (size_t)n->r.row[i] * n->C;
        real *to = y + (size_t)(i / n->K) * n->C;
        for (int c = 0; c < n->C; c++) to[c] += x[c];
    }
}

/* Start the rows of first choices in `to` (rows, C) with what their token brings `along` (M, C),
 * all others with zero. */
static void start_rows(real *to, const real *along, const Rows *n) {
    for (int row = 0; row < n->r.start[n->E]; row++, to += n->C) {
        const int pair = n->r.pair[row];
        if (pair % n->K == 0)
            memcpy(to, along + (size_t)(pair / n->K) * n->C, (size_t)n->C * sizeof *to);
        else
            memset(to, 0, (size_t)n->C * sizeof *to);
    }
}

/* Multiply act (rows, F) by each row's gate, from gates (M, K), into `to` (rows, F). */
static void scale_rows(real *to, const real *act, const real *gates, const Rows *n) {
    for (int row = 0; row < n->r.start[n->E]; row++, to += n->F, act += n->F) {
        const real g = gates[n->r.pair[row]];
        for (int x = 0; x < n->F; x++) to[x] = g * act[x];
    }
}

/* Set dgates (M, K) to the sum over channels of dhidden act, and to 0 for pairs without a row. Turn
 * dhidden (rows, F) into dact. act is (rows, F), gates (M, K). */
static void scale_rows_backward(real *dgates, real *dhidden, const real *act, const real *gates,
                                const Rows *n) {
    memset(dgates, 0, (size_t)(n->M * n->K) * sizeof *dgates);
    for (int row = 0; row < n->r.start[n->E]; row++, dhidden += n->F, act += n->F) {
        const int pair = n->r.pair[row];
        Vec sum = {0};
        for (int x = 0; x < n->F; x += W) {
            const Vec d = vec_load_part(dhidden + x, n->F - x);
            sum += d * vec_load_part(act + x, n->F - x);
            vec_store_part(dhidden + x, gates[pair] * d, n->F - x);
        }
        dgates[pair] = vec_sum(sum);
    }
}

/* The shared experts side by side, which is one wide MLP. Its activations lie behind those of the
 * routed rows in up and act. */
typedef struct {
    int width, up;                           // columns after the nonlinearity and before it
    real *before, *after, *dbefore, *dafter; // (M, up) before the nonlinearity, (M, width) after it
} Shared;

static Shared shared_of(const Acts *a, const Rows *n, const Dims *d) {
    const size_t pairs = (size_t)(n->M * n->K), x = pairs * (size_t)n->F,
                 up = pairs * (size_t)n->up;
    return (Shared){.width = d->moe.S * d->moe.F,
                    .up = shared_in(d),
                    .before = a->up + up,
                    .after = a->act + x,
                    .dbefore = a->dup + up,
                    .dafter = a->dact + x};
}

/* Return what each token brings along (M, C): the residual stream and its shared experts. With
 * shared experts this is `next`, which is filled; without any it is the stream itself. */
static const real *bring_along(real *next, const Acts *a, const Params *p, const Rows *n,
                               const Dims *d, Work *work) {
    if (!d->moe.S) return a->mid;
    const Shared s = shared_of(a, n, d);
    linear_forward(s.before, a->norm2, p->ws1, NULL, n->M, n->C, s.up, work);
    mlp_act_forward(s.after, s.before, d->act, n->M, s.width);
    work_lap(work, OP_ACTIVATION);
    linear_forward(next, s.after, p->ws2, a->mid, n->M, s.width, n->C, work);
    return next;
}

void moe_forward(real *next, const Acts *a, const Params *p, Lane *lane, int moe_layer,
                 PassMode mode, const Dims *d) {
    const Rows n = rows_of(lane, moe_layer, d);
    const int *start = n.r.start;
    Work *work = &lane->work;
    gemm(NN, n.M, n.E, n.C, a->norm2, n.C, p->router, n.E, NULL, a->scores, n.E, work);
    router_forward(a->gates, n.r, a->dscores, &lane->routed,
                   lane->routed.load + (size_t)moe_layer * n.E, a->scores, p->bias,
                   mode == PASS_TRAIN, n.M, &d->moe);
    work_lap(work, OP_ROUTER);
    const real *along = bring_along(next, a, p, &n, d, work);
    gather(a->rows, a->norm2, &n);
    work_lap(work, OP_ROUTER);
    for (int e = 0; e < n.E; e++)
        gemm(NN, start[e + 1] - start[e], n.up, n.C, a->rows + (size_t)start[e] * n.C, n.C,
             p->we1 + (size_t)e * n.C * n.up, n.up, NULL, a->up + (size_t)start[e] * n.up, n.up,
             work);
    work_lap(work, OP_GEMM_FORWARD);
    mlp_act_forward(a->act, a->up, d->act, start[n.E], n.F);
    work_lap(work, OP_ACTIVATION);
    scale_rows(a->hidden, a->act, a->gates, &n);
    start_rows(a->rows, along, &n);
    work_lap(work, OP_ROUTER);
    for (int e = 0; e < n.E; e++) {
        real *rows = a->rows + (size_t)start[e] * n.C;
        gemm(NN, start[e + 1] - start[e], n.C, n.F, a->hidden + (size_t)start[e] * n.F, n.F,
             p->we2 + (size_t)e * n.F * n.C, n.C, rows, rows, n.C, work);
    }
    work_lap(work, OP_GEMM_FORWARD);
    add_rows(next, a->rows, along, &n);
    work_lap(work, OP_ROUTER);
}

/* Go back through W_e2: a->rows (rows, C) holds the rows of dnext, a->dact (rows, F) gets dhidden,
 * and dp->we2 is added to. */
static void down_backward(const Acts *a, const Params *p, const Params *dp, const Rows *n,
                          Work *work) {
    const int *start = n->r.start;
    for (int e = 0; e < n->E; e++)
        gemm(NT, start[e + 1] - start[e], n->F, n->C, a->rows + (size_t)start[e] * n->C, n->C,
             p->we2 + (size_t)e * n->F * n->C, n->C, NULL, a->dact + (size_t)start[e] * n->F, n->F,
             work);
    work_lap(work, OP_GEMM_DX);
    for (int e = 0; e < n->E; e++) {
        real *dw = dp->we2 + (size_t)e * n->F * n->C;
        gemm(TN, n->F, n->C, start[e + 1] - start[e], a->hidden + (size_t)start[e] * n->F, n->F,
             a->rows + (size_t)start[e] * n->C, n->C, dw, dw, n->C, work);
    }
    work_lap(work, OP_GEMM_DW);
}

/* Go back through W_e1: a->rows (rows, C) holds the rows of x and gets those of dx, and dp->we1 is
 * added to. */
static void up_backward(const Acts *a, const Params *p, const Params *dp, const Rows *n,
                        Work *work) {
    const int *start = n->r.start;
    for (int e = 0; e < n->E; e++) {
        real *dw = dp->we1 + (size_t)e * n->C * n->up;
        gemm(TN, n->C, n->up, start[e + 1] - start[e], a->rows + (size_t)start[e] * n->C, n->C,
             a->dup + (size_t)start[e] * n->up, n->up, dw, dw, n->up, work);
    }
    work_lap(work, OP_GEMM_DW);
    for (int e = 0; e < n->E; e++)
        gemm(NT, start[e + 1] - start[e], n->C, n->up, a->dup + (size_t)start[e] * n->up, n->up,
             p->we1 + (size_t)e * n->C * n->up, n->up, NULL, a->rows + (size_t)start[e] * n->C,
             n->C, work);
    work_lap(work, OP_GEMM_DX);
}

/* Add to dnorm what comes through the scores. */
static void scores_backward(const Acts *a, const Params *p, const Params *dp, const Rows *n,
                            real weight, const Moe *moe, Work *work) {
    router_backward(a->dscores, a->dgates, a->gates, n->r, a->scores, weight, n->M, moe);
    gemm(NT, n->M, n->C, n->E, a->dscores, n->E, p->router, n->E, a->dnorm, a->dnorm, n->C, work);
    gemm(TN, n->C, n->E, n->M, a->norm2, n->C, a->dscores, n->E, dp->router, dp->router, n->E,
         work);
    work_lap(work, OP_ROUTER);
}

/* Set dnorm to what comes through the shared experts, or to zero. */
static void along_backward(const Acts *a, const Params *p, const Params *dp, const Rows *n,
                           const Dims *d, Work *work) {
    if (!d->moe.S) {
        memset(a->dnorm, 0, (size_t)n->M * (size_t)n->C * sizeof(real));
        return;
    }
    const Shared s = shared_of(a, n, d);
    linear_backward(s.dafter, dp->ws2, a->dx, s.after, p->ws2, n->M, s.width, n->C, work);
    mlp_act_backward(s.dbefore, s.dafter, s.before, d->act, n->M, s.width);
    work_lap(work, OP_ACTIVATION);
    linear_backward(a->dnorm, dp->ws1, s.dbefore, a->norm2, p->ws1, n->M, n->C, s.up, work);
}

void moe_backward(const Acts *a, const Params *p, const Params *dp, Lane *lane, int moe_layer,
                  real weight, const Dims *d) {
    const Rows n = rows_of(lane, moe_layer, d);
    Work *work = &lane->work;
    along_backward(a, p, dp, &n, d, work);
    gather(a->rows, a->dx, &n);
    scale_rows(a->hidden, a->act, a->gates, &n);
    work_lap(work, OP_ROUTER);
    down_backward(a, p, dp, &n, work);
    scale_rows_backward(a->dgates, a->dact, a->act, a->gates, &n);
    work_lap(work, OP_ROUTER);
    mlp_act_backward(a->dup, a->dact, a->up, d->act, n.r.start[n.E], n.F);
    work_lap(work, OP_ACTIVATION);
    gather(a->rows, a->norm2, &n);
    work_lap(work, OP_ROUTER);
    up_backward(a, p, dp, &n, work);
    add_rows_to(a->dnorm, a->rows, &n);
    work_lap(work, OP_ROUTER);
    scores_backward(a, p, dp, &n, weight, &d->moe, work);
}
