/* test_model_vec.c: the vectors under the kernels, compiled for one CPU path after the other: each
 * operation against plain loops, and the exponential over its whole range. */
#include "tests/check.h"

#include "model/kernels/vec.h"
#include "model/kernels/vexp.h"

/* --- shuffles: exact -------------------------------------------------------------------------- */

static void test_parts(void **state) {
    const real *x = rig_normal(*state, W, 0, 1);
    for (int n = 0; n <= W + 2; n++) {
        const int held = n < W ? n : W;
        const real *exactly = rig_copy(*state, x, (size_t)held); // ASan sees a step too far
        const Vec v = vec_load_part(exactly, n);
        real *to = rig_poison(*state, W + 1);
        for (int i = 0; i < W; i++) assert_true(v[i] == (i < held ? x[i] : 0));
        vec_store_part(to, v, n);
        for (int i = 0; i <= W; i++) assert_true(i < held ? to[i] == x[i] : isnan(to[i]));
    }
}

static void test_square(void **state) {
    const real *x = rig_normal(*state, W * W, 0, 1);
    Vec rows[W], sums[W];
    for (int i = 0; i < W; i++) rows[i] = sums[i] = vec_load(x + i * W);
    vec_transpose(rows);
    const Vec sum = vec_sums(sums);
    for (int i = 0; i < W; i++) {
        double want = 0, size = 0;
        for (int j = 0; j < W; j++) {
            assert_true(rows[j][i] == x[i * W + j]);
            want += (double)x[i * W + j];
            size += fabs((double)x[i * W + j]);
        }
        assert_at_most(fabs((double)sum[i] - want), TOLERANCE * size);
        assert_at_most(fabs((double)vec_sum(vec_load(x + i * W)) - want), TOLERANCE * size);
    }
}

static void check_transpose(Rig *rig, int rows, int columns) {
    const int ld_in = columns + rig_size(rig, 4) - 1, ld_out = rows + rig_size(rig, 4) - 1;
    // the last row ends with its last element: nothing may be read or written after it
    const size_t n_in = (size_t)((rows - 1) * ld_in + columns);
    const size_t n_out = (size_t)((columns - 1) * ld_out + rows);
    const real *in = rig_normal(rig, n_in, 0, 1);
    real *out = rig_poison(rig, n_out);
    transpose(out, ld_out, in, ld_in, rows, columns);
    for (size_t at = 0; at < n_out; at++) {
        const int row = (int)at % ld_out, column = (int)at / ld_out;
        if (row < rows)
            assert_true(out[at] == in[row * ld_in + column]);
        else
            assert_true(isnan(out[at]));
    }
}

static void test_transpose(void **state) {
    for (int rows = 1; rows <= 2 * W + 1; rows++)
        for (int columns = 1; columns <= 2 * W + 1; columns++)
            check_transpose(*state, rows, columns);
    for (int round = 0; round < 10; round++)
        check_transpose(*state, rig_size(*state, 200), rig_size(*state, 200));
}

/* --- lane by lane ----------------------------------------------------------------------------- */

static void test_lanes(void **state) {
    const Vec a = vec_load(rig_normal(*state, W, 0, 1)), b = vec_load(rig_normal(*state, W, 0, 1));
    const Vec most = vec_max(a, b), least = vec_min(a, b), root = vec_sqrt(a * a);
    for (int i = 0; i < W; i++) {
        assert_true(most[i] == (a[i] > b[i] ? a[i] : b[i]));
        assert_true(least[i] == (a[i] < b[i] ? a[i] : b[i]));
        assert_at_most(fabs((double)root[i] - fabs((double)a[i])), 2 * TOLERANCE);
        Vec bad = b;
        bad[i] = (real)NAN;
        const Vec high = vec_max(a, bad), low = vec_min(a, bad), square = vec_sqrt(bad * bad);
        for (int k = 0; k < W; k++) { // it comes through, and stays in its lane
            assert_true(k == i ? isnan(high[k]) : high[k] == most[k]);
            assert_true(k == i ? isnan(low[k]) : low[k] == least[k]);
            assert_true(isnan(square[k]) == (k == i));
        }
    }
}

/* --- exponential ------------------------------------------------------------------------------ */

static Vec all(double x) {
    return (Vec){0} + (real)x;
}

static void test_exp(void **state) {
    (void)state;
    double worst = 0, worst_vector = 0;
    for (double x = -87; x <= 88; x += 1.0 / 4096 / 3) {
        const real rounded = (real)x;
        const double want = exp((double)rounded);
        worst = fmax(worst, fabs((double)vexp(rounded) - want) / want);
        worst_vector = fmax(worst_vector, fabs((double)vec_exp(all(x))[0] - want) / want);
    }
    assert_at_most(worst, 1.2e-7); // one unit in the last place
    assert_at_most(worst_vector, 1.2e-7);
    assert_true(vexp(0) == 1 && vexp(-(real)0) == 1 && vec_exp(all(0))[0] == 1);
}

static void test_exp_far_out(void **state) {
    (void)state;
    static const double ends[] = {88.5, 89, 1000, 1e30, INFINITY};
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        const real high = vexp((real)ends[i]), low = vexp((real)-ends[i]);
        assert_true(vec_exp(all(ends[i]))[0] == high && vec_exp(all(-ends[i]))[0] == low);
#ifdef TINYSCALE_DOUBLE
        assert_true(high == exp(ends[i]) && low == exp(-ends[i]));
#else
        assert_true(high == vexp(88) && low == vexp(-87));
#endif
    }
    assert_true(isnan(vexp((real)NAN)) && isnan(vexp(-(real)NAN)));
}

static void test_reciprocal_and_sigmoid(void **state) {
    (void)state;
    double worst = 0, worst_sigmoid = 0;
    for (double x = ldexp(1, -125); x < ldexp(1, 125); x *= 1.001) {
        const double rounded = (double)(real)x;
        worst = fmax(worst, fabs((double)vec_reciprocal(all(x))[0] * rounded - 1));
        worst = fmax(worst, fabs((double)vec_reciprocal(all(-x))[0] * -rounded - 1));
    }
    for (double x = -87; x <= 87; x += 1.0 / 1024) {
        const double want = 1 / (1 + exp(-(double)(real)x));
        worst_sigmoid = fmax(worst_sigmoid, fabs((double)vec_sigmoid(all(x))[0] - want) / want);
    }
    assert_at_most(worst, 1.8e-7); // a unit and a half
    assert_at_most(worst_sigmoid, 3e-7);
    const Vec low = vec_sigmoid(all(-1000)), high = vec_sigmoid(all(1000));
    assert_true(low[0] >= 0 && low[0] < (real)1e-30 && high[0] == 1);
    assert_true(isnan(vec_sigmoid(all(NAN))[W - 1]) && isnan(vec_reciprocal(all(NAN))[W - 1]));
}

/* Softmax's: good where weights are large, finite and not subnormal wherever a score may be. */
static void test_exp_below_0(void **state) {
    (void)state;
    double worst = 0;
    for (double x = -86; x <= 0; x += 1.0 / 4096 / 3) {
        const double want = exp((double)(real)x);
        const double error = fabs((double)vec_exp_below_0(all(x))[0] - want) / want;
        worst = fmax(worst, error / (2e-7 + 9e-8 * fabs(x)));
    }
    assert_at_most(worst, 1);
    static const double far[] = {-88, -1e4, -1e30, 89, 1e4, 1e30};
    for (size_t i = 0; i < COUNT_OF(far); i++) {
        const double e = (double)vec_exp_below_0(all(far[i]))[0];
        assert_true(far[i] > 0 || e <= 3e-38);
        assert_true(sizeof(real) == sizeof(double) || (isfinite(e) && e >= 1.2e-38));
    }
    assert_true(isnan(vec_exp_below_0(all(NAN))[0]));
}

/* Different numbers in the lanes, and a NaN in one: it comes through there, and only there. */
static void test_exp_lane_by_lane(void **state) {
    const Vec x = vec_load(rig_normal(*state, W, 0, 20)), whole = vec_exp(x);
    for (int bad = 0; bad < W; bad++) {
        Vec y = x;
        y[bad] = (real)NAN;
        y = vec_exp(y);
        for (int i = 0; i < W; i++) assert_true(i == bad ? isnan(y[i]) : y[i] == whole[i]);
        assert_true(whole[bad] == vec_exp(all((double)x[bad]))[0]);
    }
}

/* A loop over vexp is what other kernels run: vectorised it must still let a NaN through. */
static void test_exp_in_a_loop(void **state) {
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

int main(void) {
    static const struct CMUnitTest tests[] = {
        TEST(test_parts),         TEST(test_square),
        TEST(test_transpose),     TEST(test_lanes),
        TEST(test_exp),           TEST(test_exp_far_out),
        TEST(test_exp_below_0),   TEST(test_exp_lane_by_lane),
        TEST(test_exp_in_a_loop), TEST(test_reciprocal_and_sigmoid),
    };
    take_compiled_path();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
