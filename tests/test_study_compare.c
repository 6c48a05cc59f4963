/* test_study_compare.c: errors on runs left out are those of refits without them; laws stand in the
 * order of those errors, and what is said of them holds. */
#include <omp.h>
#include <string.h>

#include "tests/planted.h"
#include "tests/study_told.h"

#include "analysis/questions/compare.h"
#include "analysis/questions/nested.h"
#include "analysis/questions/validate.h"
#include "base/text.h"

static const Planted GRID = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 3e5, 1e5, 6e6, 6, 4, 0.004, 1};

static FitOptions options_of(const char *law, int resamples) {
    FitOptions o = fit_options_default();
    o.law = law;
    o.starts = 4;
    o.resamples = resamples;
    return o;
}

static const Comparison *compared(Arena *arena, const Points *points, const Points *held,
                                  const FitOptions *o, Fit *best) {
    const Comparison *c;
    Err err = {0};
    if (compare_laws(arena, points, held, o, best, &c, &err) != OK) fail_msg("%s", err.message);
    return c;
}

static const Validation *validation_of(Arena *arena, const Points *points, const FitOptions *o) {
    Fit *fit = ARENA_NEW(arena, Fit);
    Err err = {0};
    if (fit_points(arena, points, NULL, o, fit, &err) != OK) fail_msg("%s", err.message);
    return validate(arena, fit);
}

/* A fit of the rows that are not of sizes lo .. hi, and its error on those that are. */
static Holdout by_hand(Arena *arena, const Points *points, const Planted *plan, int lo, int hi) {
    Points in = *points, out = *points;
    in.rows = ARENA_ARRAY(arena, Point, points->n), out.rows = ARENA_ARRAY(arena, Point, points->n);
    in.n = out.n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const int size = (int)i / plan->n_lengths;
        Points *to = size >= lo && size <= hi ? &out : &in;
        to->rows[to->n++] = points->rows[i];
    }
    const FitOptions o = options_of("chinchilla", 0);
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(arena, &in, &out, &o, &fit, &err), OK);
    return fit_holdout(&fit);
}

static void test_errors_are_those_of_refits(void **state) {
    const Points points = planted_points(*state, &GRID);
    const FitOptions o = options_of("chinchilla", 0);
    const Validation *v = validation_of(*state, &points, &o);
    const Holdout last = by_hand(*state, &points, &GRID, 5, 5);
    assert_int_equal(v->largest.error.n, 4);
    assert_int_equal(v->largest.n_fitted, 20);
    assert_close(v->largest.error.mean_abs_rel, last.mean_abs_rel, 1e-5);
    assert_close(v->largest.error.bias, last.bias, 1e-5);
    assert_string_equal(v->largest.rule, "params >= 3e+05");
    assert_true(v->largest.noise > 0.5 * GRID.noise && v->largest.noise < 2 * GRID.noise);
    double sum = 0, bias = 0;
    for (int size = 0; size < 6; size++) {
        const Holdout one = by_hand(*state, &points, &GRID, size, size);
        sum += one.mean_abs_rel / 6, bias += one.bias / 6;
    }
    assert_int_equal(v->sizes.n_folds, 6);
    assert_int_equal(v->sizes.error.n, 24);
    assert_close(v->sizes.error.mean_abs_rel, sum, 1e-5);
    assert_close(v->sizes.error.bias, bias, 1e-5);
}

/* A largest size that fell short of the law by 5 %. */
static void test_bias_has_a_sign(void **state) {
    Planted plan = GRID;
    plan.noise = 0;
    const FitOptions o = options_of("chinchilla", 0);
    Points points = planted_points(*state, &plan);
    const Validation *clean = validation_of(*state, &points, &o);
    assert_near(clean->largest.error.mean_abs_rel, 0, 1e-6);
    assert_near(clean->sizes.error.mean_abs_rel, 0, 1e-6);
    for (size_t i = 20; i < 24; i++) points.rows[i].loss *= 1.05;
    assert_near(validation_of(*state, &points, &o)->largest.error.bias, 1 / 1.05 - 1, 1e-6);
}

static void test_which_sizes_are_left_out(void **state) {
    const FitOptions o = options_of("chinchilla", 0);
    Planted plan = GRID;
    plan.n_sizes = 4; // too few to leave one out: lengths then, if they suffice
    Points points = planted_points(*state, &plan);
    assert_int_equal(validation_of(*state, &points, &o)->largest.error.n, 0);
    assert_int_equal(validation_of(*state, &points, &o)->sizes.n_folds, 4);
    plan.n_lengths = 5;
    points = planted_points(*state, &plan);
    assert_string_equal(validation_of(*state, &points, &o)->largest.rule, "tokens >= 6e+06");
    for (size_t i = 0; i < points.n; i++) // every run a size of its own: a tenth of them
        points.rows[i].params *= 1 + 1e-3 * (double)(i % 5);
    const Validation *v = validation_of(*state, &points, &o);
    assert_int_equal(v->largest.error.n, 2);
    assert_int_equal(v->sizes.n_folds, 20);
}

static const Rival *rival(const Comparison *c, const char *law) {
    for (size_t k = 0; k < c->n; k++)
        if (strcmp(c->rivals[k].fit.law->name, law) == 0) return &c->rivals[k];
    fail_msg("%s is not among them", law);
    return NULL;
}

static bool says(const char *const texts[], int n, const char *what) {
    for (int i = 0; i < n; i++)
        if (strstr(texts[i], what)) return true;
    return false;
}

static void test_all_laws_in_order(void **state) {
    const Points points = planted_points(*state, &GRID);
    const FitOptions o = options_of("all", 40);
    Fit fit;
    const Comparison *c = compared(*state, &points, NULL, &o, &fit);
    double lowest = INFINITY;
    for (size_t k = 0; k < c->n; k++) {
        if (k > 0) assert_true(c->rivals[k].held >= c->rivals[k - 1].held);
        assert_close(c->rivals[k].held, c->rivals[k].validation->largest.error.mean_abs_rel, 1e-9);
        lowest = fmin(lowest, c->rivals[k].fit.aicc);
    }
    for (size_t k = 0; k < c->n; k++)
        assert_near(c->rivals[k].delta_aicc, c->rivals[k].fit.aicc - lowest, 1e-9);
    assert_false(rival(c, "chinchilla")->told);
    assert_true(rival(c, "power-offset")->told); // loss is no function of compute alone
    assert_near(fit.aicc, lowest, 0);
    assert_true(says(c->verdict, c->n_verdict, "runs left out (params >= 3e+05) best"));
    assert_true(says(c->verdict, c->n_verdict, "Worse by more than chance"));
    assert_true(says(c->left_out, c->n_left_out, "moe-clark needs"));
}

static void test_noise_hides_differences(void **state) {
    Planted plan = GRID;
    plan.noise = 0.3;
    const Points points = planted_points(*state, &plan);
    const FitOptions o = options_of("all", 40);
    Fit fit;
    const Comparison *c = compared(*state, &points, NULL, &o, &fit);
    assert_false(rival(c, "chinchilla")->told);
    assert_false(rival(c, "power-offset")->told);
    assert_true(says(c->verdict, c->n_verdict, "cannot tell it from"));
    assert_false(says(c->verdict, c->n_verdict, "Worse by more"));
    for (size_t k = 0; k < c->n; k++) assert_true(fit.aicc <= c->rivals[k].fit.aicc);
}

static void test_threads_change_no_bit(void **state) {
    const Points points = planted_points(*state, &GRID);
    const FitOptions o = options_of("all", 8);
    const int threads = omp_get_max_threads();
    Fit fits[2];
    const Comparison *c[2];
    for (int i = 0; i < 2; i++) {
        omp_set_num_threads(i ? 4 : 1);
        c[i] = compared(*state, &points, NULL, &o, &fits[i]);
    }
    omp_set_num_threads(threads);
    assert_int_equal(c[0]->n, c[1]->n);
    for (size_t k = 0; k < c[0]->n; k++) {
        const Rival *x = &c[0]->rivals[k], *y = &c[1]->rivals[k];
        const double one[] = {x->delta_aicc, x->held, x->bias, x->as_good, x->apart},
                     four[] = {y->delta_aicc, y->held, y->bias, y->as_good, y->apart};
        assert_ptr_equal(x->fit.law, y->fit.law);
        assert_memory_equal(x->fit.theta, y->fit.theta, sizeof x->fit.theta);
        assert_memory_equal(one, four, sizeof one);
    }
}

static double nested_p(Arena *arena, const Planted *plan, const char *inner, const char *outer) {
    const Points points = planted_points(arena, plan);
    const char *const laws[] = {inner, outer};
    Fit fits[2];
    const Fit *const both[] = {&fits[0], &fits[1]};
    const NestedTest *test;
    for (int k = 0; k < 2; k++) {
        FitOptions o = options_of(laws[k], 0);
        Err err = {0};
        o.starts = 4;
        assert_int_equal(fit_points(arena, &points, NULL, &o, &fits[k], &err), OK);
    }
    assert_int_equal(nested_tests(arena, both, 2, &test), 1);
    assert_int_equal(test->rest, (int)points.n - fits[1].n_free);
    return test->p;
}

/* One exponent for both terms: refused where there are two, and where there is one as seldom as p
 * says. */
static void test_nested_laws(void **state) {
    Planted plan = GRID;
    plan.surface.alpha = 0.7, plan.surface.A = 600;
    assert_true(nested_p(*state, &plan, "chinchilla-tied", "chinchilla") < 0.01);
    plan.surface = (Surface){0.9, 25, 0.32, 55, 0.32};
    int small = 0;
    double sum = 0;
    for (plan.seed = 1; plan.seed <= 20; plan.seed++) {
        const double p = nested_p(*state, &plan, "chinchilla-tied", "chinchilla");
        small += p < 0.05, sum += p / 20;
    }
    assert_true(small <= 4);
    assert_true(sum > 0.3 && sum < 0.7);
}

static void test_people_are_told(void **state) {
    const Points points = planted_points(*state, &GRID);
    const FitOptions o = options_of("all", 8);
    Study study = {.points = points, .called = "planted"};
    const Comparison *c = compared(*state, &points, NULL, &o, &study.fit);
    study.comparison = c;
    const char *text = study_as_text(*state, &study);
    char cell[32];
    for (size_t k = 0; k < c->n; k++) {
        const Rival *r = &c->rivals[k];
        const double told[] = {r->delta_aicc, r->held, r->bias, r->as_good};
        for (size_t i = 0; i < COUNT_OF(told); i++) {
            snprintf(cell, sizeof cell, "%.4g", told[i]);
            if (!strstr(text, cell)) fail_msg("%s of %s", cell, c->rivals[k].fit.law->name);
        }
    }
    for (int i = 0; i < c->n_verdict; i++) assert_non_null(strstr(text, c->verdict[i]));
}

/* The user's own held-out rows are the score, and the largest are not left out. */
static void test_holdout_goes_first(void **state) {
    const Points points = planted_points(*state, &GRID);
    Points held = planted_points(*state, &GRID);
    held.n = 5, held.rule = "split=eval";
    const FitOptions o = options_of("all", 8);
    Study study = {.points = points, .held = held, .called = "planted"};
    const Comparison *c = compared(*state, &points, &held, &o, &study.fit);
    study.comparison = c;
    assert_int_equal(c->n_held, 5);
    for (size_t k = 0; k < c->n; k++)
        assert_close(c->rivals[k].held, fit_holdout(&c->rivals[k].fit).mean_abs_rel, 1e-9);
    const char *json = study_as_json(*state, &study);
    assert_non_null(strstr(json, "\"leave_largest_out\": null"));
    assert_non_null(strstr(json, "\"rule\": \"split=eval\""));
}

static void test_nothing_that_fits_is_an_error(void **state) {
    Points points = planted_points(*state, &GRID);
    FitOptions o = options_of("all", 0);
    Fit fit;
    const Comparison *c;
    Err err = {0};
    o.estimator = "hubert";
    assert_int_equal(compare_laws(*state, &points, NULL, &o, &fit, &c, &err), E_USAGE);
    assert_non_null(strstr(err.message, "no estimator 'hubert'"));
    points.n = 1;
    o = options_of("all", 0);
    assert_int_equal(compare_laws(*state, &points, NULL, &o, &fit, &c, &err), E_FAILED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_errors_are_those_of_refits),
        TEST(test_bias_has_a_sign),
        TEST(test_which_sizes_are_left_out),
        TEST(test_all_laws_in_order),
        TEST(test_noise_hides_differences),
        TEST(test_nested_laws),
        TEST(test_people_are_told),
        TEST(test_threads_change_no_bit),
        TEST(test_holdout_goes_first),
        TEST(test_nothing_that_fits_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
