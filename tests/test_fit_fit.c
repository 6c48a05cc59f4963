/* test_fit_fit.c: intervals cover at their stated rate, statuses say what cannot be known,
 * tables obey their identities, and every number of the JSON is told to people too. */
#include <omp.h>
#include <string.h>

#include "tests/planted.h"
#include "tests/study_told.h"
#include "analysis/questions/compare.h"
#include "analysis/questions/predict.h"

#include "base/numbers.h"
#include "base/stat.h"

static const Planted GRID = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 3e5, 1e5, 6e6, 6, 4, 0.005, 1};

static Fit fit_of(Arena *arena, const Points *points, const Points *held, const FitOptions *o) {
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, held, o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

static FitOptions quick(int resamples) {
    FitOptions o = fit_options_default();
    o.starts = 8;
    o.resamples = resamples;
    return o;
}

static bool covers(Interval v, double truth) {
    return truth >= v.lo && truth <= v.hi;
}

/* 60 sweeps of the same plan with noise of their own; wide bands, for 60 is few. */
static void test_intervals_cover(void **state) {
    enum { SWEEPS = 60 };
    const double params = 6e5, tokens = 1.2e7, truth = planted_loss(&GRID.surface, params, tokens);
    int alpha = 0, E = 0, law = 0, run = 0;
    double law_width = 0, run_width = 0;
    for (uint64_t s = 0; s < SWEEPS; s++) {
        Planted plan = GRID;
        plan.seed = 100 + s;
        const Points points = planted_points(*state, &plan);
        const FitOptions o = quick(100);
        const Fit fit = fit_of(*state, &points, NULL, &o);
        const Stream noise = stream_open(plan.seed, "hero", 0);
        alpha += covers(fit.params[2], GRID.surface.alpha);
        E += covers(fit.params[0], GRID.surface.E);
        const Interval of_law = fit_predict(&fit, params, tokens, false);
        const Interval of_run = fit_predict(&fit, params, tokens, true);
        law += covers(of_law, truth);
        run += covers(of_run, truth * exp(plan.noise * stream_normal(&noise, 0)));
        law_width += of_law.hi - of_law.lo;
        run_width += of_run.hi - of_run.lo;
    }
    assert_true(alpha >= 0.78 * SWEEPS);
    assert_true(E >= 0.78 * SWEEPS);
    assert_true(law >= 0.78 * SWEEPS && run >= 0.78 * SWEEPS);
    assert_true(run_width > 1.2 * law_width);
    assert_true(alpha + E + law < 3 * SWEEPS); // intervals so wide that they never miss say nothing
}

/* The windows on which all runs are judged may be hard or easy ones: that error is common to them.
 * It moves E by itself and nothing else, and a new run judged on the same windows has it too, so
 * that its interval needs no room for it. */
static void test_common_error_moves_E_alone(void **state) {
    enum { SWEEPS = 40 };
    static const double COMMON = 0.03; // standard deviation in L
    const double params = 6e5, tokens = 1.2e7, truth = planted_loss(&GRID.surface, params, tokens);
    const FitOptions o = quick(100);
    int run = 0, elsewhere = 0, E = 0;
    for (uint64_t s = 0; s < SWEEPS; s++) {
        Planted plan = GRID;
        plan.seed = 100 + s;
        const Stream noise = stream_open(plan.seed, "hero", 0);
        const double error = COMMON * stream_normal(&noise, 1),
                     hero = truth * exp(plan.noise * stream_normal(&noise, 0));
        Points points = planted_points(*state, &plan);
        const Fit still = fit_of(*state, &points, NULL, &o);
        for (size_t i = 0; i < points.n; i++) points.rows[i].loss += error;
        const Fit fit = fit_of(*state, &points, NULL, &o);
        const Interval before = fit_predict(&still, params, tokens, true),
                       after = fit_predict(&fit, params, tokens, true);
        assert_near(after.value - before.value, error, 0.1 * COMMON);
        assert_near((after.hi - after.lo) / (before.hi - before.lo), 1, 0.25);
        assert_near(fit.params[2].value, still.params[2].value,
                    0.3 * (still.params[2].hi - still.params[2].lo));
        run += covers(after, hero + error);
        elsewhere += covers(after, hero);
        E += covers(fit.params[0], GRID.surface.E + error);
    }
    assert_true(run >= 0.78 * SWEEPS && E >= 0.78 * SWEEPS);
    assert_true(elsewhere < 0.6 * SWEEPS); // judged on other windows
}

/* Rows of a trunk share their noise: drawn one by one they would seem to know more than they do. */
static void test_trunks_are_drawn_together(void **state) {
    Points points = planted_points(*state, &GRID);
    const FitOptions o = quick(200);
    for (size_t i = 0; i < points.n;
         i++) { // the noise of the first row of each size for all its rows
        Point *p = &points.rows[i];
        const Point *first = &points.rows[i - i % 4];
        p->loss = planted_loss(&GRID.surface, p->params, p->tokens) * first->loss /
                  planted_loss(&GRID.surface, first->params, first->tokens);
    }
    Points by_trunk = points;
    by_trunk.n_groups = 6;
    const Interval rows = fit_of(*state, &points, NULL, &o).params[2];
    for (size_t i = 0; i < points.n; i++) points.rows[i].group = (int)i / 4;
    const Interval trunks = fit_of(*state, &by_trunk, NULL, &o).params[2];
    assert_near(rows.value, trunks.value, 1e-9);
    assert_true(trunks.hi - trunks.lo > 1.2 * (rows.hi - rows.lo));
}

static void test_threads_change_no_bit(void **state) {
    const Points points = planted_points(*state, &GRID);
    const FitOptions o = quick(40);
    const int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    const Fit one = fit_of(*state, &points, NULL, &o);
    omp_set_num_threads(4);
    const Fit four = fit_of(*state, &points, NULL, &o);
    omp_set_num_threads(threads);
    assert_int_equal(one.n_boots, 40);
    assert_memory_equal(one.boots, four.boots, sizeof(double) * 5 * 40);
    assert_memory_equal(one.theta, four.theta, sizeof one.theta);
}

static void test_a_weight_of_two_is_a_row_twice(void **state) {
    Points points = planted_points(*state, &GRID), doubled = planted_points(*state, &GRID);
    const FitOptions o = quick(0);
    points.rows[3].weight = 2;
    doubled.rows = ARENA_ARRAY(*state, Point, points.n + 1);
    memcpy(doubled.rows, points.rows, points.n * sizeof(Point));
    doubled.rows[3].weight = 1;
    doubled.rows[doubled.n++] = doubled.rows[3];
    const Fit a = fit_of(*state, &points, NULL, &o), b = fit_of(*state, &doubled, NULL, &o);
    for (int i = 0; i < 5; i++) assert_close(a.params[i].value, b.params[i].value, 1e-6);
}

static const char *refusal(Arena *arena, const Points *points, const FitOptions *o, Status status) {
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(arena, points, NULL, o, &fit, &err), status);
    return arena_strdup(arena, err.message);
}

static void test_too_little_is_refused(void **state) {
    FitOptions o = quick(0);
    Points points = planted_points(*state, &GRID);
    points.n = 5;
    assert_non_null(strstr(refusal(*state, &points, &o, E_FAILED),
                           "at least 6 different (params, tokens), here are 5"));
    points.n = 8; // two sizes
    assert_non_null(
        strstr(refusal(*state, &points, &o, E_FAILED), "at least 3 different values of params"));
    points.n = 0;
    assert_non_null(strstr(refusal(*state, &points, &o, E_FAILED), "no points"));
    points.n = 24;
    for (size_t i = 0; i < points.n; i++) points.rows[i].tokens = i % 2 ? 1e6 : 2e6;
    assert_non_null(
        strstr(refusal(*state, &points, &o, E_FAILED), "different values of tokens to find beta"));
    o.law = "chinchila";
    assert_non_null(strstr(refusal(*state, &points, &o, E_USAGE), "did you mean 'chinchilla'?"));
    o.law = "chinchilla";
    o.estimator = "huber";
    assert_non_null(strstr(refusal(*state, &points, &o, E_USAGE), "no estimator 'huber'"));
}

static void test_status(void **state) {
    Planted plan = GRID;
    const FitOptions o = quick(100);
    plan.noise = 0.002;
    Points points = planted_points(*state, &plan);
    assert_int_equal(fit_of(*state, &points, NULL, &o).status, FIT_OK);

    plan.surface.B = 0; // nothing to see of D
    points = planted_points(*state, &plan);
    const Fit flat = fit_of(*state, &points, NULL, &o);
    assert_true(flat.status == FIT_AT_BOUND || flat.status == FIT_NOT_IDENTIFIED);
    assert_true(flat.n_notes > 0);

    plan = GRID;
    plan.n_hi = 2e4, plan.d_hi = 2e5, plan.n_sizes = plan.n_lengths = 3; // far too narrow
    points = planted_points(*state, &plan);
    const Fit narrow = fit_of(*state, &points, NULL, &o);
    assert_true(narrow.status == FIT_AT_BOUND || narrow.status == FIT_NOT_IDENTIFIED);
}

static void test_optimum(void **state) {
    Points points = planted_points(*state, &GRID);
    for (size_t i = 0; i < points.n; i++) // a cost that is no 6 N D
        points.rows[i].flops = 20 * pow(points.rows[i].params, 0.9) * points.rows[i].tokens;
    const FitOptions o = quick(50);
    const Fit fit = fit_of(*state, &points, NULL, &o);
    assert_close(fit.cost.kappa, 20, 1e-6);
    assert_close(fit.cost.q, 0.9, 1e-6);
    assert_near(fit.cost.error, 0, 1e-9);
    const FitOptimum best = fit_optimum(&fit, 1e13);
    assert_close(fit_predict(&fit, best.params.value, best.tokens.value, false).value,
                 best.loss.value, 1e-9);
    assert_close(20 * pow(best.params.value, 0.9) * best.tokens.value, 1e13, 1e-6);
    assert_true(best.params.lo < best.params.value && best.params.value < best.params.hi);
    for (double f = 0.5; f < 2.1; f *= 4) { // either side of it, at equal cost, is worse
        const double params = f * best.params.value, tokens = 1e13 / (20 * pow(params, 0.9));
        assert_true(fit_predict(&fit, params, tokens, false).value > best.loss.value);
    }
}

/* Every number of the JSON, as people would see it. */
static void assert_told(const Json *v, const char *text) {
    if (json_kind(v) == JSON_OBJECT || json_kind(v) == JSON_ARRAY) {
        for (const Json *child = json_first(v); child; child = json_next(child))
            assert_told(child, text);
    } else if (json_kind(v) == JSON_NUMBER) {
        char six[32], four[32], count[32];
        const double x = json_as_number(v);
        snprintf(six, sizeof six, "%.6g", x);
        snprintf(four, sizeof four, "%.4g", x);
        if (!strstr(text, six) && !strstr(text, four) && !strstr(text, count_to_text(count, x)))
            fail_msg("%s: %g is in the JSON only", json_key(v), x);
    }
}

static void test_people_are_told_every_number(void **state) {
    Points points = planted_points(*state, &GRID), held = planted_points(*state, &GRID);
    points.entropy_nat = 0.88, points.floor_nat = 0.9;
    points.dropped = &(Dropped){7, "abc", "diverged: loss 1e9", 1}, points.n_dropped = 1;
    held.n = 3, held.rule = "role=hero";
    const FitOptions o = quick(50);
    Fit fit = fit_of(*state, &points, &held, &o);
    Prediction one = {.id = "abc",
                      .params = 4e5,
                      .tokens = 8e6,
                      .flops = 1.9e13,
                      .batch = NAN,
                      .loss = {2, 1.9, 2.1},
                      .sealed = true,
                      .outcome = 2.05};
    const Predictions predictions = {.rows = &one, .n = 1};
    Rival rival = {.fit = fit, .validation = validate(*state, &fit), .as_good = NAN};
    const Comparison comparison = {.held_by = "", .rivals = &rival, .n = 1};
    Study study = {.fit = fit, .comparison = &comparison, .called = "planted"};
    study.answers[question_index(&PREDICTIONS_QUESTION)] = &predictions;

    const char *text = study_as_text(*state, &study), *json = study_as_json(*state, &study);
    JsonDoc *doc;
    Err err = {0};
    assert_int_equal(json_open(json, "json", &doc, &err), OK);
    const Json *root = json_root(doc);
    assert_told(root, text);
    assert_true(json_as_bool(json_get(json_get(root, "truth"), "E_inside")) ==
                covers(fit.params[0], 0.9));
    assert_near(json_as_number(json_get(json_get(root, "holdout"), "n")), 3, 0);
    assert_string_equal(json_string_or(json_first(json_get(root, "prediction")), "interval", ""),
                        "inside");
    assert_non_null(strstr(text, "diverged: loss 1e9"));
    json_close(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_intervals_cover),
        TEST(test_common_error_moves_E_alone),
        TEST(test_trunks_are_drawn_together),
        TEST(test_threads_change_no_bit),
        TEST(test_a_weight_of_two_is_a_row_twice),
        TEST(test_too_little_is_refused),
        TEST(test_status),
        TEST(test_optimum),
        TEST(test_people_are_told_every_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
