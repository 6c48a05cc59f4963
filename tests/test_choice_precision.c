/* test_choice_precision.c: what is expected of a sealed forecast against forecasts that are made,
 * and how it moves with seeds, noise, trunks and distance. */
#include "tests/planted.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/choice/precision.h"
#include "base/file.h"
#include "base/stat.h"

/* ---- designs --------------------------------------------------------------------------------- */

typedef struct {
    int sizes, lengths, seeds;
    bool trunks;
    double factor; // of the hero's FLOPs over the costliest run's
} Grid;
static const Grid DEMO = {4, 4, 1, false, 4};

static PlannedRuns planned(Arena *arena, Grid g) {
    PlannedRuns out = {.heroes = ARENA_ARRAY(arena, Point, 1), .n_heroes = 1, .trunks = g.trunks};
    Points *runs = &out.runs;
    runs->rows = ARENA_ARRAY(arena, Point, (size_t)(g.sizes * g.lengths * g.seeds));
    runs->source = "planned", runs->name = runs->rule = "";
    runs->entropy_nat = runs->floor_nat = runs->unigram_nat = NAN;
    for (int i = 0; i < g.sizes * g.lengths * g.seeds; i++) {
        Point *p = &runs->rows[runs->n++];
        const int cell = i / g.seeds, size = cell / g.lengths;
        *p = point_blank();
        p->params = 15e3 * pow(2.4, size);
        p->tokens = 250e3 * pow(2, cell % g.lengths);
        p->flops = 6 * p->params * p->tokens;
        p->group = g.trunks ? size * g.seeds + i % g.seeds : i;
    }
    runs->n_groups = g.trunks ? g.sizes * g.seeds : (int)runs->n;
    out.heroes[0] = runs->rows[runs->n - 1];
    out.heroes[0].params *= sqrt(g.factor), out.heroes[0].tokens *= sqrt(g.factor);
    out.heroes[0].flops *= g.factor;
    return out;
}

static Precision expected(Arena *arena, Grid g, double noise, double trunk) {
    const PlannedRuns p = planned(arena, g);
    ChoiceOptions o = choice_options_default();
    FitOptions fit = fit_options_default();
    Precision out;
    Err err = {0};
    fit.law = FORECAST_AUTO;
    o.noise = noise, o.trunk = trunk;
    if (precision_of(arena, &p, &fit, &o, &out, &err) != OK) fail_msg("%s", err.message);
    return out;
}

static double width(Arena *arena, Grid g, double noise, double trunk) {
    return expected(arena, g, noise, trunk).heroes[0].half_width.value;
}

/* ---- against forecasts ----------------------------------------------------------------------- */

/* The median half width of forecasts from sweeps of this design, made as a seal makes them. */
static double sealed(Arena *arena, Grid g, double noise) {
    enum { SWEEPS = 12 };
    const PlannedRuns p = planned(arena, g);
    const Law *law = law_find("chinchilla");
    const double theta[LAW_MAX_PARAMS] = {log(1.097), log(8.979), 0.3138, log(29.6), 0.3105};
    double half[SWEEPS];
    for (uint64_t k = 0; k < SWEEPS; k++) {
        const Stream s = stream_open(k, "sealed", 0);
        Points runs = p.runs;
        FitOptions o = fit_options_default();
        Forecast f;
        Err err = {0};
        runs.rows = ARENA_ARRAY(arena, Point, runs.n);
        runs.unigram_nat = 4;
        for (size_t i = 0; i < runs.n; i++) {
            runs.rows[i] = p.runs.rows[i];
            runs.rows[i].loss =
                exp(law_log_loss(law, theta, &runs.rows[i]) + noise * stream_normal(&s, i));
        }
        o.law = FORECAST_AUTO;
        assert_int_equal(forecast_of(arena, &runs, &o, &f, &err), OK);
        const Interval v = forecast_predict(&f, &p.heroes[0], true);
        half[k] = (v.hi - v.lo) / (2 * v.value);
    }
    return stat_median(half, SWEEPS);
}

static void test_as_sealed(void **state) {
    Arena *arena = *state;
    static const double FACTORS[] = {4, 300};
    for (size_t i = 0; i < COUNT_OF(FACTORS); i++) {
        Grid g = DEMO;
        g.factor = FACTORS[i];
        const Precision p = expected(arena, g, 0.003, 0.004);
        const Interval *half = &p.heroes[0].half_width;
        assert_near(p.heroes[0].cost, FACTORS[i], 1e-9);
        assert_true(half->lo < half->value && half->value < half->hi);
        assert_in_range((int)(100 * half->value / sealed(arena, g, 0.005)), 67, 150);
    }
}

/* Of the interval the hero's own noise alone makes 1.645 standard deviations. */
static void test_noise_alone(void **state) {
    Arena *arena = *state;
    const Precision p = expected(arena, DEMO, 0.003, 0.004);
    assert_near(p.of_noise, 1.6449 * 0.005, 1e-6);
    assert_true(p.heroes[0].half_width.lo > p.of_noise);
    assert_int_equal(p.n_runs, 16);
    assert_int_equal(p.n_laws, 5);
    assert_true(p.n_sweeps >= 20 && p.n_sweeps % (int)p.n_laws == 0);
    /* Where many runs leave nothing else uncertain, little more is left. */
    const Grid sure = {5, 5, 3, false, 1.1};
    assert_in_range((int)(100 * width(arena, sure, 0.003, 0.004) / p.of_noise), 98, 135);
}

static void test_what_moves_it(void **state) {
    Arena *arena = *state;
    const double once = width(arena, DEMO, 0.005, 0);
    Grid g = DEMO;
    assert_true(width(arena, g, 0.005, 0) == once); // nothing is drawn anew
    /* The noise that is not a trunk's is that of a run; without shared trunks it is all one. */
    assert_in_range((int)(100 * width(arena, g, 0.010, 0) / once), 170, 230);
    assert_in_range((int)(100 * width(arena, g, 0.003, 0.004) / once), 80, 125);
    g.seeds = 4;
    assert_in_range((int)(100 * width(arena, g, 0.005, 0) / once), 40, 85);
    /* What all lengths of a size have in common looks like an effect of the size. */
    g = DEMO, g.trunks = true;
    assert_in_range((int)(100 * width(arena, g, 0.001, 0.005) / width(arena, DEMO, 0.001, 0.005)),
                    150, 400);
    g = DEMO, g.factor = 30;
    const double further = width(arena, g, 0.005, 0);
    g.factor = 300;
    assert_true(further > 1.5 * once && width(arena, g, 0.005, 0) > 1.5 * further);
}

/* Fewer runs than a law has parameters foretell nothing. */
static void test_too_few(void **state) {
    Arena *arena = *state;
    const Grid g = {2, 2, 1, false, 4};
    const PlannedRuns p = planned(arena, g);
    const ChoiceOptions o = choice_options_default();
    FitOptions fit = fit_options_default();
    Precision out;
    Err err = {0};
    fit.law = FORECAST_AUTO;
    assert_int_equal(precision_of(arena, &p, &fit, &o, &out, &err), E_FAILED);
    assert_non_null(strstr(err.message, "needs at least 6 different"));
}

/* ---- tables ---------------------------------------------------------------------------------- */

static Status open_text(Arena *arena, const char *text, PlannedRuns *out, Err *err) {
    char path[] = "/tmp/test_precision_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(file_write(path, text, strlen(text), err), OK);
    const Status status = planned_runs_open(arena, arena_strdup(arena, path), out, err);
    unlink(path);
    return status;
}

static void test_reading(void **state) {
    Arena *arena = *state;
    PlannedRuns p;
    Err err = {0};
    static const struct {
        const char *text, *says;
        Status status;
    } BAD[] = {
        {"params,tokens\n1,2\n", "needs a column 'role'", E_FORMAT},
        {"role,params\ngrid,1\n", "needs a column 'tokens'", E_FORMAT},
        {"role,params,tokens\ngrid,1,2\nhero,1,-2\n", "line 3: column 'tokens'", E_FORMAT},
        {"role,params,tokens,flops\ngrid,1,2,x\n", "line 2: column 'flops'", E_FORMAT},
        {"role,params,tokens\ngrid,1,2\ntuning,1,2\n", "one whose role is 'hero'", E_USAGE},
        {"role,params,tokens\nhero,1,2\n", "needs runs", E_USAGE},
    };
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_int_equal(open_text(arena, BAD[i].text, &p, &err), BAD[i].status);
        assert_non_null(strstr(err.message, BAD[i].says));
    }
    /* Two runs of one trunk, one tuning run, and two heroes that differ in their seed alone. */
    assert_int_equal(open_text(arena,
                               "id,role,params,tokens,trunk,loss\na,tuning,7,7,t,\nb,grid,1,2,t,\n"
                               "c,grid,1,4,t,3.5\nd,,2,4,u,\ne,hero,8,9,u,\nf,hero,8,9,v,\n"
                               "g,hero,8,10,v,\n",
                               &p, &err),
                     OK);
    assert_int_equal(p.runs.n, 3);
    assert_int_equal(p.runs.n_groups, 2);
    assert_true(p.trunks);
    assert_int_equal(p.runs.rows[0].group, p.runs.rows[1].group);
    assert_true(p.runs.rows[1].flops == 24);
    assert_int_equal(p.n_heroes, 2);
    assert_true(p.heroes[1].tokens == 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_as_sealed), TEST(test_noise_alone), TEST(test_what_moves_it),
        TEST(test_too_few),   TEST(test_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
