/* test_study_series.c: published series that are power laws are found to be, with their
 * exponent; an essay's that is none is told so; errors decide how much a series can say. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/questions/series.h"
#include "base/sheet.h"

static Series series_read(const char *text, const char *kind, double per) {
    const FitOptions fit = fit_options_default();
    Series s;
    Err err = {0};
    if (series_of(&(SeriesOptions){text, per, kind}, &fit, &s, &err) != OK)
        fail_msg("%s", err.message);
    return s;
}

enum { STEPS = 5 };

/* Losses E + k per^(-eta i), E + k = 100, as gains of each kind. */
static void test_planted(void **state) {
    const double E = 30, eta = 0.25, per = 4, r = pow(per, -eta);
    for (int how = 0; how < 3; how++) {
        Text text = {0};
        double loss = 100, next = 0;
        for (int i = 1; i <= STEPS + 1; i++) {
            const double after = E + (100 - E) * pow(r, i);
            next = how == 0   ? loss - after
                   : how == 1 ? 100 * (1 - after / loss)
                              : 100 * (loss / after - 1);
            if (i <= STEPS) text_add(&text, "%s%.9f", i > 1 ? "," : "", next);
            loss = after;
        }
        const Series s = series_read(arena_strdup(*state, text.s), "gain", per);
        text_close(&text);
        assert_int_equal(s.n_readings, 3);
        const SeriesReading *x = &s.readings[how];
        assert_true(x->agrees && x->freedom == STEPS - 2);
        assert_close(x->eta.value, eta, 1e-6);
        assert_close(x->eta_first.value, eta, 1e-6);
        assert_close(x->eta_last.value, eta, 1e-6);
        assert_close(x->next.value, next, 1e-6);
        assert_close(x->next_with_bend.value, next, 1e-5);
        assert_near(x->bend.value, 0, 1e-6);
        if (how > 0) assert_close(x->floor.value, E / 100, 1e-6);
        const double reached = E + (100 - E) * pow(r, STEPS), left = reached - E;
        assert_close(x->left.value,
                     how == 0   ? left
                     : how == 1 ? 100 * left / reached
                                : 100 * left / E,
                     1e-6);
        for (int other = 0; other < 3; other++) // known to nine digits, it is nothing else
            assert_true(s.readings[other].agrees == (other == how));
        for (int i = 0; i < STEPS; i++) {
            assert_close(x->power_law[i], s.said[i], 1e-6);
            assert_close(x->as_begun[i], s.said[i], 1e-5);
        }
    }
}

static void test_losses(void **state) {
    Text text = {0};
    for (int i = 0; i < STEPS; i++)
        text_add(&text, "%s%.6f", i ? "," : "", 1.7 + 2 * pow(10, -0.15 * i));
    const Series s = series_read(arena_strdup(*state, text.s), "loss", 10);
    text_close(&text);
    const SeriesReading *x = &s.readings[0];
    assert_int_equal(s.n_readings, 1);
    assert_true(x->agrees && x->freedom == STEPS - 3);
    assert_near(x->eta.value, 0.15, 1e-4);
    assert_near(x->floor.value, 1.7, 1e-3);
    assert_near(x->next.value, 1.7 + 2 * pow(10, -0.15 * STEPS), 1e-5);
    assert_near(x->left.value, 2 * pow(10, -0.15 * (STEPS - 1)), 1e-3);
    assert_true(x->eta.lo < 0.15 && 0.15 < x->eta.hi && x->floor.lo < 1.7 && 1.7 < x->floor.hi);
}

/* The series of an essay: +42, +28, +14, +6 % per 10x. Least squares and chi squared by scipy. */
static void test_essay(void **state) {
    (void)state;
    Series s = series_read("+42%,+28%,+14%,+6%", "gain", 10);
    const SeriesReading *points = &s.readings[0], *share = &s.readings[1], *growth = &s.readings[2];
    assert_close(points->step_ratio[1].value, 2. / 3, 1e-12);
    assert_close(points->step_ratio[2].value, 0.5, 1e-12);
    assert_close(points->step_ratio[3].value, 3. / 7, 1e-12);
    assert_false(points->agrees);
    assert_near(points->ratio.value, 0.57990677, 1e-6);
    assert_near(points->eta.value, 0.23664182, 1e-6);
    assert_near(points->power_law[1] - 28, -3.00291856, 1e-5);
    assert_close(points->eta_first.value, log10(1.5), 1e-9);
    assert_close(points->eta_last.value, log10(7. / 3), 1e-9);
    assert_close(points->as_begun[2], 28. * 28 / 42, 1e-9);
    assert_true(points->bend.lo > 0.05);
    assert_true(share->agrees);
    assert_near(share->eta.value, 0.42536951, 1e-6);
    assert_near(share->chi2, 5.289, 1e-3);
    assert_near(share->p, exp(-0.5 * share->chi2), 1e-12); // two degrees of freedom
    assert_false(growth->agrees);
    assert_near(growth->ratio.value, 0.48388748, 1e-6);

    s = series_read("-42,-28,-14,-6", "gain", 10); // of a loss
    assert_int_equal(s.n_readings, 2);
    assert_near(s.readings[1].eta.value, 0.42536951, 1e-6);
    s = series_read("42+-6,28±6,14+/-6,6+-6", "gain", 10); // so vague that anything agrees
    assert_true(s.readings[0].agrees && s.readings[1].agrees && s.readings[2].agrees);
    assert_true(s.readings[0].eta.hi - s.readings[0].eta.lo > 0.15);
    assert_near(s.error[0], 6, 0);
}

/* Tails of chi squared with one and three degrees, at their 5 % points (scipy), through series. */
static void test_p(void **state) {
    (void)state;
    Series s = series_read("40+-1,20+-1,12+-1", "gain", 10);
    assert_int_equal(s.readings[0].freedom, 1);
    assert_close(s.readings[0].p, erfc(sqrt(s.readings[0].chi2 / 2)), 1e-9);
    s = series_read("40+-1,20+-1,12+-1,5+-1,2+-1", "gain", 10);
    const double x = s.readings[0].chi2; // three: erfc(sqrt(x / 2)) + sqrt(2 x / pi) exp(-x / 2)
    assert_int_equal(s.readings[0].freedom, 3);
    assert_close(s.readings[0].p, erfc(sqrt(x / 2)) + sqrt(2 * x / M_PI) * exp(-x / 2), 1e-9);
    s = series_read("40+-1,20+-1,12+-1,5+-1,2+-1,2+-1", "gain", 10);
    assert_close(s.readings[0].p, exp(-s.readings[0].chi2 / 2) * (1 + s.readings[0].chi2 / 2),
                 1e-9);
}

/* Of series that are power laws with the errors told, 5 % are said to be none, and 90 % of the
 * intervals hold the exponent. */
static void test_coverage(void **state) {
    enum { TIMES = 400 };
    const double eta = 0.2;
    FitOptions fit = fit_options_default();
    fit.resamples = 100;
    int agree = 0, inside = 0;
    for (uint64_t t = 0; t < TIMES; t++) {
        const Stream noise = stream_open(t, "noise", 0);
        Text text = {0};
        for (uint64_t i = 0; i < STEPS; i++)
            text_add(&text, "%s%.6f+-1", i ? "," : "",
                     40 * pow(10, -eta * (double)i) + stream_normal(&noise, i));
        Series s;
        Err err = {0};
        const SeriesOptions o = {arena_strdup(*state, text.s), 10, "gain"};
        assert_int_equal(series_of(&o, &fit, &s, &err), OK);
        text_close(&text);
        agree += s.readings[0].agrees;
        inside += s.readings[0].eta.lo <= eta && eta <= s.readings[0].eta.hi;
    }
    assert_true(agree >= 0.92 * TIMES && agree <= 0.98 * TIMES);
    assert_true(inside >= 0.85 * TIMES && inside <= 0.95 * TIMES);
}

static void assert_refused(const char *text, const char *kind, const char *why) {
    const FitOptions fit = fit_options_default();
    Series s;
    Err err = {0};
    assert_int_equal(series_of(&(SeriesOptions){text, 10, kind}, &fit, &s, &err), E_USAGE);
    if (!strstr(err.message, why)) fail_msg("'%s': %s", text, err.message);
}

static void test_bad_series(void **state) {
    (void)state;
    assert_refused("42,28", "gain", "3 gains or more to tell whether their ratio changes, has 2");
    assert_refused("4,3,2", "loss", "4 losses or more to tell whether their ratio changes, has 3");
    assert_refused("42,,14", "gain", "'' is no number");
    assert_refused("42,b,14", "gain", "'b' is no number");
    assert_refused("42,nan,14", "gain", "'nan' is no number");
    assert_refused("42+-0,28,14", "gain", "'0' is no error of 42");
    assert_refused("42+-x,28,14", "gain", "'x' is no error");
    assert_refused("4,3,-2,1", "loss", "losses are positive");
    Text text = {0};
    for (int i = 0; i < 40; i++) text_add(&text, "1,");
    assert_refused(text.s, "gain", "more than 32 numbers");
    for (int i = 0; i < 1000; i++) text_add(&text, "1,");
    assert_refused(text.s, "gain", "longer");
    text_close(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_planted), TEST(test_losses),   TEST(test_essay),
        TEST(test_p),       TEST(test_coverage), TEST(test_bad_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
