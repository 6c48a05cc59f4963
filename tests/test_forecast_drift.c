/* test_forecast_drift.c: by how much what a law foretells goes on to move. */
#include "tests/forecast_rig.h"

#include <math.h>
#include <string.h>

/* A law that fits the runs and is wrong beyond them betrays itself by drift, which halves its
 * error; that of the true law is noise, most of which is recognised as such. */
static void test_drift_tells(void **state) {
    (void)state;
    enum { TABLES = 20 };
    double as_it_is = 0, moved = 0, true_law = 0, noise = 0;
    for (uint64_t k = 0; k < TABLES; k++) {
        Arena *arena = arena_open();
        const Simulation s = planted(arena, SKALING);
        const Points points = simulation_points(arena, &s, k);
        const Point p = far_away();
        const double truth = log(law_loss(s.law, s.theta, &p));
        Forecast f;
        Err err = {0};
        assert_int_equal(weigh(arena, &points, "bounded", &f, &err), OK);
        assert_int_equal(f.laws[0].n_earlier, 2);
        as_it_is += log(forecast_alone(&f, 0, &p, true).value) - truth;
        moved += log(forecast_predict(&f, &p, true).value) - truth;
        assert_int_equal(weigh(arena, &points, "skaling", &f, &err), OK);
        true_law += fabs(candidate_drift(&f.laws[0], &p).mean);
        noise += candidate_deviation(&f.laws[0], &p);
        arena_close(arena);
    }
    assert_true(as_it_is / TABLES > 0.04);
    assert_true(fabs(moved) < 0.6 * as_it_is);
    assert_true(true_law < noise);
}

/* The drift of a law whose E was so much less, by hand. */
static void test_drift_by_hand(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    const Points points = simulation_points(arena, &s, 0);
    Forecast f;
    Err err = {0};
    assert_int_equal(weigh(arena, &points, "chinchilla", &f, &err), OK);
    Candidate *c = &f.laws[0];
    const Point inside = points.rows[points.n - 1], p = far_away();
    assert_near(c->ln_most, log(inside.flops), 1e-12);
    for (int k = 0; k < 2; k++) { // the largest of what is left
        double most = 0;
        for (size_t i = 0; i < points.n; i++) {
            const double flops = points.rows[i].flops;
            if (flops < 1.05 * inside.flops / pow(4, k + 1)) most = fmax(most, flops);
        }
        assert_near(c->earlier[k].ln_most, log(most), 1e-12);
    }
    /* Variances of ln L at p: 0, v and 5 v, so that the steps' are v and 4 v. */
    const double ln_L = law_log_loss(c->law, c->at.theta, &p), v = 1e-6;
    memset(c->covariance, 0, sizeof c->covariance);
    for (int k = 0; k < 2; k++) {
        memcpy(c->earlier[k].theta, c->at.theta, sizeof c->at.theta);
        memset(c->earlier[k].covariance, 0, sizeof c->earlier[k].covariance);
        const double by = k ? 0.05 : 0.02; // ln E rises by .03, then by .02
        c->earlier[k].theta[0] = log(exp(c->at.theta[0]) - by);
        c->earlier[k].ln_most = c->ln_most - (k + 1) * log(4);
        const double d =
            exp(c->earlier[k].theta[0]) / exp(law_log_loss(c->law, c->earlier[k].theta, &p));
        c->earlier[k].covariance[0][0] = (k ? 5 : 1) * v / (d * d);
    }
    const double L = exp(ln_L), step[] = {log(L / (L - 0.02)), log((L - 0.02) / (L - 0.05))};
    const double x = log(4), weighted = step[0] * x / v + step[1] * x / (4 * v);
    const double precision = x * x / v + x * x / (4 * v), rate = weighted / precision;
    const double t = 0.02 / log(4), known = t * t / (t * t + 1 / precision);
    const double w = known * (1 - 1 / precision / (rate * rate)), beyond = log(16);
    const double fades = log(64), faded = fades * (1 - exp(-beyond / fades));
    assert_true(w > 0.9 && w < 1);
    const Drift drift = candidate_drift(c, &p);
    assert_near(log(p.flops / inside.flops), beyond, 1e-12);
    assert_near(drift.mean, w * rate * faded, 1e-9);
    assert_near(drift.deviation, hypot(faded * sqrt(w / precision), 0.5 * w * rate * beyond), 1e-9);
    assert_near(candidate_drift(c, &inside).mean, 0, 0);
    assert_near(candidate_drift(c, &inside).deviation, 0, 0);
    for (int k = 0; k < 2; k++) c->earlier[k].covariance[0][0] *= 1e6; // noise then
    assert_near(candidate_drift(c, &p).mean, 0, 0);
    arena_close(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drift_by_hand),
        cmocka_unit_test(test_drift_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
