/* test_fit_bootstrap.c: what each kind draws, what a fit takes out of its residuals, and how noise
 * is told apart. That intervals cover is for tests/coverage.sh; here is a small part of it. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/fit/bootstrap.h"
#include "analysis/simulate/coverage.h"
#include "analysis/fit/leverage.h"
#include "analysis/fit/noise.h"
#include "analysis/fit/problem_of.h"

#define SPEC                                                                                       \
    "law=chinchilla,E=0.9,A=18.97,alpha=.3,B=84.37,beta=.35,params=1e4:3e5:5,tokens=3e5:5e6:4,"    \
    "seeds=2,noise=0.003,trunk=0.005"

typedef struct {
    Simulation sim;
    Points points;
    Problem problem;
    Estimate at;
} Rig;

static Rig *rig(Arena *arena, const char *spec, uint64_t k, const char *estimator) {
    Rig *r = ARENA_NEW(arena, Rig);
    Err err = {0};
    FitOptions o = fit_options_default();
    o.estimator = estimator;
    if (simulation_read(arena, spec, &r->sim, &err) != OK) fail_msg("%s", err.message);
    r->points = simulation_points(arena, &r->sim, k);
    if (problem_of(arena, &r->points, &o, &r->problem, &err) != OK) fail_msg("%s", err.message);
    r->at = estimate_best(arena, &r->problem, 4);
    return r;
}

static BootstrapResample sample_of(Arena *arena, const Rig *r, const Leverage *l) {
    const size_t n = r->points.n;
    return (BootstrapResample){.whole = &r->problem,
                               .fitted = l->fitted,
                               .residual = l->r,
                               .weights = ARENA_ARRAY(arena, double, n),
                               .ln_loss = ARENA_ARRAY(arena, double, n),
                               .times = ARENA_ARRAY(arena, int, n)};
}

static void test_draws(void **state) {
    const Rig *r = rig(*state, SPEC, 0, "huber-log");
    const Leverage l = leverage_of(*state, &r->problem, r->at.theta);
    const size_t n = r->points.n;
    BootstrapResample s = sample_of(*state, r, &l);
    bootstrap_find("group")->draw(&s, 1, 0, 0);
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        assert_near(s.weights[i], s.weights[i - i % 4], 0); // a trunk's four rows together
        sum += s.weights[i];
    }
    assert_near(sum, (double)n, 0);
    bootstrap_find("row")->draw(&s, 1, 0, 0);
    int apart = 0;
    for (size_t i = 0; i < n; i++) apart += s.weights[i] != s.weights[i - i % 4];
    assert_true(apart > 0);

    bootstrap_find("wild")->draw(&s, 1, 0, 0);
    int turned = 0;
    for (size_t i = 0; i < n; i++) {
        const double times = (s.ln_loss[i] - l.fitted[i]) / l.r[i];
        const double of_trunk = (s.ln_loss[i - i % 4] - l.fitted[i - i % 4]) / l.r[i - i % 4];
        assert_near(times, of_trunk, 1e-6);
        assert_near(s.weights[i], 1, 0);
        turned += times < 0;
    }
    assert_true(turned > 0 && turned < (int)n);
}

/* Over many resamples the weights of the wild bootstrap have mean 0 and variance 1, and every draw
 * differs from the next. */
static void test_wild_weights(void **state) {
    for (int few = 0; few < 2; few++) { // few groups, and enough for signs
        const Rig *r = rig(*state, few ? SPEC : SPEC ",seed=2", 0, "huber-log");
        Points points = r->points;
        if (!few) points.n_groups = 40;
        for (size_t i = 0; i < points.n && !few; i++) points.rows[i].group = (int)i;
        Rig apart = *r;
        apart.problem.points = &points;
        const Leverage l = leverage_of(*state, &apart.problem, r->at.theta);
        BootstrapResample s = sample_of(*state, &apart, &l);
        enum { DRAWS = 4000 };
        double mean = 0, square = 0, fourth = 0;
        for (int d = 0; d < DRAWS; d++) {
            bootstrap_find("wild")->draw(&s, 7, d, 0);
            const double w = (s.ln_loss[5] - l.fitted[5]) / l.r[5];
            mean += w / DRAWS, square += w * w / DRAWS, fourth += w * w * w * w / DRAWS;
        }
        assert_near(mean, 0, 0.06);
        assert_near(square, 1, 0.03);
        assert_near(fourth, few ? 7.0 / 6 : 1, 0.05); // six points: (1.5^2 + 1 + .5^2) / 3
    }
}

/* What (I - Q_g Q_g') takes away, unfitting gives back: applied to its result it is r again. */
static void test_unfit(void **state) {
    const Rig *r = rig(*state, SPEC, 0, "huber-log");
    const Leverage l = leverage_of(*state, &r->problem, r->at.theta);
    const size_t n = r->points.n;
    assert_int_equal(l.k, 5);
    for (int c = 0; c < l.k; c++) {
        double with_r = 0;
        for (int d = 0; d < l.k; d++) {
            double dot = 0;
            for (size_t i = 0; i < n; i++) dot += l.q[i * 5 + c] * l.q[i * 5 + d];
            assert_near(dot, c == d, 1e-9);
        }
        for (size_t i = 0; i < n; i++) with_r += l.q[i * 5 + c] * l.r[i];
        assert_near(with_r, 0, 1e-12);
    }
    double *out = ARENA_ARRAY(*state, double, n);
    leverage_unfit(&l, &r->points, out);
    double grown = 0;
    for (size_t g = 0; g < n; g += 4)
        for (size_t i = g; i < g + 4; i++) {
            double left = out[i];
            for (size_t j = g; j < g + 4; j++)
                for (int c = 0; c < 5; c++) left -= l.q[i * 5 + c] * l.q[j * 5 + c] * out[j];
            assert_near(left, l.r[i], 1e-12);
            grown += out[i] * out[i] - l.r[i] * l.r[i];
        }
    assert_true(grown > 0);
}

/* Method of moments: right on average, though the grid is small and the fit takes half of it. */
static void test_noise_is_told_apart(void **state) {
    enum { TABLES = 150 };
    double trunk = 0, run = 0;
    for (uint64_t k = 0; k < TABLES; k++) {
        const Rig *r = rig(*state, SPEC, k, "l2-log");
        const Noise noise = noise_from(&r->problem, r->at.theta);
        assert_near(noise.total, hypot(noise.trunk, noise.run), 1e-12);
        assert_true(noise.freedom >= 3 && noise.freedom <= 35);
        trunk += noise.trunk * noise.trunk / TABLES;
        run += noise.run * noise.run / TABLES;
    }
    assert_close(run, 9e-6, 0.08);
    assert_close(trunk, 25e-6, 0.15);
    Rig *r = rig(*state, SPEC, 0, "l2-log");
    for (size_t i = 0; i < r->points.n; i++) r->points.rows[i].group = (int)i;
    r->points.n_groups = (int)r->points.n;
    const Noise apart = noise_from(&r->problem, r->at.theta);
    assert_true(isnan(apart.trunk) && isnan(apart.run));
    assert_int_equal(apart.freedom, 35);
    double sum = 0;
    const Leverage l = leverage_of(*state, &r->problem, r->at.theta);
    for (size_t i = 0; i < l.n; i++) sum += l.r[i] * l.r[i];
    assert_near(apart.total, sqrt(sum / 35), 1e-12);
}

/* 1 / size^2 is a chi-squared variable per degree of freedom, drawn or approximated. */
static void test_noise_size(void **state) {
    (void)state;
    for (int freedom = 3; freedom < 1000; freedom *= 3) {
        enum { DRAWS = 4000 };
        double mean = 0, square = 0;
        for (int r = 0; r < DRAWS; r++) {
            const double x = pow(noise_size(1, "test", freedom, r), -2);
            mean += x / DRAWS, square += x * x / DRAWS;
        }
        assert_close(mean, 1, 0.05);
        assert_close(square - mean * mean, 2.0 / freedom, 0.15);
    }
}

/* Twelve noisy rows have valleys beside the estimate's: no resample ends in one that many starts
 * would have avoided. */
static void test_resamples_reach_their_best(void **state) {
    enum { RESAMPLES = 30 };
    const Rig *r = rig(*state,
                       "law=chinchilla,E=0.9,A=18.97,alpha=.3,B=84.37,beta=.35,"
                       "params=1e4:2.2e5:4,tokens=64e3:256e3:3,noise=0.01,trunk=0.005",
                       0, "huber-log");
    const BootstrapKind *wild = bootstrap_find("wild");
    const Bootstrap b = bootstrap(*state, &r->problem, &r->at, wild, RESAMPLES, 1, NULL);
    const Leverage l = leverage_of(*state, &r->problem, r->at.theta);
    double *noise = ARENA_ARRAY(*state, double, l.n);
    leverage_unfit(&l, &r->points, noise);
    BootstrapResample s = sample_of(*state, r, &l);
    s.residual = noise;
    Problem p = r->problem;
    p.weights = s.weights;
    p.data.ln_loss = s.ln_loss;
    assert_int_equal(b.n, RESAMPLES);
    for (int k = 0; k < RESAMPLES; k++) {
        wild->draw(&s, 1, k, 0);
        const Estimate best = estimate_best(*state, &p, 12);
        const double reached = problem_objective(&p, b.theta + (size_t)k * 5, NULL);
        assert_true(reached <= best.objective * 1.001 + 1e-9);
    }
}

static Fit fit_of(Arena *arena, const char *bootstrap, double level) {
    Simulation *s = ARENA_NEW(arena, Simulation);
    Points *points = ARENA_NEW(arena, Points);
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    if (simulation_read(arena, SPEC, s, &err) != OK) fail_msg("%s", err.message);
    *points = simulation_points(arena, s, 0);
    o.bootstrap = bootstrap;
    o.level = level;
    o.starts = 4;
    o.resamples = 200;
    if (fit_points(arena, points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

static bool noted(const Fit *fit, const char *words) {
    for (int i = 0; i < fit->n_notes; i++)
        if (strstr(fit->notes[i], words)) return true;
    return false;
}

static void test_rows_are_named_as_a_failure(void **state) {
    const Fit rows = fit_of(*state, "row", .9), wild = fit_of(*state, "wild", .9);
    assert_true(noted(&rows, "rows of one trunk were drawn one by one"));
    assert_true(noted(&rows, "too narrow by about sqrt(K) = 2,"));
    assert_false(noted(&wild, "rows of one trunk"));
    assert_string_equal(rows.bootstrap, "row");
    assert_true(wild.params[2].hi - wild.params[2].lo >
                1.3 * (rows.params[2].hi - rows.params[2].lo));
}

static void test_a_new_run_is_less_certain(void **state) {
    const Fit fit = fit_of(*state, "wild", .9);
    const Interval law = fit_predict(&fit, 1e5, 1e6, false),
                   run = fit_predict(&fit, 1e5, 1e6, true);
    assert_near(law.value, run.value, 0);
    // within the grid noise is nearly all there is: 2 * 1.645 standard deviations and some
    const double sd = hypot(.003, .005) * law.value;
    assert_true(run.hi - run.lo > 2.5 * sd && run.hi - run.lo < 6 * sd);
    assert_true(law.hi - law.lo < 0.7 * (run.hi - run.lo));
}

static void test_unknown_kind(void **state) {
    const Rig *r = rig(*state, SPEC, 0, "huber-log");
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    o.bootstrap = "rows";
    assert_int_equal(fit_points(*state, &r->points, NULL, &o, &fit, &err), E_USAGE);
    assert_non_null(strstr(err.message, "no bootstrap 'rows', did you mean 'row'?"));
}

/* A law that is read off has no residuals to turn. */
static void test_read_off_laws_draw_groups(void **state) {
    Arena *arena = *state;
    Simulation s;
    Err err = {0};
    FitOptions o = fit_options_default();
    Fit fit;
    const char *spec = "law=chinchilla,E=0.9,A=18.97,alpha=.3,B=84.37,beta=.35,params=5e3:3e6:9,"
                       "flops=1e12:1e14:4,noise=0.001";
    if (simulation_read(arena, spec, &s, &err) != OK) fail_msg("%s", err.message);
    const Points points = simulation_points(arena, &s, 0);
    o.law = "isoflop";
    o.resamples = 20;
    if (fit_points(arena, &points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    assert_string_equal(fit.bootstrap, "group");
    assert_near(fit.params[law_param_index(fit.law, "a")].value, 0.35 / 0.65, 0.1);
}

/* 40 sweeps whose runs share trunks: the default covers, rows drawn one by one do not. */
static void test_coverage(void **state) {
    Arena *arena = *state;
    Simulation s;
    Err err = {0};
    FitOptions o = fit_options_default();
    o.starts = 4;
    o.resamples = 60;
    const char *longer = "law=chinchilla,E=0.9,A=18.97,alpha=.3,B=84.37,beta=.35,"
                         "params=1e4:3e5:6,tokens=3e5:5e6:6,seeds=3,noise=0.003,trunk=0.006";
    if (simulation_read(arena, longer, &s, &err) != OK) fail_msg("%s", err.message);
    double least[2] = {1, 1};
    for (int naive = 0; naive < 2; naive++) {
        Coverage c;
        if (naive) o.bootstrap = "row";
        if (coverage_of(arena, &s, &o, 40, 10, &c, &err) != OK) fail_msg("%s", err.message);
        for (size_t i = 0; i < c.n_rows; i++) least[naive] = fmin(least[naive], c.rows[i].covered);
        assert_int_equal(c.n_failed, 0);
    }
    assert_true(least[0] >= 0.775);
    assert_true(least[1] <= 0.7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_draws),
        TEST(test_wild_weights),
        TEST(test_unfit),
        TEST(test_resamples_reach_their_best),
        TEST(test_noise_is_told_apart),
        TEST(test_noise_size),
        TEST(test_rows_are_named_as_a_failure),
        TEST(test_a_new_run_is_less_certain),
        TEST(test_unknown_kind),
        TEST(test_read_off_laws_draw_groups),
        TEST(test_coverage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
