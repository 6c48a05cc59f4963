/* test_model_kernels.c: the kernels, compiled for one CPU path after the other, against naive twins
 * in double, written from the equations with plain loops, on random sizes. Attention has a file of
 * its own, and so have vectors and the loss. */
#include "tests/check.h"

#include "model/kernels/blas.h"
#include "model/kernels/embed.h"
#include "model/kernels/linear.h"
#include "model/kernels/mlp_act.h"
#include "model/kernels/rmsnorm.h"
#include "model/kernels/update.h"

enum { ROUNDS = 12 };

/* --- products --------------------------------------------------------------------------------- */

typedef struct {
    int M, N, K;
    int apart; // lda is at least this
} ProductShape;

typedef void Product(Transpose t, const ProductShape *s, const real *a, int lda, const real *b,
                     int ldb, const real *add, real *c, int ldc);

static void ours(Transpose t, const ProductShape *s, const real *a, int lda, const real *b, int ldb,
                 const real *add, real *c, int ldc) {
    Work work = {.gemm_flops = 5};
    gemm(t, s->M, s->N, s->K, a, lda, b, ldb, add, c, ldc, &work);
    assert_int_equal(work.gemm_flops, 5 + 2ull * (uint64_t)s->M * (uint64_t)s->N * (uint64_t)s->K);
}

static void blas(Transpose t, const ProductShape *s, const real *a, int lda, const real *b, int ldb,
                 const real *add, real *c, int ldc) {
    blas_gemm(t == TN, t == NT, s->M, s->N, s->K, a, lda, b, ldb, add, c, ldc);
}

static Product *const PRODUCTS[] = {ours, blas};

/* sum (M, N; stride ldc) += op(a) op(b), row by row */
static void naive_product(double *sum, Transpose t, const ProductShape *s, const real *a, int lda,
                          const real *b, int ldb, int ldc) {
    for (int i = 0; i < s->M; i++)
        for (int k = 0; k < s->K; k++) {
            const double left = (double)a[t == TN ? k * lda + i : i * lda + k];
            for (int j = 0; j < s->N; j++)
                sum[i * ldc + j] += left * (double)b[t == NT ? j * ldb + k : k * ldb + j];
        }
}

/* A product that is made of several is as exact as one: the smallest of them would be missed. */
#ifdef TINYSCALE_DOUBLE
#define PRODUCT_TOLERANCE TOLERANCE
#else
#define PRODUCT_TOLERANCE 1.2e-6
#endif

typedef enum { ADD_NOTHING, ADD_ITSELF, ADD_ANOTHER } Addition;

/* Both products, with each addition, against the sum. What stands between c's rows must stay, and
 * what c held may count only where it is to be added. */
static void check_additions(Rig *rig, Transpose t, const ProductShape *s, const real *a, int lda,
                            const real *b, int ldb, const double *sum, int ldc) {
    const size_t n = (size_t)(ldc * s->M);
    const real *before = rig_normal(rig, n, 0, 1), *another = rig_normal(rig, n, 0, 1);
    double *want = rig_doubles(rig, n);
    real *c = rig_zeros(rig, n);
    for (Addition add = ADD_NOTHING; add <= ADD_ANOTHER; add++)
        for (size_t p = 0; p < COUNT_OF(PRODUCTS); p++) {
            const real *plus = add == ADD_NOTHING ? NULL : add == ADD_ITSELF ? c : another;
            for (size_t at = 0; at < n; at++) {
                const bool between = (int)at % ldc >= s->N;
                c[at] = add == ADD_ITSELF || between ? before[at] : (real)NAN;
                want[at] = between ? (double)c[at] : sum[at] + (plus ? (double)plus[at] : 0);
            }
            PRODUCTS[p](t, s, a, lda, b, ldb, plus, c, ldc);
            const double error = relative_error(c, want, n);
            if (!(error <= PRODUCT_TOLERANCE))
                fail_msg("%s, transpose %d, %dx%dx%d, lda %d, addition %d: error %g",
                         p ? "blas" : "ours", t, s->M, s->N, s->K, lda, add, error);
        }
}

static void check_gemm(Rig *rig, Transpose t, const ProductShape *s) {
    const int least = t == TN ? s->M : s->K;
    const int lda = (least > s->apart ? least : s->apart) + rig_size(rig, 5) - 1;
    const int ldb = (t == NT ? s->K : s->N) + rig_size(rig, 3) - 1;
    const int ldc = s->N + rig_size(rig, 3) - 1;
    const real *a = rig_normal(rig, (size_t)(lda * (t == TN ? s->K : s->M)), 0, 1);
    const real *b = rig_normal(rig, (size_t)(ldb * (t == NT ? s->N : s->K)), 0, 1);
    double *sum = rig_doubles(rig, (size_t)(ldc * s->M));
    naive_product(sum, t, s, a, lda, b, ldb, ldc);
    check_additions(rig, t, s, a, lda, b, ldb, sum, ldc);
}

/* Panels with edges, in place (M up to 128) and packed; more than one block of K (256), of M (512,
 * 256 on the matrix unit) and there of N (128); left factors that are copied (TN, lda from 512 and
 * N from 256 on). On both sides of each edge, and some so small in all else that the plain path
 * computes them itself. */
static const ProductShape EDGES[] = {
    {128, 65, 4, 0},     {129, 64, 3, 0},    {128, 130, 50, 0}, {129, 130, 50, 0},
    {512, 64, 32, 0},    {257, 129, 287, 0}, {34, 1000, 33, 0}, {1, 1, 1, 0},
    {1, 1, 300, 0},      {9, 11, 300, 0},    {530, 7, 8, 0},    {5, 257, 20, 520},
    {5, 256, 16, 512},   {5, 255, 16, 511},  {12, 64, 256, 0},  {13, 97, 257, 0},
    {512, 48, 31, 0},    {513, 50, 33, 0},   {2, 300, 520, 0},  {40, 65, 600, 0},
    {192, 256, 9, 512},  {193, 300, 70, 0},  {530, 67, 270, 0}, {200, 259, 258, 512},
    {31, 290, 515, 640}, {6, 1000, 50, 512},
};

static void test_gemm(void **state) {
    for (Transpose t = NN; t <= TN; t++) {
        for (int round = 0; round < 4 * ROUNDS; round++) {
            const ProductShape s = {rig_size(*state, 37), rig_size(*state, 139),
                                    rig_size(*state, 53), 0};
            check_gemm(*state, t, &s);
        }
        for (size_t i = 0; i < COUNT_OF(EDGES); i++) check_gemm(*state, t, &EDGES[i]);
    }
}

/* One element of a factor is not finite: nothing finite comes of it, the rest is as before. */
static void check_not_finite(Rig *rig, Transpose t, const ProductShape *s, real bad, bool in_a) {
    const int lda = t == TN ? s->M : s->K, ldb = t == NT ? s->K : s->N;
    const size_t n_a = (size_t)(s->M * s->K), n_b = (size_t)(s->K * s->N);
    const size_t n_c = (size_t)(s->M * s->N);
    real *a = rig_normal(rig, n_a, 0, 1), *b = rig_normal(rig, n_b, 0, 1);
    real *c = rig_zeros(rig, n_c), *with = rig_zeros(rig, n_c);
    const int i = rig_below(rig, 1, s->M)[0], j = rig_below(rig, 1, s->N)[0];
    const int k = rig_below(rig, 1, s->K)[0];
    ours(t, s, a, lda, b, ldb, NULL, c, s->N);
    if (in_a)
        a[t == TN ? k * lda + i : i * lda + k] = bad;
    else
        b[t == NT ? j * ldb + k : k * ldb + j] = bad;
    ours(t, s, a, lda, b, ldb, NULL, with, s->N);
    for (size_t at = 0; at < n_c; at++) {
        const bool hit = in_a ? (int)at / s->N == i : (int)at % s->N == j;
        assert_true(hit ? !isfinite(with[at]) : with[at] == c[at]);
        if (hit && isnan(bad)) assert_true(isnan(with[at]));
    }
}

static void test_gemm_not_finite(void **state) {
    static const ProductShape SHAPES[] = {{7, 21, 5, 0}, {100, 130, 270, 0}};
    const real bad[] = {(real)NAN, -(real)NAN, (real)INFINITY, -(real)INFINITY};
    for (Transpose t = NN; t <= TN; t++)
        for (size_t i = 0; i < COUNT_OF(SHAPES) * COUNT_OF(bad); i++)
            for (int in_a = 0; in_a < 2; in_a++)
                check_not_finite(*state, t, &SHAPES[i / COUNT_OF(bad)], bad[i % COUNT_OF(bad)],
                                 in_a);
}

/* y_o = sum_i x_i W_io + added_o;  dx_i = sum_o dy_o W_io;  dW_io += sum over rows of x_i dy_o */
static void check_linear(Rig *rig, bool with_residual) {
    const int rows = rig_size(rig, 29), in = rig_size(rig, 33), out = rig_size(rig, 47);
    const size_t n_x = (size_t)(rows * in), n_w = (size_t)(in * out), n_y = (size_t)(rows * out);
    const real *x = rig_normal(rig, n_x, 0, 1), *w = rig_normal(rig, n_w, 0, 1);
    const real *dy = rig_normal(rig, n_y, 0, 1), *residual = rig_normal(rig, n_y, 0, 1);
    real *y = rig_poison(rig, n_y), *dx = rig_poison(rig, n_x), *dw = rig_normal(rig, n_w, 0, 1);
    double *want_y = with_residual ? widen(rig, residual, n_y) : rig_doubles(rig, n_y);
    double *want_dx = rig_doubles(rig, n_x), *want_dw = widen(rig, dw, n_w);
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
    linear_forward(y, x, w, with_residual ? residual : NULL, rows, in, out, &work);
    linear_backward(dx, dw, dy, x, w, rows, in, out, &work);
    assert_close(y, want_y, n_y, TOLERANCE);
    assert_close(dx, want_dx, n_x, TOLERANCE);
    assert_close(dw, want_dw, n_w, TOLERANCE);
}

static void test_linear(void **state) {
    for (int round = 0; round < 2 * ROUNDS; round++) check_linear(*state, round % 2);
}

/* --- along rows ------------------------------------------------------------------------------- */

/* y = g x / rms(x), and its derivative by the quotient rule: d rms / dx_i = x_i / (n rms) */
static void check_rmsnorm(Rig *rig) {
    const int rows = rig_size(rig, 39), n = rig_size(rig, 70), ldx = n + rig_size(rig, 4) - 1;
    const int ldy = n + rig_size(rig, 3) - 1;
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
    for (int round = 0; round < 4 * ROUNDS; round++) check_rmsnorm(*state);
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

/* --- the optimizer ---------------------------------------------------------------------------- */

static void check_add_lanes(Rig *rig, int n_lanes, size_t size) {
    real *lanes[8];
    double *want = rig_doubles(rig, size), squares = 0;
    MUST(n_lanes <= (int)COUNT_OF(lanes));
    for (int lane = 0; lane < n_lanes; lane++) {
        lanes[lane] = rig_normal(rig, size, 0, 1);
        for (size_t i = 0; i < size; i++) want[i] += (double)lanes[lane][i];
    }
    for (size_t i = 0; i < size; i++) squares += want[i] * want[i];
    const double got = update_add_lanes(lanes, n_lanes, size);
    assert_close(lanes[0], want, size, TOLERANCE);
    assert_at_most(fabs(got - squares), TOLERANCE * squares);
}

static void test_add_lanes(void **state) {
    for (int n_lanes = 1; n_lanes <= 5; n_lanes++)
        for (size_t size = 1; size < 70; size += 3) check_add_lanes(*state, n_lanes, size);
}

/* g = scale grad;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;
 * w = keep w - step m / (sqrt(v) root + eps) */
static void check_adamw(Rig *rig, size_t size) {
    const UpdateStep s = {.beta1 = (real)0.875,
                          .beta2 = (real)0.96875,
                          .eps = (real)0.01,
                          .scale = (real)0.3,
                          .step = (real)0.02,
                          .root = (real)1.7,
                          .keep = (real)0.99};
    real *w = rig_normal(rig, size, 0, 1), *m = rig_normal(rig, size, 0, 1);
    real *v = rig_normal(rig, size, 0, 1);
    const real *grad = rig_normal(rig, size, 0, 1);
    for (size_t i = 0; i < size; i++) v[i] *= v[i];
    double *want_w = widen(rig, w, size), *want_m = widen(rig, m, size);
    double *want_v = widen(rig, v, size);
    for (size_t i = 0; i < size; i++) {
        const double g = (double)s.scale * (double)grad[i];
        want_m[i] = (double)s.beta1 * want_m[i] + (1 - (double)s.beta1) * g;
        want_v[i] = (double)s.beta2 * want_v[i] + (1 - (double)s.beta2) * g * g;
        want_w[i] = (double)s.keep * want_w[i] -
                    (double)s.step * want_m[i] / (sqrt(want_v[i]) * (double)s.root + (double)s.eps);
    }
    update_adamw(w, m, v, grad, size, &s);
    assert_close(w, want_w, size, TOLERANCE);
    assert_close(m, want_m, size, TOLERANCE);
    assert_close(v, want_v, size, TOLERANCE);
}

static void test_adamw(void **state) {
    for (size_t size = 1; size < 70; size++) check_adamw(*state, size);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_gemm),    TEST(test_gemm_not_finite), TEST(test_linear),
        TEST(test_rmsnorm), TEST(test_mlp_act),         TEST(test_mlp_act_far_out),
        TEST(test_embed),   TEST(test_add_lanes),       TEST(test_adamw),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
