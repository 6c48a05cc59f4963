/* test_base_linear.c: systems, bases and lines whose answers are known, and what is returned where
 * there is none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/linear.h"

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g is not %.17g", got, want);
}

/* Hilbert's matrix of 6, x = 1 .. 6: condition 1e7, so that ten digits are left. The upper half is
 * not read, nor what stands in the rows beyond n. */
static void a_system_is_solved(void **state) {
    (void)state;
    enum { N = 6, STRIDE = 9 };
    double m[N * STRIDE], b[N] = {0}, x[N];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < STRIDE; j++) {
            m[i * STRIDE + j] = j <= i ? 1.0 / (i + j + 1) : NAN;
            if (j < N) b[i] += (j + 1.0) / (i + j + 1);
        }
    assert_true(linear_solve(N, m, STRIDE, 0, b, x));
    for (int i = 0; i < N; i++) near(x[i], i + 1, 1e-8);
    assert_true(linear_solve(N, m, STRIDE, 1e-13, b, b)); // in place
    assert_memory_equal(b, x, sizeof x);
}

static void what_is_not_positive_definite_is_refused(void **state) {
    (void)state;
    static const double singular[] = {1, 1, 1, 1}, negative[] = {1, 2, 2, 1}, zero[] = {0},
                        unknown[] = {NAN}, nearly[] = {1, 1, 1, 1 + 1e-14}, b[] = {1, 2};
    double x[] = {7, 8};
    assert_false(linear_solve(2, singular, 2, 0, b, x));
    assert_false(linear_solve(2, negative, 2, 0, b, x));
    assert_false(linear_solve(1, zero, 1, 0, b, x));
    assert_false(linear_solve(1, unknown, 1, 0, b, x));
    assert_false(linear_solve(2, nearly, 2, 1e-13, b, x));
    assert_true(x[0] == 7 && x[1] == 8);
    assert_true(linear_solve(2, nearly, 2, 0, b, x));
    assert_true(linear_solve(0, zero, 1, 0, b, x)); // nothing to solve is solved
}

/* Columns (1, 1, 1, 1) / 2 and (1, -1, 1, -1) / 2, stored by rows and by columns; x strides too. */
static void what_columns_share_is_taken_out(void **state) {
    (void)state;
    static const double by_rows[] = {0.5, 0.5, 0.5, -0.5, 0.5, 0.5, 0.5, -0.5},
                        by_columns[] = {0.5, 0.5, 0.5, 0.5, 0.5, -0.5, 0.5, -0.5};
    const LinearBasis rows = {by_rows, 4, 2, 1, 2}, columns = {by_columns, 4, 1, 4, 2},
                      none = {by_rows, 4, 2, 1, 0};
    double x[] = {1, 2, 4, 8}, spread[] = {1, -9, 2, -9, 4, -9, 8, -9};
    linear_take_out(&none, x, 1);
    assert_true(x[0] == 1 && x[3] == 8);
    linear_take_out(&columns, x, 1);
    linear_take_out(&rows, spread, 2);
    const double want[] = {-1.5, -3, 1.5, 3};
    for (int i = 0; i < 4; i++) {
        near(x[i], want[i], 1e-15);
        assert_true(spread[2 * i] == x[i] && spread[2 * i + 1] == -9);
    }
}

/* Lauchli's columns (1, e, 0), (1, 0, e), e^2 lost in rounding: one pass leaves them 1e-8 off a
 * right angle, two do not. */
static void two_passes_leave_a_right_angle(void **state) {
    (void)state;
    const double e = 1e-8, root = sqrt(1 + e * e), q[] = {1 / root, e / root, 0};
    const LinearBasis basis = {q, 3, 1, 3, 1};
    double x[] = {1, 0, e};
    linear_take_out(&basis, x, 1);
    linear_take_out(&basis, x, 1);
    near(linear_dot(q, x, 3) / sqrt(linear_dot(x, x, 3)), 0, 1e-15);
}

static void a_line_is_drawn(void **state) {
    (void)state;
    LinearLine l = {0}, twice = {0};
    static const double x[] = {1, 2, 3, 5}, y[] = {2, 3, 5, 6}; // slope 36 / 35, by hand
    for (size_t i = 0; i < COUNT_OF(x); i++) linear_add_point(&l, 1, x[i], y[i]);
    near(linear_slope(&l), 36.0 / 35, 1e-15);
    near(l.my - linear_slope(&l) * l.mx, 4 - 36.0 / 35 * 2.75, 1e-15);
    near(l.weight, 4, 0);
    for (size_t i = 0; i < 3; i++) linear_add_point(&twice, i == 1 ? 2 : 1, x[i], y[i]);
    LinearLine again = {0}; // a weight of 2 is two points
    for (size_t i = 0; i < 4; i++)
        linear_add_point(&again, 1, x[i == 3 ? 1 : i], y[i == 3 ? 1 : i]);
    near(linear_slope(&twice), linear_slope(&again), 1e-15);
    near(twice.my, again.my, 1e-15);
}

/* Far from 0 the sums of squares keep their digits. */
static void a_line_far_from_zero(void **state) {
    (void)state;
    LinearLine l = {0};
    for (int i = 0; i < 10; i++) linear_add_point(&l, 0.5, 1e8 + i, 3.0 * i);
    near(linear_slope(&l), 3, 1e-12);
}

static void no_line_is_nan(void **state) {
    (void)state;
    LinearLine l = {0};
    assert_true(isnan(linear_slope(&l)));
    linear_add_point(&l, 1, 2, 3);
    linear_add_point(&l, 1, 2, 4);
    assert_true(isnan(linear_slope(&l)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_system_is_solved),
        cmocka_unit_test(what_is_not_positive_definite_is_refused),
        cmocka_unit_test(what_columns_share_is_taken_out),
        cmocka_unit_test(two_passes_leave_a_right_angle),
        cmocka_unit_test(a_line_is_drawn),
        cmocka_unit_test(a_line_far_from_zero),
        cmocka_unit_test(no_line_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
