/* test_fit_judge.c: every status and every doubt on points that were planted to deserve it, and not
 * on points that do not. */
#include <stdlib.h>
#include <string.h>

#include "tests/planted.h"

#include "analysis/fit/judge.h"

static const Planted GRID = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 1e6, 1e5, 1e7, 6, 6, 0.003, 1};

static FitOptions quick(int resamples) {
    FitOptions o = fit_options_default();
    o.starts = 8;
    o.resamples = resamples;
    return o;
}

static Fit fit_of(Arena *arena, const Points *points, const FitOptions *o) {
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, NULL, o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

static Fit fit_planted(Arena *arena, const Planted *plan, int resamples) {
    Points *points = ARENA_NEW(arena, Points);
    *points = planted_points(arena, plan);
    const FitOptions o = quick(resamples);
    return fit_of(arena, points, &o);
}

static bool says(const Fit *fit, const char *what) {
    for (int i = 0; i < fit->n_notes; i++)
        if (strstr(fit->notes[i], what)) return true;
    return false;
}

/* ---- statuses ------------------------------------------------------------------------------ */

static void test_good_points_deserve_no_note(void **state) {
    const Fit fit = fit_planted(*state, &GRID, 100);
    assert_int_equal(fit.status, FIT_OK);
    for (int i = 0; i < fit.n_notes; i++) fail_msg("%s", fit.notes[i]);
}

static void test_not_identified(void **state) {
    Planted plan = GRID;
    plan.n_hi = 2e4, plan.d_hi = 2e5, plan.noise = 0.01;
    const Fit fit = fit_planted(*state, &plan, 100);
    assert_true(fit.status == FIT_NOT_IDENTIFIED || fit.status == FIT_AT_BOUND);
    assert_true(says(&fit, "it would take"));
    // an exponent speaks for its coefficient
    assert_false(says(&fit, "the term of A is not") && says(&fit, "alpha is not pinned"));
}

static void test_at_bound(void **state) {
    const Points points = planted_points(*state, &GRID);
    FitOptions o = quick(0);
    o.bound = "alpha=0.4:0.9";
    const Fit fit = fit_of(*state, &points, &o);
    assert_int_equal(fit.status, FIT_AT_BOUND);
    assert_true(says(&fit, "alpha ends at its lower bound"));
}

static void test_no_convergence_comes_first(void **state) {
    const Points points = planted_points(*state, &GRID);
    const FitOptions o = quick(0);
    Fit fit = fit_of(*state, &points, &o);
    const Bootstrap none = {0};
    Estimate e = {.gradient_norm = 1, .stop = STOP_EVALUATIONS, .at_bound = {true}};
    memcpy(e.theta, fit.theta, sizeof e.theta);
    fit.n_notes = 0;
    judge_fit(*state, &fit, fit.problem, &e, &none);
    assert_int_equal(fit.status, FIT_NO_CONVERGENCE);
    assert_non_null(strstr(fit.notes[0], "did not reach a minimum"));
}

/* ---- tuning -------------------------------------------------------------------------------- */

/* Every run at each of these rates, its loss worse by cost * (log2 of rate to best)^2; which rows
 * stay in is up to `best_only`. The best rate of size number s is `best` 2^-s. */
static Points at_rates(Arena *arena, const double *rates, int n_rates, double best, double cost,
                       bool best_only) {
    Points points = planted_points(arena, &GRID);
    Point *rows = ARENA_ARRAY(arena, Point, points.n * (size_t)n_rates);
    const Stream s = stream_open(5, "rates", 0);
    size_t n = 0;
    for (size_t i = 0; i < points.n; i++) {
        const double at_best = best * pow(2, -(double)(i / 6));
        for (int k = 0; k < n_rates; k++) {
            const double off = log2(rates[k] / at_best);
            if (best_only && fabs(off) > 0.5) continue;
            rows[n] = points.rows[i];
            rows[n].lr = rates[k];
            rows[n].loss *= exp(cost * off * off + 0.001 * stream_normal(&s, n));
            rows[n].group = (int)n;
            n++;
        }
    }
    points.rows = rows;
    points.n = n;
    points.n_groups = (int)n;
    return points;
}

static void test_best_rate_at_the_edge(void **state) {
    const double rates[] = {0.001, 0.002, 0.004};
    const Points points = at_rates(*state, rates, 3, 0.128, 0.01, false);
    const FitOptions o = quick(0);
    const Fit fit = fit_of(*state, &points, &o);
    assert_int_equal(fit.status, FIT_UNTUNED);
    assert_true(says(&fit, "the best of 3 learning rates is the highest tried (0.004)"));
    assert_true(says(&fit, "higher rates have to be tried"));
}

static void test_rows_of_worse_rates(void **state) {
    const double rates[] = {0.0001, 0.0005, 0.002, 0.008, 0.032};
    const FitOptions o = quick(0);
    Points points = at_rates(*state, rates, 5, 0.008, 0.01, false);
    const Fit all = fit_of(*state, &points, &o);
    assert_int_equal(all.status, FIT_UNTUNED);
    assert_true(says(&all, "untuned: 144 of 180 runs"));
    assert_false(says(&all, "have to be tried"));
    const double octaves[] = {0.000125, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.016};
    points = at_rates(*state, octaves, 8, 0.008, 0.01, true);
    const Fit best = fit_of(*state, &points, &o);
    assert_int_equal(best.status, FIT_OK);
    assert_true(best.one_rate_a_cell);
    assert_false(all.one_rate_a_cell);
}

/* Rates that make no difference beyond noise are no fault, nor are rates that nobody gave. */
static void test_rates_that_do_not_matter(void **state) {
    const double rates[] = {0.001, 0.002, 0.004};
    const Points points = at_rates(*state, rates, 3, 0.002, 1e-5, false);
    const FitOptions o = quick(0);
    const Fit fit = fit_of(*state, &points, &o);
    assert_int_equal(fit.status, FIT_OK);
    assert_false(says(&fit, "rate"));
}

/* ---- ranges and regimes -------------------------------------------------------------------- */

static void test_few_sizes_and_narrow_ranges(void **state) {
    Planted plan = GRID;
    plan.n_sizes = 4, plan.n_hi = 2e5;
    Fit fit = fit_planted(*state, &plan, 0);
    assert_true(says(&fit, "params: only 4 values over a factor 20; alpha wants five or more"));
    assert_false(says(&fit, "beta wants"));
    Points points = planted_points(*state, &plan);
    for (size_t i = 0; i < points.n; i++)
        if (points.rows[i].params < 1.5e4) points.rows[i].weight = 0;
    const FitOptions o = quick(0);
    fit = fit_of(*state, &points, &o); // rows without weight widen no range
    assert_true(says(&fit, "params: only 3 values over a factor 7.37; alpha wants five or more"));
    plan.n_hi = 1e6;
    fit = fit_planted(*state, &plan, 0);
    assert_true(says(&fit, "params: only 4 values; alpha"));
    plan = GRID;
    plan.d_hi = 2e6;
    fit = fit_planted(*state, &plan, 0);
    assert_true(says(&fit, "tokens span only a factor 20; beta wants"));
}

/* Twelve runs that are all short of data: sizes of which the smallest would do. */
static void test_one_regime(void **state) {
    Planted plan = GRID;
    plan.surface.A = 0.5;
    plan.n_sizes = 4, plan.n_lengths = 3, plan.noise = 0.01;
    const Fit fit = fit_planted(*state, &plan, 0);
    assert_true(says(&fit, "one regime: over all of params, a factor 100,"));
    assert_true(says(&fit, "alpha is an exponent of noise"));
    assert_false(says(&fit, "beta is an exponent of noise"));
}

static void test_leaks(void **state) {
    Points points = planted_points(*state, &GRID);
    const FitOptions o = quick(0);
    points.floor_nat = 1.8;
    const Fit fit = fit_of(*state, &points, &o);
    assert_true(says(&fit, "below the source's floor"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_good_points_deserve_no_note),
        TEST(test_not_identified),
        TEST(test_at_bound),
        TEST(test_no_convergence_comes_first),
        TEST(test_best_rate_at_the_edge),
        TEST(test_rows_of_worse_rates),
        TEST(test_rates_that_do_not_matter),
        TEST(test_few_sizes_and_narrow_ranges),
        TEST(test_one_regime),
        TEST(test_leaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
