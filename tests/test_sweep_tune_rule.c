/* test_sweep_tune_rule.c: optima of planted curves, the rule through them, and how uncertain both
 * say they are. */
#include <math.h>

#include "base/rng.h"
#include "sweep/tune_rule.h"
#include "tests/scratch_dir.h"

static const double CURVATURE = 0.06; // of ln L: a factor of 2 costs 1.4 %

/* ln lr* of the planted law, with p = -0.2, q = 0.1 and r = 0.4. */
static double planted(double params, double tokens, double batch) {
    return log(0.004) - 0.2 * log(tokens / 1e6) + 0.1 * log(params / 1e5) + 0.4 * log(batch / 1e3);
}

/* A curve over rates by factors of 2, its optimum inside. */
static TuneCurve curve(double params, double tokens, double batch, const double noise[7]) {
    const double best = planted(params, tokens, batch);
    TuneCurve c = {.params = params, .tokens = tokens, .batch = batch, .n = 7, .seeds = 1};
    for (size_t i = 0; i < c.n; i++) {
        const double off = M_LN2 * ((double)i - 3) + 0.3;
        c.lr[i] = exp(best + off);
        c.loss[i] = 1 + CURVATURE / 2 * off * off + (noise ? noise[i] : 0);
    }
    return c;
}

static void a_parabola_has_its_vertex_found(void **state) {
    (void)state;
    TuneCurve c = curve(1e5, 1e6, 1e3, NULL);
    tune_curve_read(&c, 0.003);
    assert_int_equal(c.best, 3 - (int)lround(0.3 / M_LN2));
    assert_int_equal(c.place, TUNE_INSIDE);
    assert_true(fabs(c.ln_lr - log(0.004)) < 1e-9);
    assert_true(fabs(c.curvature - CURVATURE) < 1e-9);
    assert_true(fabs(c.least - 1) < 1e-9);
    assert_true(c.sd > 0.1 && c.sd < M_LN2);
}

/* The scatter of the vertex over draws of noise is what it says it is. */
static void the_vertex_knows_how_uncertain_it_is(void **state) {
    (void)state;
    enum { DRAWS = 2000 };
    const Stream draw = stream_open(7, "vertex", 0);
    double squares = 0, said = 0;
    for (int k = 0; k < DRAWS; k++) {
        double noise[7];
        for (int i = 0; i < 7; i++) noise[i] = 0.002 * stream_normal(&draw, (uint64_t)(8 * k + i));
        TuneCurve c = curve(1e5, 1e6, 1e3, noise);
        tune_curve_read(&c, 0.002);
        squares += (c.ln_lr - log(0.004)) * (c.ln_lr - log(0.004)) / DRAWS;
        said += (c.sd * c.sd - 0.01) / DRAWS; // less what is added for curves that lean
    }
    assert_true(sqrt(said / squares) > 0.8 && sqrt(said / squares) < 1.25);
}

static void ends_and_diverged_neighbours(void **state) {
    (void)state;
    TuneCurve c = curve(1e5, 1e6, 1e3, NULL);
    c.n = 3; // up to the optimum
    tune_curve_read(&c, 0.001);
    assert_int_equal(c.place, TUNE_HIGHEST);
    assert_true(tune_curve_leans(&c, 0.001));
    assert_false(tune_curve_leans(&c, 0.1)); // noise may do that
    assert_true(fabs(c.sd - M_LN2) < 1e-9);
    c = curve(1e5, 1e6, 1e3, NULL);
    for (size_t i = c.n - 3; i < c.n; i++) c.loss[i] = INFINITY;
    tune_curve_read(&c, 0.001);
    assert_int_equal(c.place, TUNE_INSIDE);
    assert_true(c.ln_lr == log(c.lr[3]) && isnan(c.curvature));
    for (size_t i = 0; i < c.n; i++) c.loss[i] = INFINITY;
    tune_curve_read(&c, 0.001);
    assert_true(c.place == TUNE_LOWEST && isnan(c.ln_lr) && tune_curve_leans(&c, 0.001));
    TuneRule rule;
    assert_false(tune_rule_fit(&c, 1, TUNE_LR_MUP, 0.001, &rule));
}

/* Two sizes, three lengths, two batches, far apart; without noise only the priors pull. */
static void planted_powers_come_back(void **state) {
    (void)state;
    enum { DRAWS = 200 };
    static const double want[] = {0, -0.2, 0.1, 0.4};
    const Stream draw = stream_open(8, "rule", 0);
    double off[TUNE_TERMS] = {0}, squares[TUNE_TERMS] = {0}, said[TUNE_TERMS] = {0};
    for (int k = 0; k < DRAWS; k++) {
        TuneCurve curves[12];
        for (int i = 0; i < 12; i++) {
            double noise[7];
            for (int j = 0; j < 7; j++)
                noise[j] = k ? 0.002 * stream_normal(&draw, (uint64_t)(96 * k + 8 * i + j)) : 0;
            curves[i] =
                curve(i % 2 ? 1e6 : 1e4, 1e6 * (1 << 2 * (i / 2 % 3)), i / 6 ? 4096 : 512, noise);
            tune_curve_read(&curves[i], 0.002);
        }
        TuneRule r;
        assert_true(tune_rule_fit(curves, 12, TUNE_LR_MUP, 0.002, &r));
        assert_true(fabs(r.curvature - CURVATURE) < 0.02);
        for (int t = 1; t < TUNE_TERMS; t++) {
            if (k == 0 && !(fabs(r.coef[t] - want[t]) < 0.02))
                fail_msg("power %d: %g", t, r.coef[t]);
            off[t] += (r.coef[t] - want[t]) / DRAWS;
            squares[t] += (r.coef[t] - want[t]) * (r.coef[t] - want[t]) / DRAWS;
            said[t] += r.covariance[t][t] / DRAWS;
        }
        const double at = tune_rule_ln(&r, 1e5, 4e6, 1e3);
        assert_true(fabs(at - planted(1e5, 4e6, 1e3)) < 4 * tune_rule_sd(&r, 1e5, 4e6, 1e3));
    }
    for (int t = 1; t < TUNE_TERMS; t++) {
        assert_true(fabs(off[t]) < 0.03);
        assert_true(squares[t] < 1.3 * said[t]); // no more than the rule says itself
    }
}

static void what_the_curves_do_not_tell_is_as_before(void **state) {
    (void)state;
    TuneCurve c = curve(1e5, 1e6, 1e3, NULL);
    TuneRule mup, sp;
    tune_curve_read(&c, 0.002);
    assert_true(tune_rule_fit(&c, 1, TUNE_LR_MUP, 0.002, &mup));
    assert_true(tune_rule_fit(&c, 1, TUNE_LR_SP, 0.002, &sp));
    assert_true(fabs(exp(mup.coef[0]) - 0.004) < 1e-6);
    assert_true(fabs(mup.coef[1] + 0.35) < 1e-9 && fabs(mup.coef[2]) < 1e-9);
    assert_true(fabs(mup.coef[3] - 0.5) < 1e-9);
    assert_true(fabs(sp.coef[2] + 0.5) < 1e-9);
    const double near = tune_rule_sd(&mup, 1e5, 1e6, 1e3), far = tune_rule_sd(&mup, 1e5, 1e8, 1e3);
    assert_true(fabs(far * far - near * near - pow(0.2 * log(100), 2)) < 1e-9);
    assert_true(fabs(tune_rule_excess(&mup, M_LN2) - 0.06 / 2 * M_LN2 * M_LN2) < 1e-9);
    assert_true(tune_round(0.0041567) == 0.0042 && tune_round(0.000996) == 0.001);
}

static void a_batch_is_one_that_a_run_may_have(void **state) {
    (void)state;
    assert_true(tune_round_batch(300, 512, 64) == 256);
    assert_true(tune_round_batch(400, 512, 64) == 512);
    assert_true(tune_round_batch(3000, 512, 64) == 4096);
    assert_true(tune_round_batch(10, 512, 64) == 64);  // not below lanes x ctx
    assert_true(tune_round_batch(30, 192, 64) == 192); // 24, 48 and 96 are no multiples of it
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_parabola_has_its_vertex_found),
        cmocka_unit_test(the_vertex_knows_how_uncertain_it_is),
        cmocka_unit_test(ends_and_diverged_neighbours),
        cmocka_unit_test(planted_powers_come_back),
        cmocka_unit_test(a_batch_is_one_that_a_run_may_have),
        cmocka_unit_test(what_the_curves_do_not_tell_is_as_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
