/* test_model_net.c: the losses of the whole net against a naive twin in double: one token after
 * another, one number after another, from the equations alone. */
#include "tests/check.h"

#include "model/kernels/rmsnorm.h"
#include "model/kernels/rope.h"

enum { MAX_T = ATTENTION_TILE + 7, MAX_N = 64 }; // context, and any vector's length

/* What attention remembers of the tokens before, per layer. */
typedef struct {
    double key[MAX_T][MAX_N], value[MAX_T][MAX_N];
} Past;

static void naive_rmsnorm(double *y, const double *x, const real *gain, int n) {
    double squares = 0;
    for (int i = 0; i < n; i++) squares += x[i] * x[i];
    for (int i = 0; i < n; i++) y[i] = (double)gain[i] * x[i] / sqrt(squares / n + RMSNORM_EPS);
}

/* y = x W for columns [from, from + n) of a W that has `cols` of them */
static void naive_linear(double *y, const double *x, const real *w, int in, int cols, int from,
                         int n) {
    for (int o = 0; o < n; o++) {
        y[o] = 0;
        for (int i = 0; i < in; i++) y[o] += x[i] * (double)w[i * cols + from + o];
    }
}

static void naive_rope(double *x, int t, int D) {
    for (int i = 0; i < D / 2; i++) {
        const double angle = t * pow(ROPE_THETA, -2.0 * i / D), a = x[i], b = x[i + D / 2];
        x[i] = a * cos(angle) - b * sin(angle);
        x[i + D / 2] = a * sin(angle) + b * cos(angle);
    }
}

static void naive_attention(double *x, const Params *p, const Dims *d, Past *past, int t) {
    const int C = d->C, D = d->D;
    double norm[MAX_N], q[MAX_N], y[MAX_N] = {0}, out[MAX_N];
    double *k = past->key[t];
    naive_rmsnorm(norm, x, p->norm1, C);
    naive_linear(q, norm, p->wqkv, C, 3 * C, 0, C);
    naive_linear(k, norm, p->wqkv, C, 3 * C, C, C);
    naive_linear(past->value[t], norm, p->wqkv, C, 3 * C, 2 * C, C);
    for (int h = 0; h < C; h += D) {
        if (d->qk_norm) {
            naive_rmsnorm(q + h, q + h, p->qnorm, D);
            naive_rmsnorm(k + h, k + h, p->knorm, D);
        }
        naive_rope(q + h, t, D);
        naive_rope(k + h, t, D);
        double weight[MAX_T], sum = 0;
        for (int j = 0; j <= t; j++) {
            double score = 0;
            for (int i = 0; i < D; i++) score += q[h + i] * past->key[j][h + i];
            sum += weight[j] = exp(score / sqrt(D));
        }
        for (int j = 0; j <= t; j++)
            for (int i = 0; i < D; i++) y[h + i] += weight[j] / sum * past->value[j][h + i];
    }
    naive_linear(out, y, p->wo, C, C, 0, C);
    for (int i = 0; i < C; i++) x[i] += out[i];
}

/* y (C) += weight * the output of an MLP of width F for x (C) */
static void naive_mlp(double *y, const double *x, const real *w1, const real *w2, const Dims *d,
                      int F, double weight) {
    double a[MAX_N], b[MAX_N], out[MAX_N];
    naive_linear(a, x, w1, d->C, mlp_up(d, F), 0, F);
    if (d->act == ACT_SWIGLU) {
        naive_linear(b, x, w1, d->C, mlp_up(d, F), F, F);
        for (int i = 0; i < F; i++) a[i] = a[i] / (1 + exp(-a[i])) * b[i];
    } else
        for (int i = 0; i < F; i++)
            a[i] = a[i] / 2 * (1 + tanh(sqrt(2 / M_PI) * (a[i] + 0.044715 * a[i] * a[i] * a[i])));
    naive_linear(out, a, w2, F, d->C, 0, d->C);
    for (int i = 0; i < d->C; i++) y[i] += weight * out[i];
}

/* weight (E): the gates of the chosen experts, zero of the others. */
static void naive_router(double *weight, const double *x, const Params *p, const Dims *d) {
    const Moe *moe = &d->moe;
    double s[MAX_N], probability[MAX_N], merit[MAX_N], all = 0, chosen = 0;
    naive_linear(s, x, p->router, d->C, moe->E, 0, moe->E);
    for (int e = 0; e < moe->E; e++) all += exp(s[e]);
    for (int e = 0; e < moe->E; e++) {
        const bool sigmoid = moe->router == ROUTER_SIGMOID;
        probability[e] = sigmoid ? 1 / (1 + exp(-s[e])) : exp(s[e]) / all;
        merit[e] = probability[e] + (moe->biased ? (double)p->bias[e] : 0);
    }
    for (int e = 0; e < moe->E; e++) {
        int better = 0;
        for (int other = 0; other < moe->E; other++) better += merit[other] > merit[e];
        weight[e] = better >= moe->K ? 0 : moe->router == ROUTER_TOPK ? exp(s[e]) : probability[e];
        chosen += weight[e];
    }
    for (int e = 0; moe->router != ROUTER_SOFTMAX && e < moe->E; e++) weight[e] /= chosen;
}

static void naive_experts(double *y, const double *x, const Params *p, const Dims *d) {
    const Moe *moe = &d->moe;
    double weight[MAX_N];
    naive_router(weight, x, p, d);
    if (moe->S) naive_mlp(y, x, p->ws1, p->ws2, d, moe->S * moe->F, 1);
    for (int e = 0; e < moe->E; e++)
        if (weight[e] > 0)
            naive_mlp(y, x, p->we1 + e * d->C * expert_in(d), p->we2 + e * moe->F * d->C, d, moe->F,
                      weight[e]);
}

static void naive_half(double *x, const Params *p, const Dims *d, int layer) {
    double norm[MAX_N];
    naive_rmsnorm(norm, x, p->norm2, d->C);
    if (has_experts(d, layer))
        naive_experts(x, norm, p, d);
    else
        naive_mlp(x, norm, p->w1, p->w2, d, d->F, 1);
}

static double naive_loss(const double *x, const Params *p, const Dims *d, int target) {
    double norm[MAX_N], own = 0, sum = 0;
    naive_rmsnorm(norm, x, p->normf, d->C);
    for (int v = 0; v < d->V; v++) {
        double logit = 0;
        for (int i = 0; i < d->C; i++)
            logit += norm[i] * (double)(d->tied ? p->embed[v * d->C + i] : p->head[i * d->V + v]);
        logit *= (double)d->logit_scale;
        sum += exp(logit);
        if (v == target) own = logit;
    }
    return log(sum) - own;
}

static double *naive_losses(Rig *rig, const Net *net) {
    const Dims *d = &net->model.d;
    Past *past = ARENA_ARRAY(rig->arena, Past, (size_t)d->L);
    double *loss = ARENA_ARRAY(rig->arena, double, (size_t)(d->B * d->T));
    MUST(d->T <= MAX_T && d->C <= MAX_N && d->F <= MAX_N);
    for (int row = 0; row < d->B * d->T; row++) {
        double x[MAX_N];
        for (int i = 0; i < d->C; i++)
            x[i] = (double)net->model.params.embed[net->tokens[row] * d->C + i];
        for (int layer = 0; layer < d->L; layer++) {
            const Params p = params_layer(&net->model.params, d, layer);
            naive_attention(x, &p, d, &past[layer], row % d->T);
            naive_half(x, &p, d, layer);
        }
        loss[row] = naive_loss(x, &net->model.params, d, net->targets[row]);
    }
    return loss;
}

static Dims net_dims(int combination) {
    return (Dims){.B = 3,
                  .T = combination % 3 ? MAX_T : ATTENTION_TILE / 2 + 1,
                  .C = 18,
                  .L = 1 + combination % 3,
                  .H = 3,
                  .D = 6,
                  .F = 29,
                  .V = 37,
                  .act = combination & 1 ? ACT_SWIGLU : ACT_GELU,
                  .qk_norm = combination & 2,
                  .tied = combination & 4,
                  .logit_scale = (real)0.75};
}

static void check_losses(Rig *rig, const Dims *d) {
    Net net;
    net_init(rig, &net, d);
    const double *want = naive_losses(rig, &net);
    const double mean = loss_of(&net);
    double sum = 0;
    for (int row = 0; row < d->B * d->T; row++) {
        assert_at_most(fabs(net.lane.loss[row] - want[row]), 2 * TOLERANCE * (1 + want[row]));
        sum += want[row];
    }
    assert_at_most(fabs(mean - (double)net.weight * sum), 2 * TOLERANCE * (1 + mean));
}

static void test_losses(void **state) {
    for (int combination = 0; combination < 8; combination++) {
        const Dims d = net_dims(combination);
        check_losses(*state, &d);
    }
}

/* Router, bias, activation and `every` in all combinations, the rest along with them. */
static void test_losses_with_experts(void **state) {
    for (int combination = 0; combination < 32; combination++) {
        Dims d = net_dims(combination / 4 % 8);
        d.moe = (Moe){.E = 4 + combination % 5,
                      .K = 1 + combination % 3,
                      .S = combination / 3 % 3,
                      .F = 7,
                      .every = 1 + combination / 16,
                      .router = combination % 4,
                      .biased = combination / 8 % 2};
        d.B = 2, d.L = 1 + d.moe.every;
        check_losses(*state, &d);
    }
}

/* Vocabularies so large that not all rows' logits are held at once. */
static void test_losses_in_pieces(void **state) {
    const int vocabularies[] = {LOGITS_HELD / 40, LOGITS_HELD / 16 + 3};
    for (int i = 0; i < 4; i++) {
        Dims d = net_dims(i & 1 ? 4 : 0);
        d.V = vocabularies[i / 2];
        assert_in_range(lane_head_rows(&d), 16, d.B * d.T / 2);
        check_losses(*state, &d);
    }
}

/* Any rows' logits on their own give those rows' losses. */
static void test_logits(void **state) {
    for (int tied = 0; tied < 2; tied++) {
        const Dims d = net_dims(tied ? 4 : 0);
        Net net;
        net_init(*state, &net, &d);
        loss_of(&net);
        for (int first = 0, rows = 1; first < d.B * d.T; first += rows, rows++) {
            const int here = first + rows < d.B * d.T ? rows : d.B * d.T - first;
            real *logits = rig_poison(*state, (size_t)(here * d.V));
            model_logits(&net.model, &net.lane, first, here, logits);
            for (int row = 0; row < here; row++) {
                double sum = 0;
                for (int v = 0; v < d.V; v++)
                    sum += exp((double)d.logit_scale * (double)logits[row * d.V + v]);
                const int target = net.targets[first + row];
                const double own = (double)d.logit_scale * (double)logits[row * d.V + target];
                assert_at_most(fabs(log(sum) - own - net.lane.loss[first + row]),
                               2 * TOLERANCE * (1 + log(sum)));
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {TEST(test_losses), TEST(test_losses_with_experts),
                                       TEST(test_losses_in_pieces), TEST(test_logits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
