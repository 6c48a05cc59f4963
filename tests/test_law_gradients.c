/* test_law_gradients.c: every law's analytic gradient against central differences, in theta and in
 * the centred variables that the minimiser moves, all over the law's bounds; and nothing that is
 * not finite, however far out. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/fit/problem_of.h"

/* The law on the grid of planted_by_law, whose middle and range its bounds refer to. */
static Problem problem_for(Arena *arena, const Law *law) {
    const double flat[LAW_MAX_PARAMS] = {0};
    Points *points = ARENA_NEW(arena, Points);
    *points = planted_by_law(arena, &LAW_POWER_FLOPS, flat);
    for (size_t i = 0; i < points->n; i++) points->rows[i].loss = 2 + 0.01 * (double)(i % 7);
    FitOptions o = fit_options_default();
    o.law = law->name;
    o.x = *law->x ? law->x : o.x;
    Problem p;
    Err err = {0};
    if (problem_of(arena, points, &o, &p, &err) != OK) fail_msg("%s", err.message);
    assert_ptr_equal(p.law, law);
    return p;
}

/* Anywhere within the bounds; or, the law's exponents being moderate, a part of them. */
static void random_z(const Problem *p, uint64_t k, bool moderate, double *z) {
    const Stream s = stream_open(k, "theta", 0);
    for (int i = 0; i < p->law->n_params; i++) {
        const LawParam *row = &p->law->params[i];
        double lo = p->lo[i], hi = p->hi[i];
        if (moderate && (row->ln_x || (row->linear && row->logged)))
            lo = -3, hi = 2;
        else if (moderate && lo == 0.01)
            lo = 0.1, hi = 1.2;
        else if (moderate && row->logged)
            lo = fmax(lo, hi - 8);
        z[i] = lo + (hi - lo) * stream_uniform(&s, (uint64_t)i);
    }
}

static double gradient_error(const Law *law, const double *theta, const double *x) {
    double g[LAW_MAX_PARAMS], y[LAW_MAX_PARAMS], worst = 0;
    law->log_loss(theta, x, g);
    for (int i = 0; i < law->n_params; i++) {
        const double h = 3e-6;
        memcpy(y, theta, sizeof(double) * law->n_params);
        y[i] = theta[i] + h;
        const double up = law->log_loss(y, x, NULL);
        y[i] = theta[i] - h;
        const double difference = (up - law->log_loss(y, x, NULL)) / (2 * h);
        worst = fmax(worst, fabs(g[i] - difference) / fmax(1, fabs(difference)));
    }
    return worst;
}

#define EACH_LAW(law)                                                                              \
    for (const Law *const *each = LAWS, *law; (law = *each); each++)                               \
        if (law->log_loss)

static void test_gradients(void **state) {
    EACH_LAW(law) {
        const Problem p = problem_for(*state, law);
        for (uint64_t k = 0; k < 200; k++) {
            double z[LAW_MAX_PARAMS], theta[LAW_MAX_PARAMS];
            random_z(&p, k, true, z);
            problem_theta(&p, z, theta);
            const double *x = p.data.x + 7 * k % p.data.n * (size_t)p.data.n_x;
            const double error = gradient_error(law, theta, x);
            if (!(error < 1e-6)) fail_msg("%s: gradient is off by %.2g", law->name, error);
        }
    }
}

static double wrong_sign(const double *theta, const double *x, double *gradient) {
    const double value = LAW_CHINCHILLA.log_loss(theta, x, gradient);
    if (gradient) gradient[4] = -gradient[4];
    return value;
}

static void test_a_wrong_gradient_is_seen(void **state) {
    Law wrong = LAW_CHINCHILLA;
    wrong.log_loss = wrong_sign;
    const Problem p = problem_for(*state, &LAW_CHINCHILLA);
    double z[LAW_MAX_PARAMS], theta[LAW_MAX_PARAMS];
    random_z(&p, 1, true, z);
    problem_theta(&p, z, theta);
    assert_true(gradient_error(&wrong, theta, p.data.x) > 1e-3);
}

/* The objective as the minimiser sees it. */
static void test_gradients_in_centred_variables(void **state) {
    EACH_LAW(law) {
        const Problem p = problem_for(*state, law);
        for (uint64_t k = 0; k < 10; k++) {
            double z[LAW_MAX_PARAMS], theta[LAW_MAX_PARAMS], g[LAW_MAX_PARAMS];
            random_z(&p, k, true, z);
            problem_theta(&p, z, theta);
            problem_objective(&p, theta, g);
            problem_gradient_to_z(&p, theta, g);
            for (int i = 0; i < law->n_params; i++) {
                const double keep = z[i], h = 1e-6;
                assert_near(problem_centred(&p, theta, i), keep, 1e-9 * (1 + fabs(theta[i])));
                z[i] = keep + h;
                problem_theta(&p, z, theta);
                const double up = problem_objective(&p, theta, NULL);
                z[i] = keep - h;
                problem_theta(&p, z, theta);
                const double difference = (up - problem_objective(&p, theta, NULL)) / (2 * h);
                problem_theta(&p, (z[i] = keep, z), theta);
                if (!(fabs(difference - g[i]) <= 1e-5 * (fabs(g[i]) + 0.01)))
                    fail_msg("%s, %s: %.9g, not %.9g", law->name, law->params[i].name, g[i],
                             difference);
            }
        }
    }
}

static void test_everything_is_finite(void **state) {
    EACH_LAW(law) {
        const Problem p = problem_for(*state, law);
        for (uint64_t k = 0; k < 2000; k++) {
            double z[LAW_MAX_PARAMS], theta[LAW_MAX_PARAMS], g[LAW_MAX_PARAMS];
            const Stream s = stream_open(k, "x", 0);
            double x[LAW_MAX_VARIABLES];
            for (int v = 0; v < p.data.n_x; v++)
                x[v] = k % 2 ? p.data.x[v] : 75 * stream_uniform(&s, (uint64_t)v); // to 1e32
            random_z(&p, k, false, z);
            for (int i = 0; i < law->n_params; i++) // corners too
                if (stream_below(&s, 10 + (uint64_t)i, 4) == 0) z[i] = k % 3 ? p.lo[i] : p.hi[i];
            problem_theta(&p, z, theta);
            const double value = law->log_loss(theta, x, g);
            bool finite = isfinite(value);
            for (int i = 0; i < law->n_params; i++) finite = finite && isfinite(g[i]);
            if (!finite) fail_msg("%s: not finite at draw %d", law->name, (int)k);
        }
    }
}

static void test_starts_are_within_reach(void **state) {
    EACH_LAW(law) {
        const Problem p = problem_for(*state, law);
        for (int i = 0; i < 200; i++) {
            double theta[LAW_MAX_PARAMS] = {0};
            law->start(&p.data, i, theta);
            for (int k = 0; k < law->n_params; k++) {
                const double z = problem_centred(&p, theta, k);
                if (!(z >= p.lo[k] && z <= p.hi[k]))
                    fail_msg("%s: start %d of %s is out of bounds", law->name, i,
                             law->params[k].name);
            }
        }
    }
}

static void test_objective_gradient(void **state) {
    Arena *arena = *state;
    const Planted plan = {{0.9, 19, 0.3, 84, 0.35}, 1e4, 2e5, 1e5, 4e6, 4, 4, 0.003, 1};
    const Points points = planted_points(arena, &plan);
    for (const Estimator *e = ESTIMATORS; e->name; e++) {
        FitOptions o = fit_options_default();
        o.estimator = e->name;
        Problem p;
        Err err = {0};
        assert_int_equal(problem_of(arena, &points, &o, &p, &err), OK);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_gradients),
        TEST(test_a_wrong_gradient_is_seen),
        TEST(test_gradients_in_centred_variables),
        TEST(test_everything_is_finite),
        TEST(test_starts_are_within_reach),
        TEST(test_objective_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
