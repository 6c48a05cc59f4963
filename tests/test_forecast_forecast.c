/* test_forecast_forecast.c: laws weighed against each other on planted tables. */
#include "tests/forecast_rig.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stat.h"

/* Return in how many of 40 tables the interval of a new run holds it. *width becomes the mean half
 * width in ln L. */
static int held(const char *spec, const char *laws, double *width) {
    enum { TABLES = 40 };
    int inside = 0;
    *width = 0;
    for (uint64_t k = 0; k < TABLES; k++) {
        Arena *arena = arena_open();
        const Simulation s = planted(arena, spec);
        const Points points = simulation_points(arena, &s, k);
        const Point p = far_away();
        Forecast f;
        Err err = {0};
        assert_int_equal(weigh(arena, &points, laws, &f, &err), OK);
        const Interval v = forecast_predict(&f, &p, true);
        const double loss = exp(simulation_new_run(&s, &p, k));
        inside += loss >= v.lo && loss <= v.hi;
        *width += log(v.hi / v.lo) / 2 / TABLES;
        arena_close(arena);
    }
    return inside;
}

static void test_intervals_hold(void **state) {
    (void)state;
    double mixed, alone, wrong;
    assert_in_range(held(SKALING, "auto", &mixed), 33, 40);
    assert_in_range(held(SKALING, "skaling", &alone), 33, 40);
    assert_true(mixed < 1.6 * alone);
    assert_in_range(held(ADDITIVE, "auto", &mixed), 33, 40);
    /* Laws that miss at the edges are given the room that this takes. */
    assert_in_range(held(SKALING, "chinchilla,chinchilla-tied,kaplan", &wrong), 33, 40);
    assert_true(wrong > 2 * alone);
    /* bounded fits these runs within noise, and misses those beyond. */
    assert_in_range(held(SKALING, "chinchilla,chinchilla-tied,kaplan,bounded", &wrong), 31, 40);
    assert_true(wrong < 4 * alone);
}

static void test_weights(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, SKALING);
    const Points points = simulation_points(arena, &s, 0);
    Forecast f;
    Err err = {0};
    assert_int_equal(weigh(arena, &points, "auto", &f, &err), OK);
    double sum = 0;
    size_t of_table = 0;
    for (size_t i = 0; LAWS[i]; i++) // the table has no batches
        of_table += LAWS[i]->forecasts && law_n_variables(LAWS[i]) == 2;
    assert_int_equal(f.n, of_table);
    assert_int_equal(f.n_left_out, 0); // of a law that wants batches there is nothing to say
    for (size_t i = 0; i < f.n; i++) {
        sum += f.weight[i];
        assert_true(i == 0 || f.weight[i] <= f.weight[i - 1]);
    }
    assert_near(sum, 1, 1e-12);
    assert_string_equal(f.laws[0].law->name, "skaling");
    assert_int_equal(f.edges.n, 4);
    assert_int_equal(weigh(arena, &points, "skaling,three-term", &f, &err), OK);
    assert_int_equal(f.n_left_out, 1); // it was asked for by name
    assert_non_null(strstr(f.left_out[0], "three-term needs the column 'batch_tok', which line 2 "
                                          "lacks; name it with --columns batch_tok=COLUMN, or "
                                          "with steps=COLUMN"));
    arena_close(arena);
}

/* A law of batch and steps is weighed where three batches tell them apart: with one it would be
 * chinchilla again. It foretells a run of the batch that is asked for. */
static void test_batches(void **state) {
    (void)state;
    static const char THREE[] = "law=three-term,E=0.9,A=19,alpha=0.3,B=30,beta=0.7,C=20,gamma=0.4";
    Arena *arena = arena_open();
    Forecast f;
    Err err = {0};
    const char *one = arena_printf(arena, "%s" GRID ",batch_tok=1024", THREE);
    const Simulation alike = planted(arena, one);
    Points points = simulation_points(arena, &alike, 0);
    assert_int_equal(weigh(arena, &points, "auto", &f, &err), OK);
    assert_string_equal(f.laws[0].law->name, "chinchilla");
    assert_int_equal(f.n_left_out, 0); // with one batch there is nothing to say of batches
    assert_int_equal(weigh(arena, &points, "chinchilla,three-term", &f, &err), OK);
    assert_non_null(strstr(f.left_out[0], "three-term needs at least 3 different values of "
                                          "batch_tok to find beta, here is 1"));
    for (size_t i = 0; i < points.n; i++) points.rows[i].batch_tok = points.rows[i].tokens / 64;
    assert_int_equal(weigh(arena, &points, "auto", &f, &err), OK);
    assert_int_equal(f.n_left_out, 0); // nor with one number of steps of steps
    const char *three = arena_printf(arena, "%s" GRID ",batch_tok=512 1024 2048", THREE);
    const Simulation apart = planted(arena, three);
    points = simulation_points(arena, &apart, 0);
    assert_int_equal(weigh(arena, &points, "auto", &f, &err), OK);
    assert_string_equal(f.laws[0].law->name, "three-term");
    assert_true(f.weight[0] > 0.99);
    Point p = far_away();
    for (double batch = 512; batch < 3000; batch *= 4) {
        p.batch_tok = batch;
        const double truth = law_loss(apart.law, apart.theta, &p);
        const Interval v = forecast_predict(&f, &p, false);
        assert_close(v.value, truth, 0.01);
        assert_true(v.lo < truth && truth < v.hi);
    }
    p.batch_tok = NAN; // the others say what they can
    Point from = p;
    from.params /= 2, from.tokens /= 2, from.flops /= 4;
    const Interval before = forecast_predict(&f, &from, false),
                   after = forecast_predict(&f, &p, false), gain = forecast_gain(&f, &from, &p);
    assert_true(after.lo < after.value && after.value < after.hi);
    assert_true(gain.lo < gain.value && gain.value < gain.hi);
    assert_near(gain.value, before.value - after.value, 1e-3);
    assert_int_equal(weigh(arena, &points, "three-term", &f, &err), OK);
    assert_true(isnan(forecast_predict(&f, &p, false).value)); // there are no others
    assert_true(isnan(forecast_gain(&f, &from, &p).lo));
    /* nqs is not among those of auto, but may be asked for. */
    assert_int_equal(weigh(arena, &points, "nqs,chinchilla", &f, &err), OK);
    assert_string_equal(f.laws[0].law->name, "nqs");
    arena_close(arena);
}

/* The deviation that the coefficients give a prediction is by how much it moves from table to
 * table. */
static void test_deviation(void **state) {
    (void)state;
    enum { TABLES = 60 };
    double foretold[TABLES], square = 0;
    for (uint64_t k = 0; k < TABLES; k++) {
        Arena *arena = arena_open();
        const Simulation s = planted(arena, ADDITIVE);
        const Points points = simulation_points(arena, &s, k);
        const Point p = far_away();
        Forecast f;
        Err err = {0};
        assert_int_equal(weigh(arena, &points, "chinchilla", &f, &err), OK);
        foretold[k] = law_log_loss(f.laws[0].law, f.laws[0].at.theta, &p);
        square += pow(candidate_deviation(&f.laws[0], &p), 2) / TABLES;
        arena_close(arena);
    }
    const double ratio = sqrt(square) / stat_sd(foretold, TABLES);
    assert_true(ratio > 0.7 && ratio < 1.4);
}

/* Errors at both ends of a step go together: the gain by a law is known better than two losses
 * would be that know nothing of each other, and from a point to itself it is nothing. */
static void test_gain(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    const Points points = simulation_points(arena, &s, 0);
    const Point to = far_away();
    Point from = to;
    from.params /= 2, from.tokens /= 2, from.flops /= 4;
    Forecast f;
    Err err = {0};
    assert_int_equal(weigh(arena, &points, "auto", &f, &err), OK);
    const Interval gain = forecast_gain(&f, &from, &to),
                   before = forecast_predict(&f, &from, false),
                   after = forecast_predict(&f, &to, false);
    assert_near(gain.value, before.value - after.value, 1e-4);
    assert_true(gain.lo < gain.value && gain.value < gain.hi);
    assert_true(gain.hi - gain.lo < 0.9 * hypot(before.hi - before.lo, after.hi - after.lo));
    const Interval none = forecast_gain(&f, &to, &to);
    assert_near(none.value, 0, 1e-12);
    assert_near(none.hi - none.lo, 0, 1e-9);
    arena_close(arena);
}

/* The floor by all laws holds the planted one; by one law it is that law's own; a law without a
 * floor has none. */
static void test_floor(void **state) {
    (void)state;
    enum { TABLES = 30 };
    int inside = 0;
    for (uint64_t k = 0; k < TABLES; k++) {
        Arena *arena = arena_open();
        const Simulation s = planted(arena, ADDITIVE);
        const Points points = simulation_points(arena, &s, k);
        Forecast f;
        Err err = {0};
        assert_int_equal(weigh(arena, &points, "auto", &f, &err), OK);
        const Interval e = forecast_floor(&f);
        assert_true(e.lo < e.value && e.value < e.hi);
        inside += e.lo <= 0.9 && 0.9 <= e.hi;
        assert_int_equal(weigh(arena, &points, "chinchilla", &f, &err), OK);
        assert_near(forecast_floor(&f).value, law_param(f.laws[0].law, f.laws[0].at.theta, 0),
                    1e-12);
        assert_int_equal(weigh(arena, &points, "kaplan", &f, &err), OK);
        assert_true(isnan(forecast_floor(&f).value));
        arena_close(arena);
    }
    assert_in_range(inside, 24, 30);
}

/* A law without a floor has no say in it: what is left of the weights adds up to 1 again. */
static void test_floor_of_the_laws_that_have_one(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    const Points points = simulation_points(arena, &s, 0);
    Forecast alone, both;
    Err err = {0};
    assert_int_equal(weigh(arena, &points, "chinchilla", &alone, &err), OK);
    assert_int_equal(weigh(arena, &points, "chinchilla,kaplan", &both, &err), OK);
    assert_int_equal(both.n, 2);
    both.weight[0] = 0.6, both.weight[1] = 0.4;
    const Interval a = forecast_floor(&alone), b = forecast_floor(&both);
    assert_near(b.value, a.value, 1e-9);
    assert_near(b.lo, a.lo, 1e-9);
    assert_near(b.hi, a.hi, 1e-9);
    arena_close(arena);
}

/* Weights of laws whose edge errors are alike: e to a quarter of the difference in AICc, and where
 * that is more than 8, of 8. */
static void test_aicc_is_bounded(void **state) {
    (void)state;
    static const double AICC[] = {-100, -96, -92, -60, 400};
    enum { N = COUNT_OF(AICC) };
    Candidate laws[N];
    double weight[N];
    for (int i = 0; i < N; i++) laws[i] = (Candidate){.edge = 0.01, .aicc = AICC[i]};
    Forecast f = {.laws = laws, .weight = weight, .n = N};
    forecast_weigh(&f);
    assert_near(f.weight[1] / f.weight[0], exp(-1), 1e-12);
    for (int i = 2; i < N; i++) assert_near(f.weight[i] / f.weight[0], exp(-2), 1e-12);
}

/* The law that is told alone is the usual one where it, or a special case of it, is among the heavy
 * ones; else the one that describes the rows best. */
static void test_the_law_that_is_told(void **state) {
    (void)state;
    static const struct {
        const char *laws;
        double weight[3], aicc[3];
        const char *told;
    } CASES[] = {
        {"skaling,chinchilla,kaplan", {0.6, 0.3, 0.1}, {0, 2, 4}, "chinchilla"},
        {"skaling,kaplan,chinchilla", {0.6, 0.35, 0.05}, {2, 0, 9}, "kaplan"},
        {"chinchilla-tied,skaling,chinchilla", {0.9, 0.08, 0.02}, {0, 3, 5}, "chinchilla"},
        {"skaling,kaplan,bounded", {0.6, 0.35, 0.05}, {NAN, NAN, NAN}, "skaling"},
    };
    for (size_t k = 0; k < COUNT_OF(CASES); k++) {
        char *rest = strdup(CASES[k].laws), *at = rest;
        Candidate laws[3];
        double weight[3];
        for (int i = 0; i < 3; i++) {
            laws[i] = (Candidate){.law = law_find(strsep(&rest, ",")), .aicc = CASES[k].aicc[i]};
            weight[i] = CASES[k].weight[i];
        }
        const Forecast f = {.laws = laws, .weight = weight, .n = 3};
        assert_string_equal(f.laws[forecast_describes(&f)].law->name, CASES[k].told);
        free(at);
    }
}

/* The entropy of one token, where the source tells it, is the law's L0 and is not fitted. */
static void test_known_parameter(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    Points points = simulation_points(arena, &s, 0);
    FitOptions o = fit_options_default();
    o.law = "bounded", o.resamples = 0;
    Fit free, known;
    Err err = {0};
    assert_int_equal(fit_points(arena, &points, NULL, &o, &free, &err), OK);
    points.unigram_nat = 7;
    assert_int_equal(fit_points(arena, &points, NULL, &o, &known, &err), OK);
    assert_int_equal(free.n_free, 6);
    assert_int_equal(known.n_free, 5);
    assert_near(known.params[law_param_index(known.law, "L0")].value, 7, 1e-12);
    bool said = false;
    for (int i = 0; i < known.n_notes; i++)
        said |= strcmp(known.notes[i], "L0 = 7 is what the source tells, and was not fitted.") == 0;
    assert_true(said);
    arena_close(arena);
}

/* Where runs are, no discrepancy is added; beyond them it grows. */
static void test_distance(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    const Points points = simulation_points(arena, &s, 0);
    const Edges edges = edges_of(arena, &points);
    Point p = points.rows[points.n - 1];
    assert_near(edges_beyond(&edges, &p), 0, 1e-12);
    const double step = log(3e5 / 1e4) / 4;
    assert_near(edges.step[0], step, 1e-4); // sizes are whole numbers
    p.params *= exp(step);
    const double once = edges_beyond(&edges, &p);
    assert_near(once, sqrt(0.5), 1e-4);
    p.params *= exp(step);
    assert_near(edges_beyond(&edges, &p), 2 * once, 1e-9);
    arena_close(arena);
}

/* Runs that diverged move no forecast and widen no interval; they are named. Where many rows are
 * off, that is a pattern, and all have their say. */
static void test_far_rows(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    const Points points = simulation_points(arena, &s, 0);
    const Point p = far_away();
    Points spoilt = points;
    spoilt.rows = ARENA_ARRAY(arena, Point, points.n);
    for (size_t i = 0; i < points.n; i++) {
        spoilt.rows[i] = points.rows[i];
        spoilt.rows[i].line = (int)i + 2;
    }
    Forecast clean, f;
    Err err = {0};
    assert_int_equal(weigh(arena, &points, "auto", &clean, &err), OK);
    assert_null(clean.far);
    spoilt.rows[7].loss *= 1.3; // some law comes nearer than 30 %
    assert_int_equal(weigh(arena, &spoilt, "auto", &f, &err), OK);
    assert_non_null(f.far);
    assert_non_null(strstr(f.far, "1 of 20 rows, line 9 (+2"));
    assert_int_equal(f.points->n, points.n - 1);
    const Interval a = forecast_predict(&clean, &p, true), b = forecast_predict(&f, &p, true);
    assert_near(a.value, b.value, 0.005);
    assert_near(log(b.hi / b.lo) / log(a.hi / a.lo), 1, 0.4);
    static const size_t MORE[] = {2, 11, 16};
    for (size_t i = 0; i < COUNT_OF(MORE); i++) spoilt.rows[MORE[i]].loss *= 1.3;
    assert_int_equal(weigh(arena, &spoilt, "auto", &f, &err), OK);
    assert_null(f.far);
    assert_int_equal(f.points->n, points.n);
    arena_close(arena);
}

static void test_refusals(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const Simulation s = planted(arena, ADDITIVE);
    const Points points = simulation_points(arena, &s, 0);
    Forecast f;
    Err err = {0};
    assert_int_equal(weigh(arena, &points, "chinchila,kaplan", &f, &err), E_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'chinchilla'?"));
    assert_int_equal(weigh(arena, &points, "kaplan,power", &f, &err), E_USAGE);
    assert_int_equal(weigh(arena, &points, "kaplan,kaplan", &f, &err), E_USAGE);
    Points few = points;
    few.n = 3;
    assert_int_equal(weigh(arena, &few, "auto", &f, &err), E_FAILED);
    arena_close(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_intervals_hold),
        cmocka_unit_test(test_deviation),
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_floor),
        cmocka_unit_test(test_the_law_that_is_told),
        cmocka_unit_test(test_known_parameter),
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_far_rows),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_aicc_is_bounded),
        cmocka_unit_test(test_floor_of_the_laws_that_have_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
