/* test_model_attention.c: attention, and the queries and keys it is made of, compiled for one CPU
 * path after the other, against naive twins in double: a head's rows one by one, norm and rotation
 * included. And a NaN anywhere in a model is a NaN in its loss. */
#include "tests/check.h"

#include "model/kernels/qk.h"
#include "model/kernels/rmsnorm.h"
#include "model/kernels/rope.h"

/* y = R_t (g x / rms(x)), channel pairs as complex numbers times e^(i t theta); without a gain
 * y = R_t x. */
static void naive_qk(double *y, const real *x, const real *gain, int t, int D) {
    double squares = 0;
    for (int c = 0; c < D; c++) squares += (double)x[c] * (double)x[c];
    const double rms = gain ? sqrt(squares / D + RMSNORM_EPS) : 1;
    for (int i = 0; i < D / 2; i++) {
        const double angle = t / pow(10000, 2.0 * i / D);
        const double a = (double)x[i] / rms * (gain ? (double)gain[i] : 1);
        const double b = (double)x[i + D / 2] / rms * (gain ? (double)gain[i + D / 2] : 1);
        y[i] = a * cos(angle) - b * sin(angle);
        y[i + D / 2] = a * sin(angle) + b * cos(angle);
    }
}

/* Rotated back, then by the quotient rule: d rms / dx_i = x_i / (D rms). Both are added to. */
static void naive_qk_backward(double *dx, double *dgain, const double *dy, const real *x,
                              const real *gain, int t, int D) {
    double squares = 0, along = 0, e[64];
    MUST(D <= (int)COUNT_OF(e));
    for (int i = 0; i < D / 2; i++) {
        const double angle = t / pow(10000, 2.0 * i / D), a = dy[i], b = dy[i + D / 2];
        e[i] = a * cos(angle) + b * sin(angle);
        e[i + D / 2] = b * cos(angle) - a * sin(angle);
    }
    for (int c = 0; c < D; c++) {
        squares += (double)x[c] * (double)x[c];
        if (gain) along += (double)gain[c] * e[c] * (double)x[c];
    }
    const double rms = gain ? sqrt(squares / D + RMSNORM_EPS) : 1;
    for (int c = 0; c < D; c++) {
        dx[c] += (gain ? (double)gain[c] : 1) * e[c] / rms - along * (double)x[c] / pow(rms, 3) / D;
        if (gain) dgain[c] += e[c] * (double)x[c] / rms;
    }
}

/* --- queries and keys ------------------------------------------------------------------------- */

static void check_qk(Rig *rig, int T, int D, bool normed) {
    const int columns = attention_padded(T), ldx = D + rig_size(rig, 5) - 1;
    const size_t n_x = (size_t)(T * ldx), n_y = (size_t)(D * columns), n_r = (size_t)columns;
    const real *x = rig_normal(rig, n_x, 0.3, 2), *gain = rig_normal(rig, (size_t)D, 1, 0.5);
    real *angles = rig_poison(rig, n_y), *dy = rig_zeros(rig, n_y);
    real *y = rig_poison(rig, n_y), *r = rig_poison(rig, n_r);
    real *dx = rig_normal(rig, n_x, 0, 1), *dgain = rig_normal(rig, (size_t)D, 0, 1);
    double *want_y = rig_doubles(rig, n_y), *want_dx = widen(rig, dx, n_x);
    double *want_dgain = widen(rig, dgain, (size_t)D);
    const HeadShape h = {T, D, columns, angles, normed ? gain : NULL, (real)0.75};
    for (int t = 0; t < T; t++) {
        double turned[64];
        const real *draw = rig_normal(rig, (size_t)D, 0, 1);
        naive_qk(turned, x + t * ldx, h.gain, t, D);
        for (int c = 0; c < D; c++) {
            want_y[c * columns + t] = (double)h.scale * turned[c];
            dy[c * columns + t] = draw[c];
            turned[c] = (double)h.scale * (double)draw[c];
            want_dx[t * ldx + c] = 0;
        }
        naive_qk_backward(want_dx + t * ldx, want_dgain, turned, x + t * ldx, h.gain, t, D);
    }
    rope_table(angles, D, columns);
    qk_forward(y, r, x, ldx, &h);
    assert_close(y, want_y, n_y, TOLERANCE);
    for (int c = 0; c < D; c++) // padded with zeros, not with what is small
        for (int t = T; t < columns; t++) assert_true(y[c * columns + t] == 0);
    for (int t = 0; !normed && t < columns; t++) assert_true(isnan(r[t]));
    qk_backward(dx, normed ? dgain : NULL, dy, rig_poison(rig, n_y), r, x, ldx, &h);
    assert_close(dx, want_dx, n_x, TOLERANCE);
    assert_close(dgain, want_dgain, (size_t)D, TOLERANCE);
}

static void test_qk(void **state) {
    for (int D = 2; D <= 38; D += 2)
        for (int normed = 0; normed < 2; normed++)
            for (int round = 0; round < 3; round++)
                check_qk(*state, rig_size(*state, 70), D, normed);
}

/* --- attention -------------------------------------------------------------------------------- */

/* What attention takes and gives, and what it should. */
typedef struct {
    Dims d;
    const real *qkv, *qnorm, *knorm, *angles, *dy; // gains may be NULL
    real *y, *dqkv, *dqnorm, *dknorm;
    double *want_y, *want_dqkv, *want_dqnorm, *want_dknorm;
} Case;

static Case case_of(Rig *rig, const Dims *d) {
    const size_t n_y = (size_t)(d->B * d->T * d->C), D = (size_t)d->D;
    real *angles = rig_poison(rig, D * (size_t)attention_padded(d->T));
    rope_table(angles, d->D, attention_padded(d->T));
    Case x = {.d = *d,
              .qkv = rig_normal(rig, 3 * n_y, 0.1, 1),
              .angles = angles,
              .dy = rig_normal(rig, n_y, 0, 1),
              .y = rig_poison(rig, n_y),
              .dqkv = rig_poison(rig, 3 * n_y),
              .want_y = rig_doubles(rig, n_y),
              .want_dqkv = rig_doubles(rig, 3 * n_y)};
    if (!d->qk_norm) return x;
    x.qnorm = rig_normal(rig, D, 1, 0.5), x.knorm = rig_normal(rig, D, 1, 0.5);
    x.dqnorm = rig_normal(rig, D, 0, 1), x.dknorm = rig_normal(rig, D, 0, 1);
    x.want_dqnorm = widen(rig, x.dqnorm, D), x.want_dknorm = widen(rig, x.dknorm, D);
    return x;
}

static AttentionSaved saved_of(Rig *rig, const Dims *d) {
    const size_t rows = (size_t)(2 * d->B * d->H * attention_padded(d->T));
    return (AttentionSaved){.qk = rig_poison(rig, rows * (size_t)d->D),
                            .r = rig_poison(rig, rows),
                            .softmax = rig_poison(rig, rows)};
}

static void run_forward(Rig *rig, Case *x, const AttentionSaved *saved) {
    attention_forward(x->y, *saved, rig_poison(rig, attention_scratch(&x->d)), x->qkv, x->qnorm,
                      x->knorm, x->angles, &x->d, &(Work){0});
}

static void run_backward(Rig *rig, Case *x, const AttentionSaved *saved) {
    attention_backward(x->dqkv, x->dqnorm, x->dknorm, rig_poison(rig, attention_scratch(&x->d)),
                       x->dy, x->y, *saved, x->qkv, x->qnorm, x->knorm, x->angles, &x->d,
                       &(Work){0});
}

/* The softmax of query i's scores, (0 .. i) of p. */
static void naive_softmax(double *p, const double *q, const double *k, int i, int D) {
    double top = -INFINITY, sum = 0;
    for (int j = 0; j <= i; j++) {
        p[j] = 0;
        for (int c = 0; c < D; c++) p[j] += q[i * D + c] * k[j * D + c] / sqrt(D);
        top = fmax(top, p[j]);
    }
    for (int j = 0; j <= i; j++) sum += p[j] = exp(p[j] - top);
    for (int j = 0; j <= i; j++) p[j] /= sum;
}

/* One head of one sequence, query by query; at and at_y are where its first row begins. */
static void naive_head(Rig *rig, Case *x, size_t at, size_t at_y) {
    const int T = x->d.T, C = x->d.C, D = x->d.D;
    const size_t n = (size_t)(T * D);
    double *q = rig_doubles(rig, n), *k = rig_doubles(rig, n), *p = rig_doubles(rig, (size_t)T);
    double *dq = rig_doubles(rig, n), *dk = rig_doubles(rig, n), *dp = rig_doubles(rig, (size_t)T);
    const real *qkv = x->qkv + at, *v = qkv + 2 * C, *dy = x->dy + at_y;
    double *y = x->want_y + at_y, *dqkv = x->want_dqkv + at, *dv = dqkv + 2 * C;
    for (int t = 0; t < T; t++) {
        naive_qk(q + t * D, qkv + t * 3 * C, x->qnorm, t, D);
        naive_qk(k + t * D, qkv + t * 3 * C + C, x->knorm, t, D);
    }
    for (int i = 0; i < T; i++) {
        double along = 0;
        naive_softmax(p, q, k, i, D);
        for (int j = 0; j <= i; j++) {
            dp[j] = 0;
            for (int c = 0; c < D; c++) {
                y[i * C + c] += p[j] * (double)v[j * 3 * C + c];
                dv[j * 3 * C + c] += p[j] * (double)dy[i * C + c];
                dp[j] += (double)dy[i * C + c] * (double)v[j * 3 * C + c];
            }
            along += p[j] * dp[j];
        }
        for (int j = 0; j <= i; j++)
            for (int c = 0; c < D; c++) {
                const double ds = p[j] * (dp[j] - along) / sqrt(D);
                dq[i * D + c] += ds * k[j * D + c];
                dk[j * D + c] += ds * q[i * D + c];
            }
    }
    for (int t = 0; t < T; t++) {
        const int row = t * 3 * C;
        naive_qk_backward(dqkv + row, x->want_dqnorm, dq + t * D, qkv + row, x->qnorm, t, D);
        naive_qk_backward(dqkv + row + C, x->want_dknorm, dk + t * D, qkv + row + C, x->knorm, t,
                          D);
    }
}

/* Queries, keys and values in a tensor each: an error in one must not drown in another. */
static void assert_thirds_close(Rig *rig, const Case *x) {
    const int C = x->d.C, rows = x->d.B * x->d.T;
    for (int third = 0; third < 3; third++) {
        real *got = rig_zeros(rig, (size_t)(rows * C));
        double *want = rig_doubles(rig, (size_t)(rows * C));
        for (int row = 0; row < rows; row++)
            for (int c = 0; c < C; c++) {
                got[row * C + c] = x->dqkv[(row * 3 + third) * C + c];
                want[row * C + c] = x->want_dqkv[(row * 3 + third) * C + c];
            }
        const double error = relative_error(got, want, (size_t)(rows * C));
        const bool exact_zero = x->d.T == 1 && third < 2; // the only key has probability 1
        if (!(error <= (exact_zero ? 1 : 4) * TOLERANCE))
            fail_msg("T %d, D %d: d of %s: error %g", x->d.T, x->d.D,
                     third == 0   ? "queries"
                     : third == 1 ? "keys"
                                  : "values",
                     error);
    }
}

static void check_attention(Rig *rig, int T, int D, bool qk_norm) {
    const int H = rig_size(rig, 3);
    const Dims d = {.B = rig_size(rig, 2), .T = T, .C = H * D, .H = H, .D = D, .qk_norm = qk_norm};
    Case x = case_of(rig, &d);
    for (int b = 0; b < d.B; b++)
        for (int h = 0; h < H; h++) {
            const size_t row = (size_t)(b * T * d.C);
            naive_head(rig, &x, 3 * row + (size_t)(h * D), row + (size_t)(h * D));
        }
    const AttentionSaved saved = saved_of(rig, &d);
    run_forward(rig, &x, &saved);
    assert_close(x.y, x.want_y, (size_t)(d.B * T * d.C), TOLERANCE);
    run_backward(rig, &x, &saved);
    assert_thirds_close(rig, &x);
    if (!qk_norm) return;
    assert_close(x.dqnorm, x.want_dqnorm, (size_t)D, 4 * TOLERANCE);
    assert_close(x.dknorm, x.want_dknorm, (size_t)D, 4 * TOLERANCE);
}

static void test_attention(void **state) {
    const int lengths[] = {1, 3, 15, 16, 17, 31, 64, 65, 101, 130};
    for (int qk_norm = 0; qk_norm < 2; qk_norm++) {
        for (size_t i = 0; i < COUNT_OF(lengths); i++)
            check_attention(*state, lengths[i], 2 * rig_size(*state, 19), qk_norm);
        for (int D = 2; D <= 38; D += 2) check_attention(*state, rig_size(*state, 90), D, qk_norm);
        for (int T = 96; T <= 192; T += 32) // whole blocks of the matrix unit, and too few of them
            for (int D = 32; D <= 64; D += 32) check_attention(*state, T, D, qk_norm);
    }
}

/* Scores that exp() could not hold: all weight goes to the own position. */
static void test_attention_far_out(void **state) {
    const Dims d = {.B = 1, .T = 4, .C = 4, .H = 1, .D = 4};
    Case x = case_of(*state, &d);
    real *qkv = rig_copy(*state, x.qkv, (size_t)(d.T * 3 * d.C));
    for (int t = 0; t < d.T; t++)
        for (int c = 0; c < d.C; c++) {
            qkv[(t * 3 + 0) * d.C + c] = qkv[(t * 3 + 1) * d.C + c] = c == t ? 60 : 0;
            x.want_y[t * d.C + c] = (double)qkv[(t * 3 + 2) * d.C + c];
        }
    x.qkv = qkv;
    const AttentionSaved saved = saved_of(*state, &d);
    run_forward(*state, &x, &saved);
    assert_close(x.y, x.want_y, (size_t)(d.T * d.C), TOLERANCE);
    run_backward(*state, &x, &saved);
    for (int i = 0; i < d.T * d.C; i++) // the values' gradient is dy, scores have none
        for (int third = 0; third < 3; third++)
            x.want_dqkv[(i / d.C * 3 + third) * d.C + i % d.C] = third == 2 ? (double)x.dy[i] : 0;
    assert_close(x.dqkv, x.want_dqkv, (size_t)(d.T * 3 * d.C), TOLERANCE);
}

/* --- NaN -------------------------------------------------------------------------------------- */

/* A NaN in a query, key or value of position t is a NaN in the output of position t. */
static void test_nan_attention(void **state) {
    Rig *rig = *state;
    for (int qk_norm = 0; qk_norm < 2; qk_norm++) {
        const Dims d = {
            .B = 1, .T = ATTENTION_TILE + 3, .C = 4, .H = 1, .D = 4, .qk_norm = qk_norm};
        Case x = case_of(rig, &d);
        const AttentionSaved saved = saved_of(rig, &d);
        for (int t = 0; t < d.T; t++)
            for (int i = 0; i < 3 * d.C; i++) {
                real *bad = rig_copy(rig, x.qkv, (size_t)(d.T * 3 * d.C));
                bad[t * 3 * d.C + i] = (real)NAN;
                Case with = x;
                with.qkv = bad;
                run_forward(rig, &with, &saved);
                assert_true(isnan(x.y[t * d.C + (i < 2 * d.C ? 0 : i - 2 * d.C)]));
            }
    }
}

static Dims nan_dims(int combination) {
    return (Dims){.B = 2,
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
}

/* A NaN in the vector of one token is a NaN in the loss wherever that token stands, and in the sum.
 */
static void test_nan_token(void **state) {
    for (int combination = 0; combination < 8; combination++) {
        const Dims d = nan_dims(combination);
        const int bad = d.V - 1, rows = d.B * d.T;
        Net net;
        net_init(*state, &net, &d);
        net.model.params.embed[bad * d.C + 3] = (real)NAN;
        for (int at = 0; at < rows; at++) {
            for (int row = 0; row < rows; row++) net.tokens[row] = row == at ? bad : row % bad;
            assert_true(isnan(loss_of(&net)));
            assert_true(isnan(net.lane.loss[at]));
        }
    }
}

/* With a NaN there: it is in the loss, in that which backward reports, and in the gradient. */
static void check_nan_parameter(Net *net, size_t at) {
    const size_t n = params_size(&net->model.d);
    const real keep = net->model.storage[at];
    net->model.storage[at] = (real)NAN;
    assert_true(isnan(loss_of(net)));
    assert_true(isnan(gradient_of(net)));
    assert_true(isnan(dot(net->lane.grad, net->lane.grad, n)));
    net->model.storage[at] = keep;
}

/* First, last and any element of each tensor. */
static void test_nan_parameter(void **state) {
    for (int combination = 0; combination < 8; combination++) {
        const Dims d = nan_dims(combination);
        Net net;
        net_init(*state, &net, &d);
        for (int row = 0; row < d.B * d.T; row++) net.tokens[row] = row % d.V;
        ParamInfo table[N_PARAMS];
        params_table(&d, table);
        for (int i = 0; i < N_PARAMS; i++) {
            const size_t n = param_size(&table[i]), at = table[i].offset;
            if (!n) continue;
            check_nan_parameter(&net, at);
            check_nan_parameter(&net, at + n - 1);
            check_nan_parameter(&net, at + (size_t)rig_size(*state, (int)n) - 1);
        }
        const double loss = gradient_of(&net); // nothing of them stays in the lane
        assert_true(isfinite(loss) && isfinite(dot(net.lane.grad, net.lane.grad, params_size(&d))));
    }
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_qk),        TEST(test_attention),     TEST(test_attention_far_out),
        TEST(test_nan_token), TEST(test_nan_parameter), TEST(test_nan_attention),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
