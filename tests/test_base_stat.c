/* test_base_stat.c: statistics against values worked out by hand, and arenas. */
#include <math.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/stat.h"

static void near(double got, double want) {
    assert_true(fabs(got - want) <= 1e-14 * (1 + fabs(want)));
}

static void known_values(void **state) {
    (void)state;
    const double x[] = {2, 4, 4, 4, 5, 5, 7, 9};
    near(stat_sum(x, 8), 40);
    near(stat_mean(x, 8), 5);
    near(stat_sd(x, 8), sqrt(32.0 / 7));
    near(stat_se(x, 8), sqrt(32.0 / 7 / 8));
    near(stat_median(x, 8), 4.5);
    near(stat_median(x, 7), 4);
}

static void sums_keep_small_terms(void **state) {
    (void)state;
    const double x[] = {1, 1e100, 1, -1e100};
    near(stat_sum(x, 4), 2);
    const double beyond[] = {1, INFINITY, 1};
    assert_true(stat_sum(beyond, 3) == INFINITY);
}

/* numpy.quantile(x, p), whose default is type 7. */
static void quantiles_are_type_7(void **state) {
    (void)state;
    const double x[] = {3, 1, 4, 1, 5, 9, 2, 6};
    double copy[8];
    memcpy(copy, x, sizeof x);
    near(stat_quantile(x, 8, 0), 1);
    near(stat_quantile(x, 8, 0.1), 1);
    near(stat_quantile(x, 8, 0.25), 1.75);
    near(stat_quantile(x, 8, 0.9), 6.9);
    near(stat_quantile(x, 8, 1), 9);
    near(stat_quantile(x, 1, 0.3), 3);
    assert_memory_equal(x, copy, sizeof x);
}

static void nothing_and_nan_give_nan(void **state) {
    (void)state;
    const double x[] = {1, NAN, 3};
    assert_true(isnan(stat_mean(x, 0)) && isnan(stat_sd(x, 0)) && isnan(stat_sd(x, 1)));
    assert_true(isnan(stat_median(x, 0)) && isnan(stat_quantile(x, 0, 1)));
    assert_true(isnan(stat_sum(x, 3)) && isnan(stat_sd(x, 3)) && isnan(stat_se(x, 3)));
    assert_true(isnan(stat_quantile(x, 3, 0)));
    assert_true(stat_sum(x, 0) == 0);
}

static void sort_puts_nan_last(void **state) {
    (void)state;
    double x[] = {NAN, 2, -INFINITY, NAN, 1};
    stat_sort(x, 5);
    assert_true(x[0] == -INFINITY && x[1] == 1 && x[2] == 2 && isnan(x[3]) && isnan(x[4]));
}

static void pieces_are_zeroed_aligned_and_apart(void **state) {
    (void)state;
    Arena *a = arena_open();
    unsigned char *pieces[300];
    for (int round = 0; round < 3; round++) { // later rounds meet the bytes of earlier ones
        for (size_t i = 0; i < COUNT_OF(pieces); i++) {
            pieces[i] = arena_alloc(a, 17 * i);
            assert_int_equal((uintptr_t)pieces[i] % 64, 0);
            for (size_t k = 0; k < 17 * i; k++) assert_int_equal(pieces[i][k], 0);
            memset(pieces[i], (int)i % 256, 17 * i);
        }
        for (size_t i = 0; i < COUNT_OF(pieces); i++)
            for (size_t k = 0; k < 17 * i; k++) assert_int_equal(pieces[i][k], i % 256);
        assert_true(arena_used(a) >= 17 * 299 * 150);
        arena_reset(a);
        assert_int_equal(arena_used(a), 0);
    }
    arena_close(a);
    arena_close(NULL);
}

static void large_pieces_leave_the_small_block_in_use(void **state) {
    (void)state;
    Arena *a = arena_open();
    char *before = arena_alloc(a, 64), *large = arena_alloc(a, 10 << 20),
         *after = arena_alloc(a, 64);
    memset(large, 1, 10 << 20);
    assert_true(after > before && after - before <= 128);
    arena_reset(a);
    assert_ptr_equal(arena_alloc(a, 9 << 20), large); // the largest block is kept
    arena_close(a);
}

static void strings(void **state) {
    (void)state;
    Arena *a = arena_open();
    assert_string_equal(arena_strdup(a, ""), "");
    assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
    assert_string_equal(arena_strndup(a, "ab", 3), "ab");
    assert_string_equal(arena_printf(a, "%d-%s", 12, "x"), "12-x");
    arena_close(a);
}

static void errors_are_one_line(void **state) {
    (void)state;
    Err err = {0};
    assert_int_equal(err_set(&err, E_IO, "bad\nfile %d", 3), E_IO);
    assert_string_equal(err.message, "bad file 3");
    err_prefix(&err, "row %d", 7);
    assert_string_equal(err.message, "row 7: bad file 3");
    err_set(&err, E_FORMAT, "again: %s", err.message);
    assert_string_equal(err.message, "again: row 7: bad file 3");
    for (int i = 0; i < 200; i++) err_prefix(&err, "a long prefix");
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
}

static void tails_of_f_and_chi2(void **state) {
    (void)state;
    const double known[][4] = {
        // f, a, b, P(F > f): Fisher's tables, and t = 2.228 of 10 degrees of freedom squared
        {4.964603, 1, 10, 0.05}, {19.29641, 5, 2, 0.05}, {3.098391, 3, 20, 0.05},
        {4.938193, 3, 20, 0.01}, {1, 7, 7, 0.5},         {3.841459, 1, 1e7, 0.05},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_true(fabs(stat_f_above(known[i][0], known[i][1], known[i][2]) - known[i][3]) < 1e-6);
    assert_true(stat_f_above(0, 3, 4) == 1);
    const double closed = pow(1 + 1e6 / 4, -4); // of a = 2
    assert_true(fabs(stat_f_above(1e6, 2, 8) / closed - 1) < 1e-12);
    assert_true(isnan(stat_f_above(NAN, 1, 2)));
    /* chi-square with 2 degrees of freedom is exponential; the others by scipy.stats.chi2.ppf. */
    near(stat_chi2_quantile(0.95, 2), -2 * log(0.05));
    static const double CHI2[][3] = {
        {0.05, 1, 0.00393214000002}, {0.95, 1, 3.84145882069}, {0.05, 3, 0.351846317749},
        {0.95, 7, 14.0671404493},    {0.5, 40, 39.3353448466}, {0.05, 300, 260.87812388},
        {0.95, 3000, 3128.53667001},
    };
    for (size_t i = 0; i < COUNT_OF(CHI2); i++)
        assert_true(fabs(stat_chi2_quantile(CHI2[i][0], CHI2[i][1]) / CHI2[i][2] - 1) < 1e-9);
    assert_true(stat_chi2_quantile(0, 3) == 0 && isinf(stat_chi2_quantile(1, 3)));
    assert_true(isnan(stat_chi2_quantile(0.5, 0)) && isnan(stat_chi2_quantile(NAN, 3)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(sums_keep_small_terms),
        cmocka_unit_test(quantiles_are_type_7),
        cmocka_unit_test(nothing_and_nan_give_nan),
        cmocka_unit_test(sort_puts_nan_last),
        cmocka_unit_test(tails_of_f_and_chi2),
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(large_pieces_leave_the_small_block_in_use),
        cmocka_unit_test(strings),
        cmocka_unit_test(errors_are_one_line),
    };
    return cmocka_run_group_tests_name("base: stat, arena, err", tests, NULL, NULL);
}
