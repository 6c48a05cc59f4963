/* test_law_recovery.c: planted parameters of every law are found again from its own starts, most of
 * which arrive. */
#include <string.h>

#include "tests/planted.h"

typedef struct {
    const char *law, *x;
    double values[LAW_MAX_PARAMS]; // as reported
    double within;                 // relative; 0: 1e-4
} Plant;

static const Plant PLANTS[] = {
    {"chinchilla", "flops", {1.8172, 482.01, 0.3478, 2085.43, 0.3658}, 0},
    {"chinchilla-tied", "flops", {1.83665, 90, 210, 0.27285}, 0},
    {"data-constrained", "flops", {1.87, 521, 0.353, 1488, 0.353, 15.39, 5.31}, 0},
    {"data-constrained", "flops", {1.7, 300, 0.31, 900, 0.36, 6, 12}, 0},
    {"kaplan", "flops", {6.4e13, 0.076, 1.8e13, 0.103}, 0},
    {"kaplan", "flops", {2e9, 0.2, 3e10, 0.15}, 0},
    {"skaling", "flops", {1.4, 3e5, 0.9, 9e6, 0.8, 0.4}, 0},
    {"skaling", "flops", {1.7, 482, 0.35, 2085, 0.37, 1}, 0},
    {"bounded", "flops", {1.6, 7, 90, 0.35, 600, 0.38}, 0},
    {"three-term", "flops", {1.8172, 482.01, 0.3478, 90, 0.35, 60, 0.4}, 0},
    {"nqs", "flops", {1.5, 60, 1.3, 0.8, 0.6, 1e5, 1.4}, 1e-3},
    {"gadre", "flops", {1.84, 141, 0.1364, 310}, 0},
    {"m4", "flops", {1.5, 11, 0.6, 2000, 0.17}, 0},
    {"m4", "params", {1.8, 10.8, 1.4, 190, 0.25}, 0},
    {"m4", "tokens", {0.9, 5.5, 0.3, 300, 0.3}, 0},
    {"power", "flops", {40, 0.057}, 0},
    {"power", "params", {11.5, 0.076}, 0},
    {"power", "tokens", {20, 0.095}, 0},
    {"power-offset", "flops", {1.69, 900, 0.155}, 0},
    {"power-offset", "params", {1.69, 400, 0.34}, 0},
    {"power-offset", "tokens", {1.69, 410, 0.28}, 0},
    {"bnsl", "flops", {1.2, 900, 0.15, 0.2, 1e20, 0.4}, 0},
    {"bnsl", "flops", {1.2, 9e4, 0.25, -0.15, 1e19, 0.8}, 0},
    {"bnsl", "params", {1.5, 1000, 0.3, 0.5, 1.5e8, 0.2}, 0},
    {"bnsl", "tokens", {0.9, 300, 0.3, -0.2, 3e10, 0.3}, 0},
    {"moe-clark", "flops", {-0.082, -0.108, 0.009, 1.104, -0.05, 1.847, 314.5}, 1e-3},
    {"moe-granularity", "flops", {0.47, 18.1, 0.115, 2.1, 0.58, 30.8, 0.147}, 1e-3},
};

static void recover(Arena *arena, const Plant *plant) {
    const Law *law = law_find_x(plant->law, plant->x);
    double theta[LAW_MAX_PARAMS] = {0};
    for (int i = 0; i < law->n_params; i++)
        theta[i] = law->params[i].logged ? log(plant->values[i]) : plant->values[i];
    const Points points = planted_by_law(arena, law, theta);
    FitOptions o = fit_options_default();
    o.law = plant->law;
    o.x = plant->x;
    o.starts = 16;
    o.resamples = 0;
    Fit fit;
    Err err = {0};
    if (fit_points(arena, &points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    if (fit.n_best * 2 < fit.n_starts)
        fail_msg("%s: only %d of %d starts arrive", law->name, fit.n_best, fit.n_starts);
    assert_int_equal(fit.stop, STOP_GRADIENT);
    for (int i = 0; i < law->n_params; i++) {
        const double got = fit.params[i].value, want = plant->values[i];
        if (!(fabs(got - want) <= (plant->within > 0 ? plant->within : 1e-4) * fabs(want)))
            fail_msg("%s: %s is %.9g, not %.9g", law->name, law->params[i].name, got, want);
    }
}

static void test_every_law_is_recovered(void **state) {
    for (size_t k = 0; k < COUNT_OF(PLANTS); k++) recover(*state, &PLANTS[k]);
}

/* No size here is more than the data feed: nothing is told of R_N, not even by resamples. */
static void test_what_has_no_effect_is_said(void **state) {
    const double theta[] = {0.6, 6.2, 0.35, 7.3, 0.35, 2.7, 1.7};
    Points points = planted_by_law(*state, &LAW_DATA_CONSTRAINED, theta);
    for (size_t i = 0; i < points.n; i++) {
        Point *p = &points.rows[i];
        p->params /= 1e4;
        p->loss = law_loss(&LAW_DATA_CONSTRAINED, theta, p) * (1 + 1e-4 * sin((double)(i * i)));
    }
    FitOptions o = fit_options_default();
    o.law = "data-constrained";
    o.resamples = 20;
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &points, NULL, &o, &fit, &err), OK);
    assert_int_equal(fit.status, FIT_NOT_IDENTIFIED);
    assert_non_null(strstr(fit.notes[0], "R_N has no effect on any of these losses: it would take "
                                         "more excess of size"));
    assert_close(fit.params[5].value, exp(2.7), 0.05);
}

/* With one batch for all runs R and r of the noisy quadratic system are not asked for, and what the
 * noise adds is a part of E. */
static void test_noise_of_one_batch_is_left_to_E(void **state) {
    const double theta[] = {log(1.5), log(60), 1.3, log(0.8), 0.6, log(5e5), 2.5};
    Points points = planted_by_law(*state, &LAW_NQS, theta);
    for (size_t i = 0; i < points.n; i++) {
        points.rows[i].batch_tok = 1e6;
        points.rows[i].loss = law_loss(&LAW_NQS, theta, &points.rows[i]);
    }
    FitOptions o = fit_options_default();
    o.law = "nqs";
    o.resamples = 0;
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &points, NULL, &o, &fit, &err), OK);
    assert_int_equal(fit.n_free, 5);
    assert_true(fit.n_best * 10 >= fit.n_starts * 9);
    assert_true(fit.params[5].value < 1e-20 && fit.params[6].value == 0);
    double E = 1.5;
    for (int n = 1; n < 10000; n++) E += 0.25 * pow(n, -2.5) / (2 - 0.8 * pow(n, -0.6));
    assert_close(fit.params[0].value, E, 1e-3);
    assert_close(fit.params[2].value, 1.3, 0.01);
    assert_close(fit.params[4].value, 0.6, 0.01);
    assert_true(fit.rms_log_residual < 1e-4);
}

static void test_no_law_is_forgotten(void **state) {
    (void)state;
    for (size_t l = 0; LAWS[l]; l++) {
        bool planted = LAWS[l]->read_off != NULL; // those are not fitted
        for (size_t k = 0; k < COUNT_OF(PLANTS); k++)
            planted = planted || law_find_x(PLANTS[k].law, PLANTS[k].x) == LAWS[l];
        if (!planted) fail_msg("%s is not among the plants", LAWS[l]->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_law_is_recovered),
        TEST(test_what_has_no_effect_is_said),
        TEST(test_noise_of_one_batch_is_left_to_E),
        TEST(test_no_law_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
