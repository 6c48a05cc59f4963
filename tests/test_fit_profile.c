/* Profile likelihood: intervals of a linear model are those of its textbook, other penalties are
 * calibrated to squares, groups widen, what the data do not pin is said to be open. */
#include <string.h>

#include "base/stat.h"
#include "analysis/fit/profile.h"
#include "analysis/fit/profile_scale.h"
#include "planted.h"

static const Planted GRID = {.surface = {1.3, 40, 0.35, 120, 0.4},
                             .n_lo = 1e4,
                             .n_hi = 1e6,
                             .d_lo = 1e5,
                             .d_hi = 1e7,
                             .n_sizes = 6,
                             .n_lengths = 6,
                             .noise = 0.005,
                             .seed = 5};

static void fit_to(Arena *arena, const Points *points, const char *estimator, double delta,
                   const char *fix, Fit *fit) {
    FitOptions o = fit_options_default();
    Err err = {0};
    o.estimator = estimator, o.delta = delta, o.fix = fix, o.resamples = 0;
    assert_int_equal(fit_points(arena, points, NULL, &o, fit, &err), OK);
}

static const Profile *row_of(const Profiles *p, const char *name) {
    for (int k = 0; k < p->n; k++)
        if (strcmp(p->rows[k].name, name) == 0) return &p->rows[k];
    fail_msg("no profile of %s", name);
    return NULL;
}

/* Standard errors of c in y = sum of c_k x_k by Gauss-Jordan on the normal equations. */
static void least_squares(const Points *points, double alpha, double beta, double se[3]) {
    double m[3][6] = {{0}}, c[3] = {0}, xy[3] = {0}, rss = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < points->n; i++) {
            const Point *p = &points->rows[i];
            const double x[3] = {1, pow(p->params, -alpha), pow(p->tokens, -beta)};
            const double r = p->loss - c[0] * x[0] - c[1] * x[1] - c[2] * x[2];
            rss += pass * r * r;
            for (int a = 0; a < 3 && !pass; a++) {
                xy[a] += x[a] * p->loss;
                for (int b = 0; b < 3; b++) m[a][b] += x[a] * x[b];
            }
            if (pass || i + 1 < points->n) continue;
            for (int a = 0; a < 3; a++) m[a][3 + a] = 1;
            for (int a = 0; a < 3; a++)
                for (int row = 0; row < 3; row++) {
                    const double f = row == a ? 1 - 1 / m[a][a] : m[row][a] / m[a][a];
                    for (int b = 5; b >= 0; b--) m[row][b] -= f * m[a][b];
                }
            for (int a = 0; a < 3; a++)
                for (int b = 0; b < 3; b++) c[a] += m[a][3 + b] * xy[b];
        }
    for (int a = 0; a < 3; a++) se[a] = sqrt(m[a][3 + a] * rss / ((double)points->n - 3));
}

/* With its exponents fixed the law is linear, and squares in L make it ordinary least squares: the
 * profile's intervals must be c +- t se. */
static void test_linear_is_students_t(void **state) {
    const Points points = planted_points(*state, &GRID);
    Fit fit;
    double se[3];
    fit_to(*state, &points, "l2-raw", 1e-3, "alpha=.35,beta=.4", &fit);
    least_squares(&points, 0.35, 0.4, se);
    const Profiles *p = profiles_of(*state, &fit, 0.90);
    const double t = 1.692360; // Student's, 33 degrees of freedom, .95
    assert_int_equal(p->n, 3);
    assert_near(p->df, 33, 0);
    assert_close(p->threshold, t * t, 1e-5);
    const char *const names[] = {"E", "A", "B"};
    for (int k = 0; k < 3; k++) {
        const Profile *r = row_of(p, names[k]);
        assert_false(r->open_lo || r->open_hi);
        assert_close(r->hi - r->value, t * se[k], 2e-3);
        assert_close(r->value - r->lo, t * se[k], 2e-3);
    }
}

static void test_curves(void **state) {
    const Points points = planted_points(*state, &GRID);
    Fit fit;
    fit_to(*state, &points, "huber-log", 1e-3, NULL, &fit);
    const Profiles *p = profiles_of(*state, &fit, 0.90);
    assert_int_equal(p->n, 5);
    for (int k = 0; k < p->n; k++) {
        const ProfilePoint *c = p->rows[k].curve;
        assert_close(c[1].value, p->rows[k].lo, 1e-9);
        assert_close(c[5].value, p->rows[k].value, 1e-9);
        assert_close(c[9].value, p->rows[k].hi, 1e-9);
        assert_near(c[5].rise, 0, 1e-9);
        assert_close(c[1].rise, p->threshold, 0.01);
        assert_close(c[9].rise, p->threshold, 0.01);
        assert_close(c[5].objective, fit.objective, 1e-9);
        assert_close(c[5].rms_log_residual, fit.rms_log_residual, 1e-9);
        for (int j = 0; j < 10; j++) {
            assert_true(c[j].value < c[j + 1].value);
            assert_true(j < 5 ? c[j].rise > c[j + 1].rise : c[j].rise < c[j + 1].rise);
        }
    }
}

/* Huber's penalty with a delta beyond every residual is squares; with one far below, absolute
 * residuals, whose intervals under Gaussian noise are sqrt(pi/2) times as wide. */
static void test_penalties_are_calibrated(void **state) {
    Planted many = GRID;
    many.n_sizes = many.n_lengths = 25;
    const Points points = planted_points(*state, &many);
    double width[3];
    const char *const names[] = {"l2-log", "huber-log", "huber-log"};
    for (int k = 0; k < 3; k++) {
        Fit fit;
        fit_to(*state, &points, names[k], k == 2 ? 1e-4 : 1, NULL, &fit);
        const Profile *r = row_of(profiles_of(*state, &fit, 0.90), "alpha");
        width[k] = r->hi - r->lo;
    }
    assert_close(width[1], width[0], 1e-3);
    assert_close(width[2], width[0] * sqrt(acos(-1.0) / 2), 0.12);
}

/* Every run told four times is no more known than once. */
static void test_groups(void **state) {
    const Points once = planted_points(*state, &GRID);
    Points four = once;
    four.n = 4 * once.n;
    four.rows = ARENA_ARRAY(*state, Point, four.n);
    for (size_t i = 0; i < four.n; i++) four.rows[i] = once.rows[i / 4];
    Fit fit;
    double width[3];
    for (int k = 0; k < 3; k++) {
        fit_to(*state, k ? &four : &once, "l2-log", 1e-3, NULL, &fit);
        const Profiles *p = profiles_of(*state, &fit, 0.90);
        width[k] = row_of(p, "beta")->hi - row_of(p, "beta")->lo;
        if (k == 1) assert_near(p->df, (double)once.n - 1, 0);
        for (size_t i = 0; k == 1 && i < four.n; i++) four.rows[i].group = (int)i;
        four.n_groups = k == 1 ? (int)four.n : four.n_groups;
    }
    assert_close(width[1], width[0], 0.3);
    assert_true(width[2] < 0.6 * width[0]); // as rows of their own
}

/* A term that noise drowns: its exponent may be anything. */
static void test_open(void **state) {
    Planted weak = GRID;
    weak.surface.A = 0.05;
    weak.noise = 0.01;
    const Points points = planted_points(*state, &weak);
    Fit fit;
    fit_to(*state, &points, "l2-log", 1e-3, NULL, &fit);
    const Profiles *p = profiles_of(*state, &fit, 0.90);
    const Profile *alpha = row_of(p, "alpha");
    assert_true(alpha->open_lo || alpha->open_hi);
    assert_false(row_of(p, "beta")->open_lo || row_of(p, "beta")->open_hi);
    assert_non_null(strstr(p->says, "alpha anywhere from"));
    assert_non_null(strstr(p->says, "do not pin it"));
}

static void test_thresholds(void **state) {
    (void)state;
    assert_close(profile_threshold(0.90, 10), 1.812461 * 1.812461, 1e-5);
    assert_close(profile_threshold(0.95, 1), 12.7062 * 12.7062, 1e-5);
    assert_close(profile_threshold(0.95, 1e6), 3.841459, 1e-4); // chi-square
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_linear_is_students_t),
        TEST(test_curves),
        TEST(test_penalties_are_calibrated),
        TEST(test_groups),
        TEST(test_open),
        TEST(test_thresholds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
