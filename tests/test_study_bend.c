/* test_study_bend.c: a bend that noise does not hide is found where it is, a straight power law has
 * none, and what is said of the power is what happens. How often exactly: bend_rates.c. */
#include <omp.h>
#include <string.h>

#include "tests/bent.h"

#include "analysis/questions/bend.h"

static const Bent STRAIGHT = {16, 2.5, 1, 1, 0.3, 0.3, 0.003, 1};

static void test_a_bend_is_found(void **state) {
    Bent plan = STRAIGHT;
    plan.after = 0.15;
    const Points points = bent_points(*state, &plan);
    const Bend *b = bend_of(*state, &points, "params", 1);
    assert_null(b->why);
    assert_true(b->p <= 0.05);
    assert_int_equal(b->n, 16);
    assert_near(b->decades, 2.5, 1e-9);
    assert_near(log10(b->at), 5 + 1.25, 0.4);
    assert_true(b->before > b->after + 0.05);
    assert_non_null(strstr(b->verdict, "a bend: at params ="));
    assert_non_null(strstr(b->verdict, "did every run end its schedule"));
}

static void test_no_bend_and_its_power(void **state) {
    const Points points = bent_points(*state, &STRAIGHT);
    const Bend *b = bend_of(*state, &points, "flops", 1);
    assert_true(b->p > 0.05);
    assert_true(isnan(b->at) && isnan(b->after));
    assert_true(b->noise > 0.0015 && b->noise < 0.006);
    assert_true(b->power[0].power > 0.9 && b->power[1].power > 0.4); // known: 1 and .75
    assert_true(b->power[1].power < b->power[0].power);
    assert_near(b->power[0].to, b->power[0].from / 2, 1e-12);
    assert_non_null(strstr(b->verdict, "no bend found"));
    assert_non_null(strstr(b->verdict, "% of such sweeps"));
    assert_non_null(strstr(b->taken, "all 16 runs"));
}

static void test_threads_change_no_bit(void **state) {
    Bent plan = STRAIGHT;
    plan.n = 8;
    const Points points = bent_points(*state, &plan);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const Bend *one = bend_of(*state, &points, "flops", 1);
    omp_set_num_threads(3);
    const Bend *three = bend_of(*state, &points, "flops", 1);
    omp_set_num_threads(threads);
    assert_near(one->p, three->p, 0);
    assert_near(one->power[1].power, three->power[1].power, 0);
}

/* Noise of a percent: nothing is found, and it is said that nothing could be. */
static void test_noise_takes_the_power(void **state) {
    Bent plan = STRAIGHT;
    plan.noise = 0.02;
    const Points points = bent_points(*state, &plan);
    const Bend *b = bend_of(*state, &points, "params", 1);
    assert_true(b->power[0].power < 0.4);
}

static void test_rows_taken(void **state) {
    const Planted grid = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 1e6, 1e5, 1e7, 5, 7, 0, 1};
    const Points points = planted_points(*state, &grid);
    const Bend *b = bend_of(*state, &points, "params", 1);
    assert_int_equal(b->n, 5);
    assert_string_equal(b->taken, "5 runs of tokens 1e+07");
    assert_non_null(strstr(b->why, "a bend is looked for in 8 to 256 runs along params"));
    b = bend_of(*state, &points, "tokens", 1);
    assert_int_equal(b->n, 7);
    assert_string_equal(b->taken, "7 runs of params 1e+06");
    Planted few = grid;
    few.n_sizes = few.n_lengths = 3; // of 9 runs some are beaten by cheaper ones
    const Points nine = planted_points(*state, &few);
    b = bend_of(*state, &nine, "flops", 1);
    assert_true(b->n < 9);
    assert_non_null(strstr(b->taken, "the compute frontier"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_bend_is_found),
        TEST(test_no_bend_and_its_power),
        TEST(test_threads_change_no_bit),
        TEST(test_noise_takes_the_power),
        TEST(test_rows_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
