/* test_fit_thin.c: a table too large to refit as a whole ends at the minimum of all its rows, with
 * intervals as narrow as all its rows make them. */
#include "tests/planted.h"

#include "analysis/fit/problem_of.h"
#include "analysis/fit/thin.h"

static const Surface SURFACE = {0.9, 18.97, 0.3, 84.37, 0.35};

static Fit fitted(Arena *arena, const Points *points, int resamples) {
    FitOptions o = fit_options_default();
    o.resamples = resamples;
    o.estimator = resamples ? "l2-log" : "huber-log";
    o.starts = 8;
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

/* Three neighbours in size share a trunk. */
static Points in_threes(Arena *arena, int n_sizes, int n_lengths) {
    const Planted plan = {SURFACE, 1e4, 1e6, 3e5, 3e7, n_sizes, n_lengths, 0.01, 5};
    Points points = planted_points(arena, &plan);
    for (size_t i = 0; i < points.n; i++) points.rows[i].group = (int)(i / 3);
    points.n_groups = (int)((points.n + 2) / 3);
    return points;
}

static void test_part_has_whole_groups(void **state) {
    Arena *arena = *state;
    const Points points = in_threes(arena, 150, 100);
    const FitOptions o = fit_options_default();
    Problem whole;
    Err err = {0};
    assert_int_equal(problem_of(arena, &points, &o, &whole, &err), OK);
    const Problem *part = thin_problem(arena, &whole, 1000);
    assert_in_range(part->points->n, 900, 1100);
    int rows[1000] = {0};
    for (size_t i = 0; i < part->points->n; i++) {
        const Point *p = &part->points->rows[i];
        assert_in_range(p->group, 0, part->points->n_groups - 1);
        rows[p->group]++;
        assert_near(part->data.ln_loss[i], log(p->loss), 1e-15);
        assert_near(problem_weight(part, i), 1, 0);
    }
    for (int g = 0; g < part->points->n_groups; g++) assert_int_equal(rows[g], 3);
}

static void test_small_problems_stay_whole(void **state) {
    Arena *arena = *state;
    const Points points = in_threes(arena, 20, 20);
    const FitOptions o = fit_options_default();
    Problem whole;
    Err err = {0};
    assert_int_equal(problem_of(arena, &points, &o, &whole, &err), OK);
    assert_ptr_equal(thin_problem(arena, &whole, 100), &whole);
}

/* The gradient of all rows is what convergence is judged by. */
static void test_estimate_is_of_all_rows(void **state) {
    Arena *arena = *state;
    const Points points = in_threes(arena, 150, 120);
    const Fit fit = fitted(arena, &points, 0);
    assert_int_equal(fit.status, FIT_OK);
    double gradient[LAW_MAX_PARAMS], sum = problem_objective(fit.problem, fit.theta, gradient);
    assert_near(fit.objective, sum, 1e-12 * sum);
    for (int i = 0; i < 5; i++) assert_near(gradient[i] / fit.delta / (double)points.n, 0, 2e-5);
    assert_close(fit.params[2].value, SURFACE.alpha, 0.01);
}

/* Twice as many rows, intervals narrower by the root of two: also where fewer are resampled. */
static void test_intervals_shrink_with_all_rows(void **state) {
    Arena *arena = *state;
    const Points few = in_threes(arena, 80, 100), many = in_threes(arena, 160, 100);
    const Fit a = fitted(arena, &few, 150), b = fitted(arena, &many, 150);
    assert_ptr_equal(a.part, a.problem);
    assert_true(b.part->points->n < b.points->n);
    double ln_ratio = 0;
    for (int i = 0; i < 5; i++)
        ln_ratio += log((a.params[i].hi - a.params[i].lo) / (b.params[i].hi - b.params[i].lo)) / 5;
    assert_near(ln_ratio, log(2) / 2, 0.15);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_part_has_whole_groups),
        TEST(test_small_problems_stay_whole),
        TEST(test_estimate_is_of_all_rows),
        TEST(test_intervals_shrink_with_all_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
