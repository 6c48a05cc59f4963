/* test_analysis_laws.c: gradients against differences, planted surfaces found again, frontiers
 * against a search, and the minimiser on functions with known minima. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/estimate.h"

static void random_theta(const Law *law, uint64_t k, double *theta) {
    const Stream s = stream_open(k, "theta", 0);
    for (int i = 0; i < law->n_params; i++) {
        const bool exponent = strlen(law->params[i].name) > 1;
        theta[i] = exponent ? 0.1 + 0.7 * stream_uniform(&s, (uint64_t)i)
                            : -1 + 3 * stream_uniform(&s, (uint64_t)i);
    }
}

static double gradient_error(const Law *law, const double *theta, const Point *p) {
    double g[LAW_MAX_PARAMS], y[LAW_MAX_PARAMS], worst = 0;
    law->log_loss(theta, p, g);
    for (int i = 0; i < law->n_params; i++) {
        const double h = 1e-6;
        memcpy(y, theta, sizeof y);
        y[i] = theta[i] + h;
        const double up = law->log_loss(y, p, NULL);
        y[i] = theta[i] - h;
        const double difference = (up - law->log_loss(y, p, NULL)) / (2 * h);
        worst = fmax(worst, fabs(g[i] - difference) / fmax(1, fabs(difference)));
    }
    return worst;
}

static void test_gradients(void **state) {
    (void)state;
    for (size_t l = 0; LAWS[l]; l++)
        for (uint64_t k = 0; k < 20; k++) {
            double theta[LAW_MAX_PARAMS] = {0};
            const Point p = {.params = 30 * (double)(k + 1), .tokens = 50, .flops = 400, .loss = 1};
            random_theta(LAWS[l], k, theta);
            assert_near(gradient_error(LAWS[l], theta, &p), 0, 1e-8);
        }
}

static double wrong_sign(const double *theta, const Point *p, double *gradient) {
    const double value = LAW_CHINCHILLA.log_loss(theta, p, gradient);
    if (gradient) gradient[4] = -gradient[4];
    return value;
}

static void test_a_wrong_gradient_is_seen(void **state) {
    (void)state;
    Law wrong = LAW_CHINCHILLA;
    wrong.log_loss = wrong_sign;
    double theta[LAW_MAX_PARAMS] = {0};
    random_theta(&wrong, 1, theta);
    assert_true(gradient_error(&wrong, theta, &(Point){.params = 30, .tokens = 50}) > 1e-3);
}

static void test_objective_gradient(void **state) {
    Arena *arena = *state;
    const Planted plan = {{0.9, 19, 0.3, 84, 0.35}, 1e4, 2e5, 1e5, 4e6, 4, 4, 0.003, 1};
    const Points points = planted_points(arena, &plan);
    for (const Estimator *e = ESTIMATORS; e->name; e++) {
        const Problem p = problem_of(&LAW_CHINCHILLA, e, 1e-3, &points);
        double theta[] = {log(0.91), log(19.3), 0.301, log(83), 0.352}, g[5], ignored[5];
        problem_objective(&p, theta, g);
        for (int i = 0; i < 5; i++) {
            const double keep = theta[i], h = 1e-8;
            theta[i] = keep + h;
            const double up = problem_objective(&p, theta, ignored);
            theta[i] = keep - h;
            const double down = problem_objective(&p, theta, NULL);
            theta[i] = keep;
            assert_near((up - down) / (2 * h), g[i], 1e-5 * (fabs(g[i]) + 0.01));
        }
    }
}

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
        assert_close(fit.a.value, s->beta / (s->alpha + s->beta), 1e-4);
    }
}

static void test_power_offset_is_recovered(void **state) {
    Arena *arena = *state;
    const char *const variables[] = {"flops", "params", "tokens"};
    FitOptions o = fit_options_default();
    o.law = "power-offset";
    o.resamples = 0;
    for (size_t k = 0; k < COUNT_OF(variables); k++) {
        Points points = planted_points(arena, &SURFACES[3]);
        const Law *law = law_find_x("power-offset", o.x = variables[k]);
        assert_string_equal(law->x, variables[k]);
        for (size_t i = 0; i < points.n; i++)
            points.rows[i].loss = 1.1 + exp(3 - 0.21 * law->params[1].ln_x(&points.rows[i]));
        Fit fit;
        Err err = {0};
        assert_int_equal(fit_points(arena, &points, NULL, &o, &fit, &err), OK);
        assert_close(fit.params[0].value, 1.1, 1e-4);
        assert_close(fit.params[1].value, exp(3), 1e-4);
        assert_close(fit.params[2].value, 0.21, 1e-4);
    }
}

/* The closed form against a fine search over N at fixed C = kappa N^q D. */
static void test_frontier(void **state) {
    (void)state;
    const double theta[] = {log(1.8172), log(482.01), 0.3478, log(2085.43), 0.3658};
    const double costs[][2] = {{6, 1}, {11, 0.93}, {2, 1.1}};
    for (size_t k = 0; k < COUNT_OF(costs); k++) {
        const double kappa = costs[k][0], q = costs[k][1], c = 1e20;
        const Frontier f = LAW_CHINCHILLA.frontier(theta, kappa, q);
        double best = INFINITY, at = 0;
        for (double ln_n = 15; ln_n < 30; ln_n += 1e-4) {
            const Point p = {.params = exp(ln_n), .tokens = c / (kappa * exp(q * ln_n))};
            const double loss = law_loss(&LAW_CHINCHILLA, theta, &p);
            if (loss < best) best = loss, at = ln_n;
        }
        assert_near(f.ln_n0 + f.a * log(c), at, 2e-4);
        assert_close(f.E + exp(f.ln_K - f.eta * log(c)), best, 1e-9);
        assert_close(kappa * exp(q * (f.ln_n0 + f.a * log(c)) + f.ln_d0 + f.b * log(c)), c, 1e-9);
    }
}

static void test_names(void **state) {
    (void)state;
    assert_null(law_find("chinchila"));
    assert_string_equal(law_nearest("chinchila"), "chinchilla");
    assert_string_equal(estimator_nearest("huber_log"), "huber-log");
    assert_string_equal(law_find("power-offset")->x, "flops");
    assert_int_equal(law_param_index(law_find("chinchilla"), "beta"), 4);
    for (int d = 0; d < 3; d++)
        for (int i = 0; i < 1000; i++) assert_true(law_unit(i, d) >= 0 && law_unit(i, d) < 1);
}

static double rosenbrock(const double *x, double *g, const void *data) {
    (void)data;
    const double u = x[1] - x[0] * x[0], v = 1 - x[0];
    if (g) g[0] = -400 * x[0] * u - 2 * v, g[1] = 200 * u;
    return 100 * u * u + v * v;
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
        TEST(test_gradients),
        TEST(test_a_wrong_gradient_is_seen),
        TEST(test_objective_gradient),
        TEST(test_planted_surfaces_are_recovered),
        TEST(test_power_offset_is_recovered),
        TEST(test_frontier),
        TEST(test_names),
        TEST(test_minimise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
