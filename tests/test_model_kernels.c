/* test_model_kernels.c: every kernel against a naive twin in double, written from the equation with
 * plain loops, on random sizes; vexp over its whole range; and a NaN anywhere in the activations is
 * a NaN in the loss. */
#include "tests/check.h"

#include "model/embed.h"
#include "model/linear.h"
#include "model/mlp_act.h"
#include "model/rmsnorm.h"
#include "model/rope.h"
#include "model/vexp.h"
#include "model/xent.h"

enum { ROUNDS = 12 };

static double *rig_doubles(Rig *rig, size_t n) {
    return ARENA_ARRAY(rig->arena, double, n);
}

static double *widen(Rig *rig, const real *x, size_t n) {
    double *wide = rig_doubles(rig, n);
    for (size_t i = 0; i < n; i++) wide[i] = (double)x[i];
    return wide;
}

/* A size in [1, limit]. */
static int rig_size(Rig *rig, int limit) {
    return 1 + rig_below(rig, 1, limit)[0];
}

/* c = alpha op(a) op(b) + beta c, element by element */
static void check_gemm(Rig *rig, Transpose t) {
    const int M = rig_size(rig, 37), N = rig_size(rig, 41), K = rig_size(rig, 53);
    const int lda = (t == TN ? M : K) + rig_size(rig, 5), ldb = (t == NT ? K : N) + 3, ldc = N + 2;
    const size_t n_a = (size_t)(lda * (t == TN ? K : M)), n_b = (size_t)(ldb * (t == NT ? N : K));
    const size_t n_c = (size_t)(ldc * M);
    const real alpha = (real)1.25, beta = (real)-0.5;
    const real *a = rig_normal(rig, n_a, 0, 1), *b = rig_normal(rig, n_b, 0, 1);
    real *c = rig_normal(rig, n_c, 0, 1);
    double *want = widen(rig, c, n_c);
    for (int i = 0; i < M; i++)
        for (int j = 0; j < N; j++) {
            double sum = 0;
            for (int k = 0; k < K; k++)
                sum += (double)a[t == TN ? k * lda + i : i * lda + k] *
                       (double)b[t == NT ? j * ldb + k : k * ldb + j];
            want[i * ldc + j] = (double)alpha * sum + (double)beta * want[i * ldc + j];
        }
    Work work = {0};
    gemm(t, M, N, K, alpha, a, lda, b, ldb, beta, c, ldc, &work);
    assert_close(c, want, n_c, TOLERANCE);
    assert_int_equal(work.gemm_flops, 2ull * (uint64_t)M * (uint64_t)N * (uint64_t)K);
}

static void test_gemm(void **state) {
    for (int round = 0; round < ROUNDS; round++)
        for (Transpose t = NN; t <= TN; t++) check_gemm(*state, t);
}

/* y_o = sum_i x_i W_io;  dx_i = sum_o dy_o W_io;  dW_io += sum over rows of x_i dy_o */
static void check_linear(Rig *rig) {
    const int rows = rig_size(rig, 29), in = rig_size(rig, 33), out = rig_size(rig, 47);
    const size_t n_x = (size_t)(rows * in), n_w = (size_t)(in * out), n_y = (size_t)(rows * out);
    const real *x = rig_normal(rig, n_x, 0, 1), *w = rig_normal(rig, n_w, 0, 1);
    const real *dy = rig_normal(rig, n_y, 0, 1);
    real *y = rig_poison(rig, n_y), *dx = rig_poison(rig, n_x), *dw = rig_normal(rig, n_w, 0, 1);
    double *want_y = rig_doubles(rig, n_y), *want_dx = rig_doubles(rig, n_x);
    double *want_dw = widen(rig, dw, n_w);
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < in; i++)
            for (int o = 0; o < out; o++) {
                const double xi = (double)x[row * in + i], wio = (double)w[i * out + o];
                const double dyo = (double)dy[row * out + o];
                want_y[row * out + o] += xi * wio;
                want_dx[row * in + i] += dyo * wio;
                want_dw[i * out + o] += xi * dyo;
            }
    Work work = {0};
    linear_forward(y, x, w, rows, in, out, &work);
    linear_backward(dx, dw, dy, x, w, rows, in, out, &work);
    assert_close(y, want_y, n_y, TOLERANCE);
    assert_close(dx, want_dx, n_x, TOLERANCE);
    assert_close(dw, want_dw, n_w, TOLERANCE);
}

static void test_linear(void **state) {
    for (int round = 0; round < ROUNDS; round++) check_linear(*state);
}

/* y = g x / rms(x), and its derivative by the quotient rule: d rms / dx_i = x_i / (n rms) */
static void check_rmsnorm(Rig *rig) {
    const int rows = rig_size(rig, 9), n = rig_size(rig, 70), ldx = n + rig_size(rig, 4);
    const int ldy = n + 1;
    const size_t n_x = (size_t)(rows * ldx), n_y = (size_t)(rows * ldy);
    const real *x = rig_normal(rig, n_x, 0.5, 2), *gain = rig_normal(rig, (size_t)n, 1, 0.5);
    const real *dy = rig_normal(rig, n_y, 0, 1);
    real *y = rig_normal(rig, n_y, 0, 1), *r = rig_poison(rig, (size_t)rows);
    real *dx = rig_normal(rig, n_x, 0, 1), *dgain = rig_normal(rig, (size_t)n, 0, 1);
    double *want_y = widen(rig, y, n_y), *want_r = rig_doubles(rig, (size_t)rows);
    double *want_dx = widen(rig, dx, n_x), *want_dgain = widen(rig, dgain, (size_t)n);
    for (int row = 0; row < rows; row++) {
        const real *xr = x + row * ldx, *dyr = dy + row * ldy;
        double squares = 0, along = 0;
        for (int i = 0; i < n; i++) squares += (double)xr[i] * (double)xr[i];
        const double rms = sqrt(squares / n + RMSNORM_EPS);
        want_r[row] = 1 / rms;
        for (int i = 0; i < n; i++) along += (double)gain[i] * (double)dyr[i] * (double)xr[i];
        for (int i = 0; i < n; i++) {
            const double xi = (double)xr[i], dyi = (double)dyr[i], gi = (double)gain[i];
            want_y[row * ldy + i] = gi * xi / rms;
            want_dgain[i] += dyi * xi / rms;
            want_dx[row * ldx + i] += gi * dyi / rms - along * xi / (n * rms * rms * rms);
        }
    }
    rmsnorm_forward(y, ldy, r, x, ldx, gain, rows, n);
    rmsnorm_backward(dx, dgain, dy, ldy, x, ldx, r, gain, rows, n);
    assert_close(y, want_y, n_y, TOLERANCE);
    assert_close(r, want_r, (size_t)rows, TOLERANCE);
    assert_close(dx, want_dx, n_x, TOLERANCE);
    assert_close(dgain, want_dgain, (size_t)n, TOLERANCE);
}

static void test_rmsnorm(void **state) {
    for (int round = 0; round < ROUNDS; round++) check_rmsnorm(*state);
}

/* Channel pairs as complex numbers, times e^(i t theta). */
static void check_rope(Rig *rig, int T, int D) {
    const size_t n = (size_t)(T * D);
    real *table = rig_poison(rig, n), *x = rig_normal(rig, n, 0, 1);
    const double *from = widen(rig, x, n);
    double *want = rig_doubles(rig, n);
    for (int t = 0; t < T; t++)
        for (int i = 0; i < D / 2; i++) {
            const double angle = t / pow(10000, 2.0 * i / D), a = from[t * D + i];
            const double b = from[t * D + i + D / 2];
            want[t * D + i] = a * cos(angle) - b * sin(angle);
            want[t * D + i + D / 2] = a * sin(angle) + b * cos(angle);
        }
    rope_table(table, T, D);
    for (int t = 0; t < T; t++) rope_rotate(x + t * D, table + t * D, D, 1);
    assert_close(x, want, n, TOLERANCE);
    for (int t = 0; t < T; t++) rope_rotate(x + t * D, table + t * D, D, -1);
    assert_close(x, from, n, TOLERANCE);
}

static void test_rope(void **state) {
    const int heads[] = {2, 6, 16, 38, 64};
    for (size_t i = 0; i < COUNT_OF(heads); i++) check_rope(*state, 67, heads[i]);
}

/* One head of one sequence, row by row. Queries, keys and values lie at these places and strides.
 */
static void naive_head(Rig *rig, double *y, double *dqk, double *dv, const real *dy, const real *qk,
                       const real *v, int ldv, const Dims *d) {
    const int T = d->T, C = d->C, D = d->D;
    double *p = rig_doubles(rig, (size_t)T), *dp = rig_doubles(rig, (size_t)T);
    for (int i = 0; i < T; i++) {
        double sum = 0, along = 0;
        for (int j = 0; j <= i; j++) {
            double score = 0;
            for (int c = 0; c < D; c++)
                score += (double)qk[i * 2 * C + c] * (double)qk[j * 2 * C + C + c];
            sum += p[j] = exp(score / sqrt(D));
        }
        for (int j = 0; j <= i; j++) {
            p[j] /= sum;
            dp[j] = 0;
            for (int c = 0; c < D; c++) {
                y[i * C + c] += p[j] * (double)v[j * ldv + c];
                dv[j * ldv + c] += p[j] * (double)dy[i * C + c];
                dp[j] += (double)dy[i * C + c] * (double)v[j * ldv + c];
            }
            along += p[j] * dp[j];
        }
        for (int j = 0; j <= i; j++)
            for (int c = 0; c < D; c++) {
                const double ds = p[j] * (dp[j] - along) / sqrt(D);
                dqk[i * 2 * C + c] += ds * (double)qk[j * 2 * C + C + c];
                dqk[j * 2 * C + C + c] += ds * (double)qk[i * 2 * C + c];
            }
    }
}

static void check_attention(Rig *rig, int T) {
    const int H = rig_size(rig, 4), D = 2 * rig_size(rig, 9), C = H * D, ldv = C + rig_size(rig, 7);
    const Dims d = {.B = rig_size(rig, 3), .T = T, .C = C, .H = H, .D = D};
    const size_t rows = (size_t)(d.B * T), n_y = rows * (size_t)C, n_v = rows * (size_t)ldv;
    const real *qk = rig_normal(rig, 2 * n_y, 0, 1), *v = rig_normal(rig, n_v, 0, 1);
    const real *dy = rig_normal(rig, n_y, 0, 1);
    real *y = rig_poison(rig, n_y), *p = rig_poison(rig, (size_t)H * rows * (size_t)T);
    real *dqk = rig_poison(rig, 2 * n_y), *dv = rig_zeros(rig, n_v);
    real *scratch = rig_poison(rig, ATTENTION_TILE * (size_t)T);
    double *want_y = rig_doubles(rig, n_y), *want_dqk = rig_doubles(rig, 2 * n_y);
    double *want_dv = rig_doubles(rig, n_v);
    for (int b = 0; b < d.B; b++)
        for (int h = 0; h < H; h++) {
            const size_t at = (size_t)(b * T * C + h * D), at_v = (size_t)(b * T * ldv + h * D);
            const size_t at_qk = (size_t)(b * T * 2 * C + h * D);
            naive_head(rig, want_y + at, want_dqk + at_qk, want_dv + at_v, dy + at, qk + at_qk,
                       v + at_v, ldv, &d);
        }
    Work work = {0};
    attention_forward(y, p, qk, v, ldv, &d, &work);
    attention_backward(dqk, dv, scratch, dy, p, qk, v, ldv, &d, &work);
    assert_close(y, want_y, n_y, TOLERANCE);
    assert_close(dqk, want_dqk, 2 * n_y, TOLERANCE);
    assert_close(dv, want_dv, n_v, TOLERANCE);
}

static void test_attention(void **state) {
    const int lengths[] = {1, 3, 31, 32, 33, 64, 65, 101};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) check_attention(*state, lengths[i]);
}

/* Scores that exp() could not hold: all weight goes to the own position. */
static void test_attention_far_out(void **state) {
    const Dims d = {.B = 1, .T = 4, .C = 4, .H = 1, .D = 4};
    const size_t n = (size_t)(d.T * d.C);
    real *qk = rig_zeros(*state, 2 * n), *y = rig_poison(*state, n), p[4 * 4];
    const real *v = rig_normal(*state, n, 0, 1);
    for (int t = 0; t < d.T; t++) qk[t * 2 * d.C + t] = qk[t * 2 * d.C + d.C + t] = 60;
    attention_forward(y, p, qk, v, d.C, &d, &(Work){0});
    assert_close(y, widen(*state, v, n), n, TOLERANCE);
}

/* gelu = x / 2 (1 + tanh u), the form of the paper */
static void naive_gelu(double *y, double *slope, double x) {
    const double root = sqrt(2 / M_PI), u = root * (x + 0.044715 * x * x * x), t = tanh(u);
    *y = x / 2 * (1 + t);
    *slope = (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x);
}

static void check_mlp_act(Rig *rig, Activation act) {
    const int rows = rig_size(rig, 9), F = rig_size(rig, 71);
    const Dims d = {.act = act, .F = F};
    const int in = mlp_in(&d);
    const size_t n_y = (size_t)(rows * F), n_x = (size_t)(rows * in);
    const real *x = rig_normal(rig, n_x, 0, 3), *dy = rig_normal(rig, n_y, 0, 1);
    real *y = rig_poison(rig, n_y), *dx = rig_poison(rig, n_x);
    double *want_y = rig_doubles(rig, n_y), *want_dx = rig_doubles(rig, n_x);
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < F; i++) {
            const double gate = (double)x[row * in + i], dyi = (double)dy[row * F + i];
            double *want = want_dx + row * in + i, slope;
            if (act == ACT_GELU) {
                naive_gelu(want_y + row * F + i, &slope, gate);
                want[0] = dyi * slope;
            } else {
                const double up = (double)x[row * in + F + i], e = exp(-gate),
                             silu = gate / (1 + e);
                want_y[row * F + i] = silu * up;
                want[F] = dyi * silu;
                want[0] = dyi * up * (1 + e + gate * e) / ((1 + e) * (1 + e));
            }
        }
    mlp_act_forward(y, x, act, rows, F);
    mlp_act_backward(dx, dy, x, act, rows, F);
    assert_close(y, want_y, n_y, TOLERANCE);
    assert_close(dx, want_dx, n_x, TOLERANCE);
}

static void test_mlp_act(void **state) {
    for (int round = 0; round < ROUNDS; round++)
        for (Activation act = ACT_GELU; act <= ACT_SWIGLU; act++) check_mlp_act(*state, act);
}

static void test_mlp_act_far_out(void **state) {
    (void)state;
    const real x[] = {-1000, 1000, -100, 100, 0};
    const double want[] = {0, 1000, 0, 100, 0};
    real y[COUNT_OF(x)];
    mlp_act_forward(y, x, ACT_GELU, 1, COUNT_OF(x));
    assert_close(y, want, COUNT_OF(x), TOLERANCE);
    const real gate_up[] = {-1000, 1000, -100, 100, 0, 1, 1, 1, 1, 1};
    mlp_act_forward(y, gate_up, ACT_SWIGLU, 1, COUNT_OF(x));
    assert_close(y, want, COUNT_OF(x), TOLERANCE);
}

static void test_embed(void **state) {
    Rig *rig = *state;
    const int rows = 57, C = 13, V = 9;
    const size_t n_y = (size_t)(rows * C), n_w = (size_t)(V * C);
    const int *tokens = rig_below(rig, (size_t)rows, V);
    const real *table = rig_normal(rig, n_w, 0, 1), *dy = rig_normal(rig, n_y, 0, 1);
    real *y = rig_poison(rig, n_y), *dtable = rig_normal(rig, n_w, 0, 1);
    double *want = widen(rig, dtable, n_w);
    embed_forward(y, tokens, table, rows, C);
    embed_backward(dtable, dy, tokens, rows, C);
    for (int row = 0; row < rows; row++)
        for (int i = 0; i < C; i++) {
            assert_true(y[row * C + i] == table[tokens[row] * C + i]);
            want[tokens[row] * C + i] += (double)dy[row * C + i];
        }
    assert_close(dtable, want, n_w, TOLERANCE);
}

/* loss = log sum exp z - z_target, with logits far from zero: shift must not matter */
static void check_xent(Rig *rig, double shift) {
    const int rows = rig_size(rig, 9), V = rig_size(rig, 300);
    const size_t n = (size_t)(rows * V);
    const real scale = (real)0.7, weight = (real)0.2;
    real *logits = rig_normal(rig, n, shift, 3);
    const int *targets = rig_below(rig, (size_t)rows, V);
    double *loss = rig_doubles(rig, (size_t)rows), *again = rig_doubles(rig, (size_t)rows);
    double *want = rig_doubles(rig, n);
    xent_forward(loss, logits, targets, scale, rows, V);
    for (int row = 0; row < rows; row++) {
        const real *z = logits + row * V;
        double sum = 0;
        for (int v = 0; v < V; v++) sum += exp((double)scale * ((double)z[v] - shift));
        const double own = (double)scale * ((double)z[targets[row]] - shift);
        assert_at_most(fabs(loss[row] - (log(sum) - own)), TOLERANCE * (1 + log(sum)));
        for (int v = 0; v < V; v++)
            want[row * V + v] =
                (double)scale * (double)weight *
                (exp((double)scale * ((double)z[v] - shift)) / sum - (v == targets[row]));
    }
    xent_backward(again, logits, targets, scale, weight, rows, V);
    if (V > 1) assert_close(logits, want, n, TOLERANCE);
    assert_memory_equal(loss, again, (size_t)rows * sizeof *loss);
}

static void test_xent(void **state) {
    for (int round = 0; round < ROUNDS; round++) check_xent(*state, 100 * (round % 3 - 1));
}

static void test_vexp(void **state) {
    (void)state;
    double worst = 0;
    for (double x = -87; x <= 88; x += 1.0 / 4096 / 3) {
        const real rounded = (real)x;
        const double want = exp((double)rounded);
        worst = fmax(worst, fabs((double)vexp(rounded) - want) / want);
    }
    assert_at_most(worst, 1.2e-7); // one unit in the last place
    assert_true(vexp(0) == 1 && vexp(-(real)0) == 1);
    assert_true(isnan(vexp((real)NAN)) && isnan(vexp(-(real)NAN)));
    assert_true(isnan(sigmoid((real)NAN)));
    assert_true(sigmoid(-1000) < (real)1e-30 && sigmoid(1000) == 1);
#ifndef TINYSCALE_DOUBLE
    assert_true(vexp(-INFINITY) == vexp(-87) && vexp(-1e30f) == vexp(-87));
    assert_true(vexp(INFINITY) == vexp(88) && vexp(1e30f) == vexp(88));
#endif
}

/* A loop over vexp is what the kernels run: vectorised it must still let a NaN through, in every
 * lane. */
static void test_vexp_vectorised(void **state) {
    enum { N = 67 };
    const real *x = rig_normal(*state, N, 0, 20);
    for (int bad = 0; bad < N; bad++) {
        real *y = rig_copy(*state, x, N);
        y[bad] = (real)NAN;
#pragma omp simd
        for (int i = 0; i < N; i++) y[i] = vexp(y[i]);
        for (int i = 0; i < N; i++) assert_true(i == bad ? isnan(y[i]) : y[i] == vexp(x[i]));
    }
}

static void test_nan_xent(void **state) {
    enum { V = 37 };
    const real *logits = rig_normal(*state, V, 0, 1);
    const int target = 5;
    for (int bad = 0; bad < V; bad++) {
        real *z = rig_copy(*state, logits, V);
        double loss;
        z[bad] = (real)NAN;
        xent_forward(&loss, z, &target, 1, 1, V);
        assert_true(isnan(loss));
        loss = 0;
        xent_backward(&loss, z, &target, 1, 1, 1, V);
        assert_true(isnan(loss));
        for (int v = 0; v < V; v++) assert_true(isnan(z[v]));
    }
}

/* A NaN in a query, key or value of position t is a NaN in the output of position t. */
static void test_nan_attention(void **state) {
    Rig *rig = *state;
    const Dims d = {.B = 1, .T = ATTENTION_TILE + 3, .C = 4, .H = 1, .D = 4};
    const size_t rows = (size_t)d.T, C = (size_t)d.C;
    const real *x = rig_normal(rig, rows * 3 * C, 0, 1);
    real *y = rig_zeros(rig, rows * C), *p = rig_zeros(rig, rows * rows);
    for (size_t t = 0; t < rows; t++)
        for (size_t i = 0; i < 3 * C; i++) {
            real *qk = rig_copy(rig, x, rows * 2 * C), *v = rig_copy(rig, x, rows * C);
            if (i < 2 * C)
                qk[t * 2 * C + i] = (real)NAN;
            else
                v[t * C + i - 2 * C] = (real)NAN;
            attention_forward(y, p, qk, v, d.C, &d, &(Work){0});
            const size_t channel = i < 2 * C ? 0 : i - 2 * C;
            assert_true(isnan(y[t * C + channel]));
        }
}

/* A NaN in the vector of one token is a NaN in the loss wherever that token stands, and in the sum.
 */
static void test_nan_net(void **state) {
    for (int combination = 0; combination < 8; combination++) {
        const Dims d = {.B = 2,
                        .T = ATTENTION_TILE + 2,
                        .C = 8,
                        .L = 2,
                        .H = 2,
                        .D = 4,
                        .F = 9,
                        .V = 12,
                        .act = combination & 1 ? ACT_SWIGLU : ACT_GELU,
                        .qk_norm = combination & 2,
                        .tied = combination & 4,
                        .logit_scale = 1};
        const int bad = d.V - 1, rows = d.B * d.T;
        Net net;
        net_init(*state, &net, &d);
        net.model.params.embed[bad * d.C + 3] = (real)NAN;
        for (int at = 0; at < rows; at++) {
            for (int row = 0; row < rows; row++) net.tokens[row] = row == at ? bad : row % bad;
            assert_true(isnan(net_loss(&net)));
            assert_true(isnan(net.lane.loss[at]));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_gemm),      TEST(test_linear),
        TEST(test_rmsnorm),   TEST(test_rope),
        TEST(test_attention), TEST(test_attention_far_out),
        TEST(test_mlp_act),   TEST(test_mlp_act_far_out),
        TEST(test_embed),     TEST(test_xent),
        TEST(test_vexp),      TEST(test_vexp_vectorised),
        TEST(test_nan_xent),  TEST(test_nan_attention),
        TEST(test_nan_net),
    };
    gemm_single_thread();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
