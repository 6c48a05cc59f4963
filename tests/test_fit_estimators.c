/* test_fit_estimators.c: every estimator finds what was planted and says so only at a minimum;
 * least squares within bounds against every set of held coefficients; least absolute deviations
 * against every vertex; a published failure, staged and named. */
#include <stdlib.h>
#include <string.h>

#include "tests/planted.h"

#include "analysis/fit/bounded.h"
#include "analysis/fit/descent.h"
#include "analysis/fit/problem_of.h"

static const Planted SURFACES[] = {
    {{1.8172, 482.01, 0.3478, 2085.43, 0.3658}, 4e7, 1e10, 1e9, 1e12, 8, 8, 0, 0}, // Besiroglu
    {{1.6934, 406.4, 0.3392, 410.7, 0.2849}, 4e7, 1e10, 1e9, 1e12, 8, 8, 0, 0},    // Hoffmann
    {{1.5, 3000, 0.46, 60, 0.15}, 4e7, 1e10, 1e9, 1e12, 8, 8, 0, 0},               // lopsided
    {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 2e5, 1e5, 4e6, 6, 5, 0, 0},              // bytes
    {{1.8, 300, 0.34, 500, 0.34}, 1e6, 1e9, 1e8, 1e11, 6, 6, 0, 0},                // alpha = beta
};

static Problem problem(Arena *arena, const Points *points, const FitOptions *o) {
    Problem p;
    Err err = {0};
    if (problem_of(arena, points, o, &p, &err) != OK) fail_msg("%s", err.message);
    return p;
}

static FitOptions by(const char *law, const char *estimator) {
    FitOptions o = fit_options_default();
    o.law = law;
    o.estimator = estimator;
    o.resamples = 0;
    return o;
}

/* ---- what was planted is found
 * -------------------------------------------------------------------------------------- */

static void assert_recovered(Arena *arena, const Points *points, const FitOptions *o,
                             const double *theta) {
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, NULL, o, &fit, &err) != OK) fail_msg("%s", err.message);
    for (int i = 0; i < fit.law->n_params; i++)
        assert_close(fit.params[i].value, law_param(fit.law, theta, i), 1e-4);
    assert_int_equal(fit.stop, STOP_GRADIENT);
    assert_int_equal(fit.status, FIT_OK);
    assert_true(2 * fit.n_best > fit.n_starts);
}

static void test_five_surfaces_by_every_estimator(void **state) {
    for (const Estimator *e = ESTIMATORS; e->name; e++)
        for (size_t k = 0; k < COUNT_OF(SURFACES); k++) {
            const Surface *s = &SURFACES[k].surface;
            const double theta[] = {log(s->E), log(s->A), s->alpha, log(s->B), s->beta};
            const Points points = planted_points(*state, &SURFACES[k]);
            const FitOptions o = by("chinchilla", e->name);
            assert_recovered(*state, &points, &o, theta);
        }
}

/* A law's own losses in place of the rows'. */
static Points with_losses_of(Arena *arena, const Law *law, const double *theta) {
    Points points = planted_points(arena, &SURFACES[3]);
    for (size_t i = 0; i < points.n; i++)
        points.rows[i].loss = law_loss(law, theta, &points.rows[i]);
    return points;
}

static void test_other_laws_by_every_estimator_that_claims_them(void **state) {
    static const struct {
        const char *law;
        double theta[LAW_MAX_PARAMS];
    } CASES[] = {
        {"power-offset", {0.1, 3, 0.21}},
        {"chinchilla-tied", {-0.1, 2.9, 4.2, 0.31}},
    };
    for (size_t k = 0; k < COUNT_OF(CASES); k++) {
        const Law *law = law_find(CASES[k].law);
        assert_non_null(law);
        const Points points = with_losses_of(*state, law, CASES[k].theta);
        for (const Estimator *e = ESTIMATORS; e->name; e++) {
            const FitOptions o = by(law->name, e->name);
            assert_recovered(*state, &points, &o, CASES[k].theta);
        }
    }
}

static void test_vpnls_refuses_what_it_cannot(void **state) {
    const Points points = planted_points(*state, &SURFACES[0]);
    FitOptions o = by("moe-granularity", "vpnls");
    Problem p;
    Err err = {0};
    assert_int_equal(problem_of(*state, &points, &o, &p, &err), E_USAGE);
    assert_non_null(strstr(err.message, "vpnls cannot fit moe-granularity"));
    assert_non_null(strstr(err.message, "huber-log, lad-log, l2-log or l2-raw"));
}

/* Steps in every direction and of every size lower no objective. */
static void assert_minimum(const Problem *p, const Estimate *e) {
    const Stream s = stream_open(7, "steps", 0);
    const int n = p->law->n_params;
    uint64_t k = 0;
    for (int t = 0; t < 1000; t++) {
        const double size = pow(10, -1 - 7 * stream_uniform(&s, k++));
        double z[LAW_MAX_PARAMS], theta[LAW_MAX_PARAMS];
        for (int i = 0; i < n; i++) {
            z[i] = problem_centred(p, e->theta, i) + size * stream_normal(&s, k++);
            z[i] = fmin(fmax(z[i], p->lo[i]), p->hi[i]);
        }
        problem_theta(p, z, theta);
        assert_true(problem_objective(p, theta, NULL) >= e->objective * (1 - 1e-9));
    }
}

/* Nine points, twins, hardly a floor, 5 % noise, an outlier. */
static void test_awkward_points(void **state) {
    Planted plans[] = {
        {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 2e5, 1e5, 4e6, 3, 3, 0.005, 5},
        {{1.8, 300, 0.34, 500, 0.34}, 1e6, 1e9, 1e8, 1e11, 6, 6, 0.005, 6},
        {{0.05, 20, 0.25, 90, 0.4}, 1e4, 1e6, 1e5, 1e7, 6, 6, 0.005, 7},
        {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 2e5, 1e5, 4e6, 6, 5, 0.05, 8},
    };
    for (size_t k = 0; k < COUNT_OF(plans); k++) {
        Points points = planted_points(*state, &plans[k]);
        points.rows[4].loss *= 1.05;
        for (const Estimator *e = ESTIMATORS; e->name; e++) {
            const FitOptions o = by("chinchilla", e->name);
            const Problem p = problem(*state, &points, &o);
            const Estimate best = estimate_best(*state, &p, 12);
            assert_true(estimate_converged(&best));
            assert_true(2 * best.n_best > best.n_starts);
            assert_minimum(&p, &best);
        }
    }
}

static void test_vpnls_is_l2_raw_by_another_way(void **state) {
    Planted plan = SURFACES[1];
    plan.noise = 0.01;
    const Points points = planted_points(*state, &plan);
    static const char *const LIMITS[] = {NULL, "alpha=0.3:0.32", "A=100:200,E=1.8:", "E=1e-3:1.2"};
    for (size_t k = 0; k < COUNT_OF(LIMITS); k++)
        for (int fixed = 0; fixed < 2; fixed++) {
            FitOptions o = by("chinchilla", "vpnls");
            o.bound = LIMITS[k];
            o.fix = fixed ? "B=400" : NULL;
            const Problem projected = problem(*state, &points, &o);
            o.estimator = "l2-raw";
            const Problem whole = problem(*state, &points, &o);
            const Estimate a = estimate_best(*state, &projected, 12);
            const Estimate b = estimate_best(*state, &whole, 12);
            assert_true(estimate_converged(&a) && estimate_converged(&b));
            assert_close(a.objective, b.objective, 1e-9);
            for (int i = 0; i < 5; i++) {
                assert_near(a.theta[i], b.theta[i], 1e-5);
                assert_int_equal(a.at_bound[i], b.at_bound[i]);
            }
        }
}

/* ---- derivatives
 * ------------------------------------------------------------------------------------------------
 */

static void test_penalties_derive(void **state) {
    (void)state;
    for (const Estimator *e = ESTIMATORS; e->name; e++)
        for (double r = -0.0305; r < 0.03; r += 0.001) {
            const double h = 1e-7, delta = 0.01;
            double slope, bend, up, down, ignored;
            e->penalty(r, delta, &slope, &bend);
            const double above = e->penalty(r + h, delta, &up, &ignored);
            const double below = e->penalty(r - h, delta, &down, &ignored);
            assert_near((above - below) / (2 * h), slope, 1e-6);
            assert_near((up - down) / (2 * h), bend, 1e-6);
        }
}

/* Against differences of the gradient, where no residual is at a kink of the penalty. */
static void test_second_derivatives(void **state) {
    Planted plan = SURFACES[3];
    plan.noise = 0.005;
    const Points points = planted_points(*state, &plan);
    for (const Estimator *e = ESTIMATORS; e->name; e++) {
        if (!e->smooth) continue;
        FitOptions o = by("chinchilla", e->name);
        o.delta = 3e-3;
        const Problem p = problem(*state, &points, &o);
        const Descent d = descent_of(&p);
        const double theta[] = {log(0.91), log(19.3), 0.301, log(83), 0.352};
        double z[5], up[5], down[5];
        Curvature c;
        for (int i = 0; i < 5; i++) z[i] = problem_centred(&p, theta, i);
        d.curvature(z, &c, &p);
        for (int j = 0; j < 5; j++) {
            const double keep = z[j], h = 1e-8;
            z[j] = keep + h;
            d.f(z, up, &p);
            z[j] = keep - h;
            d.f(z, down, &p);
            z[j] = keep;
            assert_true(c.typical[j] > 0);
            for (int i = j; i < 5; i++)
                assert_near(c.h[i][j], (up[i] - down[i]) / (2 * h), 1e-3 * c.typical[j] + 1e-3);
        }
    }
}

/* ---- least squares within bounds
 * ------------------------------------------------------------------------------------ */

enum { COLUMNS = 3, ROWS = 90 };

static double sum_of_squares(double (*rows)[COLUMNS + 1], const double *c) {
    double sum = 0;
    for (int i = 0; i < ROWS; i++) {
        double r = rows[i][COLUMNS];
        for (int j = 0; j < COLUMNS; j++) r -= rows[i][j] * c[j];
        sum += r * r;
    }
    return sum;
}

/* Coefficients held as `held` says (0 free, 1 low, 2 high), by normal equations and Cramer's rule.
 */
static bool solve_held(double (*rows)[COLUMNS + 1], const int *held, const double *lo,
                       const double *hi, double *c) {
    double a[COLUMNS][COLUMNS + 1] = {{0}};
    for (int j = 0; j < COLUMNS; j++) c[j] = held[j] == 1 ? lo[j] : held[j] == 2 ? hi[j] : 0;
    for (int j = 0; j < COLUMNS; j++) {
        a[j][j] = held[j] > 0;
        for (int i = 0; i < ROWS && !held[j]; i++) {
            double b = rows[i][COLUMNS];
            for (int k = 0; k < COLUMNS; k++) {
                if (held[k] == 0) a[j][k] += rows[i][j] * rows[i][k];
                b -= rows[i][k] * c[k];
            }
            a[j][COLUMNS] += rows[i][j] * b;
        }
    }
    const double det = a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
                       a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
                       a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
    for (int j = 0; j < COLUMNS; j++) {
        double m[3][3];
        for (int i = 0; i < 9; i++) m[i / 3][i % 3] = i % 3 == j ? a[i / 3][3] : a[i / 3][i % 3];
        const double top = m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) -
                           m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
                           m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
        if (held[j] == 0) c[j] = top / det;
        if (!(c[j] >= lo[j] && c[j] <= hi[j])) return false;
    }
    return true;
}

static void test_bounded_least_squares(void **state) {
    (void)state;
    const Stream s = stream_open(3, "bounded", 0);
    uint64_t k = 0;
    int at_bound = 0;
    for (int round = 0; round < 300; round++) {
        double rows[ROWS][COLUMNS + 1], lo[COLUMNS], hi[COLUMNS], c[COLUMNS], best = INFINITY;
        for (int i = 0; i < ROWS * (COLUMNS + 1); i++)
            rows[i / (COLUMNS + 1)][i % (COLUMNS + 1)] =
                stream_normal(&s, k++) + 2 * (i % (COLUMNS + 1) < 2) + 1; // two columns much alike
        for (int j = 0; j < COLUMNS; j++) {
            lo[j] = 0.2 * stream_normal(&s, k++);
            hi[j] = lo[j] + (round % 3 ? 0.5 * stream_uniform(&s, k++) : 1e9);
        }
        if (round % 5 == 0) hi[1] = lo[1];
        BoundedTriangle t = {.n = COLUMNS};
        for (int i = 0; i < ROWS; i++) bounded_add_row(&t, rows[i], 1);
        bounded_least_squares(&t, lo, hi, c);
        for (int set = 0; set < 27; set++) {
            double held[COLUMNS];
            if (solve_held(rows, (int[]){set % 3, set / 3 % 3, set / 9}, lo, hi, held))
                best = fmin(best, sum_of_squares(rows, held));
        }
        assert_close(sum_of_squares(rows, c), best, 1e-12);
        for (int j = 0; j < COLUMNS; j++) {
            assert_true(c[j] >= lo[j] && c[j] <= hi[j]);
            at_bound += c[j] == lo[j] || c[j] == hi[j];
        }
    }
    assert_true(at_bound > 200 && at_bound < 800);
}

static void test_dependent_columns_are_solved(void **state) {
    (void)state;
    const double lo[] = {0, 0}, hi[] = {10, 10};
    BoundedTriangle t = {.n = 2};
    for (int i = 1; i < 200; i++) bounded_add_row(&t, (double[]){i, 2 * i, 3 * i}, 2);
    double c[2];
    bounded_least_squares(&t, lo, hi, c);
    assert_near(c[0] + 2 * c[1], 3, 1e-12);
}

/* ---- least absolute deviations
 * -------------------------------------------------------------------------------------- */

/* A power law is a line in ln x: the best line goes through two of the points. */
static void test_lad_is_the_best_vertex(void **state) {
    const Stream s = stream_open(11, "lad", 0);
    for (uint64_t round = 0; round < 12; round++) {
        Planted plan = SURFACES[3];
        plan.noise = 0.05;
        plan.seed = round;
        Points points = planted_points(*state, &plan);
        points.rows[round].loss *= 1.5;
        for (size_t i = 0; i < points.n; i++)
            points.rows[i].weight = 1 + floor(3 * stream_uniform(&s, round * 100 + i));
        const FitOptions o = by("power", "lad-log");
        const Problem p = problem(*state, &points, &o);
        const Estimate e = estimate_best(*state, &p, 8);
        double best = INFINITY;
        for (size_t i = 0; i < points.n; i++)
            for (size_t j = 0; j < i; j++) {
                const double *x = p.data.x, *y = p.data.ln_loss;
                if (x[i] == x[j]) continue;
                const double slope = (y[i] - y[j]) / (x[i] - x[j]);
                double sum = 0;
                for (size_t k = 0; k < points.n; k++)
                    sum += points.rows[k].weight * fabs(y[i] + slope * (x[k] - x[i]) - y[k]);
                best = fmin(best, sum);
            }
        assert_close(e.objective, best, 1e-9);
        assert_true(estimate_converged(&e));
        assert_int_equal(e.n_best, e.n_starts);
    }
}

/* ---- a published failure
 * ---------------------------------------------------------------------------------------------- */

static void test_averaged_and_loose_is_named(void **state) {
    const Planted plan = {SURFACES[0].surface, 4e7, 1e10, 1e9, 1e12, 16, 15, 0.004, 1};
    const Points points = planted_points(*state, &plan);
    FitOptions o = by("chinchilla", "huber-log");
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &points, NULL, &o, &fit, &err), OK);
    assert_int_equal(fit.status, FIT_OK);
    assert_near(fit.params[2].value, plan.surface.alpha, 0.01);
    assert_near(fit.params[4].value, plan.surface.beta, 0.01);

    o.average = true; // alone it does nothing to a fit that goes on to the minimum
    Fit mean;
    assert_int_equal(fit_points(*state, &points, NULL, &o, &mean, &err), OK);
    assert_int_equal(mean.status, FIT_OK);
    assert_close(mean.objective * 240, fit.objective, 1e-9);
    assert_near(mean.theta[2], fit.theta[2], 1e-9);

    o.tolerance = 1e-5;
    Fit loose;
    assert_int_equal(fit_points(*state, &points, NULL, &o, &loose, &err), OK);
    assert_int_equal(loose.status, FIT_NO_CONVERGENCE);
    assert_int_equal(loose.stop, STOP_TOLERANCE);
    assert_true(fabs(loose.theta[2] - fit.theta[2]) > 0.03);
    assert_true(fabs(loose.theta[4] - fit.theta[4]) > 0.03);
    assert_non_null(strstr(loose.notes[0], "averaged over 240 rows"));
    assert_non_null(strstr(loose.notes[0], "Besiroglu et al. 2024"));
    char says[64];
    snprintf(says, sizeof says, "alpha is %.4g where the minimum has %.4g", loose.params[2].value,
             fit.params[2].value);
    assert_non_null(strstr(loose.notes[0], says));

    o.estimator = "vpnls";
    assert_int_equal(fit_points(*state, &points, NULL, &o, &loose, &err), E_USAGE);
    assert_non_null(strstr(err.message, "--average stages a failure"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_five_surfaces_by_every_estimator),
        TEST(test_other_laws_by_every_estimator_that_claims_them),
        TEST(test_vpnls_refuses_what_it_cannot),
        TEST(test_awkward_points),
        TEST(test_vpnls_is_l2_raw_by_another_way),
        TEST(test_penalties_derive),
        TEST(test_second_derivatives),
        TEST(test_bounded_least_squares),
        TEST(test_dependent_columns_are_solved),
        TEST(test_lad_is_the_best_vertex),
        TEST(test_averaged_and_loose_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
