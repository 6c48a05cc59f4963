/* test_law_laws.c: surfaces of published fits found again, laws of experts, what points lack,
 * and the minimiser on functions with known minima. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/fit/bootstrap.h"
#include "analysis/fit/estimate.h"
#include "analysis/laws/kronecker.h"

static const Planted SURFACES[] = {
    {{1.8172, 482.01, 0.3478, 2085.43, 0.3658}, 4e7, 1e10, 1e9, 1e12, 8, 8, 0, 0}, // Besiroglu et
                                                                                   // al.
    {{1.6934, 406.4, 0.3392, 410.7, 0.2849}, 4e7, 1e10, 1e9, 1e12, 8, 8, 0, 0}, // Hoffmann et al.
    {{1.5, 3000, 0.46, 60, 0.15}, 4e7, 1e10, 1e9, 1e12, 8, 8, 0, 0},            // lopsided
    {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 2e5, 1e5, 4e6, 6, 5, 0, 0},           // bytes on a CPU
    {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 2e5, 1e5, 4e6, 3, 3, 0, 0},           // nine points
    {{1.8, 300, 0.34, 500, 0.34}, 1e6, 1e9, 1e8, 1e11, 6, 6, 0, 0},             // alpha = beta
    {{0.05, 20, 0.25, 90, 0.4}, 1e4, 1e6, 1e5, 1e7, 6, 6, 0, 0},                // hardly a floor
};

static void test_planted_surfaces_are_recovered(void **state) {
    Arena *arena = *state;
    FitOptions o = fit_options_default();
    o.resamples = 0;
    for (size_t k = 0; k < COUNT_OF(SURFACES); k++) {
        const Points points = planted_points(arena, &SURFACES[k]);
        const Surface *s = &SURFACES[k].surface;
        Fit fit;
        Err err = {0};
        assert_int_equal(fit_points(arena, &points, NULL, &o, &fit, &err), OK);
        assert_int_equal(fit.stop, STOP_GRADIENT);
        assert_int_equal(fit.status, FIT_OK);
        assert_true(fit.n_best * 2 > fit.n_starts);
        const double want[] = {s->E, s->A, s->alpha, s->B, s->beta};
        for (int i = 0; i < 5; i++) assert_close(fit.params[i].value, want[i], 1e-4);
        assert_close(fit.split.a.value, s->beta / (s->alpha + s->beta), 1e-4);
    }
}

/* A grid of (active) sizes, numbers of experts or granularities, and tokens, with a law's own
 * losses.
 */
static Points planted_experts(Arena *arena, const Law *law, const double *theta, int n_lengths) {
    Points p = {.source = "planted", .name = "", .rule = "", .n_convention = "params"};
    p.entropy_nat = p.floor_nat = NAN;
    p.rows = ARENA_ARRAY(arena, Point, 6 * 6 * 4);
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 6; k++)
            for (int d = 0; d < n_lengths; d++) {
                Point *q = &p.rows[p.n];
                *q = point_blank();
                q->tokens = 1e10 * pow(5, d), q->group = (int)p.n++;
                q->params_active = 1.5e7 * pow(2.5, i);
                q->experts = law == &LAW_MOE_CLARK ? pow(4, k) : 64;
                q->granularity = law == &LAW_MOE_CLARK ? 1 : pow(2, k);
                q->params =
                    law == &LAW_MOE_CLARK ? q->params_active * q->experts : q->params_active;
                q->flops = 6 * q->params_active * q->tokens;
                q->loss = law_loss(law, theta, q);
            }
    p.n_groups = (int)p.n;
    return p;
}

static Fit fit_of_experts(Arena *arena, const Law *law, const Points *points) {
    FitOptions o = fit_options_default();
    o.law = law->name;
    o.resamples = 0;
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

/* Published: S-BASE (Clark et al. 2022, in decimal logarithms), of runs of one length; and a
 * slope in tokens. */
static const double S_BASE[] = {-0.082, -0.108, 0.009, 1.104, 0, 0.61356, 5.75090};

static void test_clark_is_recovered(void **state) {
    Arena *arena = *state;
    for (int n_lengths = 1; n_lengths <= 3; n_lengths += 2) {
        double theta[LAW_MAX_PARAMS];
        memcpy(theta, S_BASE, sizeof S_BASE);
        theta[4] = n_lengths > 1 ? -0.05 : 0;
        const Points points = planted_experts(arena, &LAW_MOE_CLARK, theta, n_lengths);
        const Fit fit = fit_of_experts(arena, &LAW_MOE_CLARK, &points);
        for (int i = 0; i < 7; i++) assert_near(fit.theta[i], theta[i], 1e-3 * fabs(theta[i]));
        assert_int_equal(fit.n_free, n_lengths > 1 ? 7 : 6);
        const double n = (double)points.n, k = fit.n_free + 1; // what is not fitted costs nothing
        assert_close(fit.aicc,
                     2 * n * log(fit.rms_log_residual) + 2 * k + 2 * k * (k + 1) / (n - k - 1),
                     1e-9);
        assert_int_equal(fit.status, FIT_OK);
        bool said = false;
        for (int i = 0; i < fit.n_notes; i++) said |= strstr(fit.notes[i], "e stays at 0") != NULL;
        assert_true(said == (n_lengths == 1));
    }
}

/* A dense model of the effective size has the loss of the experts. */
static void test_clark_effective_size(void **state) {
    (void)state;
    for (double experts = 1; experts < 1000; experts *= 4) {
        const Point p = {.params_active = 3e8, .tokens = 1e10, .experts = experts};
        const Point dense = {.params = exp(LAW_MOE_CLARK.ln_effective(S_BASE, &p)), .tokens = 1e10};
        assert_close(law_loss(&LAW_MOE_CLARK, S_BASE, &dense), law_loss(&LAW_MOE_CLARK, S_BASE, &p),
                     1e-12);
        assert_true(experts > 1 ? dense.params > 3e8 : fabs(dense.params / 3e8 - 1) < 1e-9);
    }
}

/* Published: Krajewski et al. 2024, MoE. */
static void test_granularity_is_recovered(void **state) {
    const double theta[] = {log(0.47), log(18.1), 0.115, log(2.1), 0.58, log(30.8), 0.147};
    Points points = planted_experts(*state, &LAW_MOE_GRANULARITY, theta, 4);
    const Fit fit = fit_of_experts(*state, &LAW_MOE_GRANULARITY, &points);
    for (int i = 0; i < 7; i++)
        assert_close(fit.params[i].value, law_param(&LAW_MOE_GRANULARITY, theta, i), 1e-3);
    assert_int_equal(fit.status, FIT_OK);
    points.rows[3].experts = 32;
    const Fit mixed = fit_of_experts(*state, &LAW_MOE_GRANULARITY, &points);
    bool said = false;
    for (int i = 0; i < mixed.n_notes; i++) said |= strstr(mixed.notes[i], "top_k differs") != NULL;
    assert_true(said);
}

static const char *refusal(Arena *arena, const Law *law, const Points *points) {
    FitOptions o = fit_options_default();
    o.law = law->name;
    o.resamples = 0;
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(arena, points, NULL, &o, &fit, &err), E_FAILED);
    return arena_strdup(arena, err.message);
}

static void assert_has(const char *message, const char *part) {
    if (!strstr(message, part)) fail_msg("'%s' does not say '%s'", message, part);
}

static void test_missing_columns_are_named(void **state) {
    Points points = planted_experts(*state, &LAW_MOE_CLARK, S_BASE, 1);
    points.rows[9].params_active = NAN, points.rows[9].line = 11;
    assert_has(refusal(*state, &LAW_MOE_CLARK, &points),
               "moe-clark needs the column 'params_active', which line 11 with its experts lacks");
    points.rows[7].granularity = NAN, points.rows[7].line = 9;
    for (size_t i = 0; i < points.n; i++) points.rows[i].tokens = 1e9 * (double)(i + 1);
    assert_has(refusal(*state, &LAW_MOE_GRANULARITY, &points),
               "moe-granularity needs the column 'granularity', which line 9");
    const Points dense = planted_points(*state, &SURFACES[3]); // no experts is one expert
    assert_has(refusal(*state, &LAW_MOE_CLARK, &dense),
               "at least 4 different values of experts / top_k, here is 1");
    assert_has(refusal(*state, &LAW_MOE_GRANULARITY, &dense),
               "at least 3 different values of granularity, here is 1");
}

static void test_names(void **state) {
    (void)state;
    assert_null(law_find("chinchila"));
    assert_string_equal(law_nearest("chinchila"), "chinchilla");
    assert_string_equal(estimator_nearest("huber_log"), "huber-log");
    assert_string_equal(law_find("power-offset")->x, "flops");
    assert_int_equal(law_param_index(law_find("chinchilla"), "beta"), 4);
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < 1000; i++)
            assert_true(kronecker_unit(i, d) >= 0 && kronecker_unit(i, d) < 1);
}

/* What --help says can be asked for is what there is, and no place is left open. */
static void test_help_lists_every_law(void **state) {
    char word[64];
    const FieldTable *told = fit_fields(*state);
    const char *help = field_find(told, "law")->help, *of_one = field_find(told, "x")->help;
    for (size_t i = 0; LAWS[i]; i++) {
        snprintf(word, sizeof word, " %s,", LAWS[i]->name);
        if (strncmp(help, word + 1, strlen(word + 1)) != 0) assert_has(help, word);
        if (*LAWS[i]->x) assert_has(of_one, LAWS[i]->name);
        for (size_t k = 0; LAWS[i]->hows && LAWS[i]->hows[k]; k++)
            assert_has(field_find(told, "optimum")->help, LAWS[i]->hows[k]);
    }
    for (const Estimator *e = ESTIMATORS; e->name; e++)
        assert_has(field_find(told, "estimator")->help, e->name);
    for (const BootstrapKind *k = BOOTSTRAPS; k->name; k++)
        assert_has(field_find(told, "bootstrap")->help, k->about);
    for (size_t i = 0; i < told->n; i++) assert_null(strstr(told->rows[i].help, "%s"));
}

static double rosenbrock(const double *x, double *g, const void *data) {
    (void)data;
    const double u = x[1] - x[0] * x[0], v = 1 - x[0];
    if (g) g[0] = -400 * x[0] * u - 2 * v, g[1] = 200 * u;
    return 100 * u * u + v * v;
}

static void test_equal_bounds_keep_a_variable(void **state) {
    (void)state;
    const double lo[] = {0.5, -5}, hi[] = {0.5, 5};
    double x[] = {0.5, 3};
    const Minimum m = minimise(rosenbrock, NULL, 2, lo, hi, 1e-10, x);
    assert_int_equal(m.stop, STOP_GRADIENT);
    assert_near(x[0], 0.5, 0);
    assert_near(x[1], 0.25, 1e-9);
}

static void test_minimise(void **state) {
    (void)state;
    const double lo[] = {-5, -5}, hi[] = {5, 5}, tight[] = {0.5, 5};
    double x[] = {-1.2, 1};
    Minimum m = minimise(rosenbrock, NULL, 2, lo, hi, 1e-10, x);
    assert_int_equal(m.stop, STOP_GRADIENT);
    assert_near(x[0], 1, 1e-9);
    assert_near(x[1], 1, 1e-9);
    double y[] = {-1.2, 1};
    m = minimise(rosenbrock, NULL, 2, lo, tight, 1e-10, y);
    assert_int_equal(m.stop, STOP_GRADIENT);
    assert_near(y[0], 0.5, 1e-9);
    assert_near(y[1], 0.25, 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_planted_surfaces_are_recovered), TEST(test_clark_is_recovered),
        TEST(test_clark_effective_size),           TEST(test_granularity_is_recovered),
        TEST(test_missing_columns_are_named),      TEST(test_names),
        TEST(test_help_lists_every_law),           TEST(test_minimise),
        TEST(test_equal_bounds_keep_a_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
