/* test_choice_choose.c: what is expected of a design against formulas of textbooks and against
 * simulated fits, and the designs that are chosen against known best ones. */
#include "tests/planted.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/choice/choose.h"
#include "analysis/fit/estimate.h"
#include "analysis/fit/problem_of.h"
#include "base/rng.h"
#include "base/stat.h"
#include "base/file.h"

static const double NOISE = 0.01;

/* ---- a straight line: ln L = ln A - alpha ln C ----------------------------------------------- */

enum { PLACES = 9 };

/* Candidates at ln C = 10 + x, x evenly from -1 to 1, each of one second. */
static Cells line_cells(Arena *arena, int trunk) {
    Cells out = {.rows = ARENA_ARRAY(arena, Cell, PLACES), .n = PLACES};
    for (int i = 0; i < PLACES; i++) {
        Point p = point_blank();
        p.flops = exp(10 + (i - 4) / 4.0);
        p.params = sqrt(p.flops), p.tokens = sqrt(p.flops);
        out.rows[i] = (Cell){arena_printf(arena, "x %d", i), p, trunk, 1, 0};
    }
    cells_sort(&out);
    return out;
}

static Point line_target(double x) {
    Point p = point_blank();
    p.flops = exp(10 + x);
    p.params = sqrt(p.flops), p.tokens = sqrt(p.flops);
    return p;
}

static Possible *line_possible(Arena *arena, const Cells *cells, const Point *target, double trunk,
                               double drift) {
    static const Points NONE;
    Possible *p = ARENA_NEW(arena, Possible);
    Err err = {0};
    *p = (Possible){.truths = ARENA_ARRAY(arena, Truth, 1),
                    .n_truths = 1,
                    .laws = ARENA_ARRAY(arena, const Law *, 1),
                    .n_laws = 1,
                    .rows = &NONE,
                    .noise = NOISE,
                    .trunk = trunk,
                    .drift = drift};
    p->truths[0] = (Truth){law_find_x("power", "flops"), {2, 0.1}, 1};
    p->laws[0] = p->truths[0].law;
    assert_int_equal(possible_see(arena, p, cells, target, &err), OK);
    return p;
}

/* To foretell at x0 beyond [-1, 1], the two ends take the shares (x0 + 1) / 2 x0 and
 * (x0 - 1) / 2 x0 of the runs [Hoel and Levine 1964, Ann. Math. Stat. 35:1553]. */
static void test_line_ends(void **state) {
    Arena *arena = *state;
    static const Points NONE;
    const Cells cells = line_cells(arena, -1);
    const Point target = line_target(3);
    const Expectation *e =
        expectation_of(arena, line_possible(arena, &cells, &target, 0, 0), &cells, &target);
    const Limits limits = {6, 2, 100, 1, 1};
    const ChosenRuns d = choose(arena, e, &cells, &NONE, &limits);
    assert_int_equal(d.n, 12);
    assert_int_equal(d.runs[0], 4);
    assert_int_equal(d.runs[PLACES - 1], 8);
    /* Its variance is noise^2 / n times x0^2 where x is within 1. */
    assert_close(d.expected.error, NOISE / sqrt(12) * 3, 0.01);
}

/* What is best is two places, but four were asked for. */
static void test_least_values(void **state) {
    Arena *arena = *state;
    static const Points NONE;
    const Cells cells = line_cells(arena, -1);
    const Point target = line_target(3);
    const Expectation *e =
        expectation_of(arena, line_possible(arena, &cells, &target, 0, 0), &cells, &target);
    const Limits limits = {6, 2, 100, 4, 4};
    const ChosenRuns d = choose(arena, e, &cells, &NONE, &limits);
    int places = 0;
    for (size_t i = 0; i < cells.n; i++) places += d.runs[i] > 0;
    assert_int_equal(places, 4);
    assert_int_equal(d.n, 12);
}

/* Set the numbers of runs of design number `code` of all those with at most two runs of a cell. */
static void enumerate(int code, int *runs) {
    for (int i = 0; i < PLACES; i++, code /= 3) runs[i] = code % 3;
}

/* Where places take unequal times, additions alone end in a corner; with the exchanges the best of
 * all 19683 designs is found, or one within 1 % of it. */
static void test_best_of_all(void **state) {
    Arena *arena = *state;
    static const Points NONE;
    static const double SECONDS[PLACES] = {1, 1.5, 2, 2.2, 3, 3.1, 4, 5.5, 7};
    Cells cells = line_cells(arena, -1);
    for (int i = 0; i < PLACES; i++) cells.rows[i].seconds = SECONDS[i];
    const Point target = line_target(2);
    const Expectation *e =
        expectation_of(arena, line_possible(arena, &cells, &target, 0, 0.002), &cells, &target);
    for (double budget = 6; budget < 30; budget += 2.5) {
        const Limits limits = {budget, 1, 2, 1, 1};
        const ChosenRuns d = choose(arena, e, &cells, &NONE, &limits);
        double best = INFINITY;
        for (int code = 1; code < 19683; code++) {
            int runs[PLACES];
            enumerate(code, runs);
            if (cells_work(&cells, runs) <= budget) best = fmin(best, expect(e, runs).error);
        }
        assert_true(d.expected.error < 1.01 * best);
    }
}

/* Between the ends, noise that all runs of a trunk share is never averaged away. */
static void test_trunk_noise(void **state) {
    Arena *arena = *state;
    const Cells cells = line_cells(arena, 0);
    const Point target = line_target(0);
    const double trunk = 0.02;
    const Expectation *e =
        expectation_of(arena, line_possible(arena, &cells, &target, trunk, 0), &cells, &target);
    int runs[PLACES] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_close(expect(e, runs).error, sqrt(trunk * trunk + NOISE * NOISE / PLACES), 0.001);
    for (int i = 0; i < PLACES; i++) runs[i] = 4; // of four trunks
    assert_close(expect(e, runs).error, sqrt(trunk * trunk + NOISE * NOISE / PLACES) / 2, 0.001);
}

/* Seeds average a run's noise and not what a law misses at their place. */
static void test_drift(void **state) {
    Arena *arena = *state;
    const Cells cells = line_cells(arena, -1);
    const Point target = line_target(3);
    const double drift = 0.004;
    const Expectation *e =
        expectation_of(arena, line_possible(arena, &cells, &target, 0, drift), &cells, &target);
    const int runs[PLACES] = {[0] = 3, [PLACES - 1] = 2};
    const double low = NOISE * NOISE / 3 + pow(drift * 4, 2),
                 high = NOISE * NOISE / 2 + pow(drift * 2, 2);
    assert_close(expect(e, runs).error, sqrt(1 * low + 4 * high), 0.005);
}

/* ---- laws of N and D ------------------------------------------------------------------------- */

enum { SIZES = 5, LENGTHS = 6 };

/* Candidates whose seconds grow with their FLOPs. */
static Cells grid_cells(Arena *arena, bool trunks) {
    Cells out = {.rows = ARENA_ARRAY(arena, Cell, SIZES * LENGTHS), .n = SIZES * LENGTHS};
    for (int i = 0; i < SIZES * LENGTHS; i++) {
        Point p = point_blank();
        p.params = 1e4 * pow(2.5, i / LENGTHS);
        p.tokens = 2e5 * pow(2, i % LENGTHS);
        p.flops = 6 * p.params * p.tokens;
        const double seconds = p.flops / 1e10;
        out.rows[i] = (Cell){arena_printf(arena, "%d", i), p, trunks ? i / LENGTHS : -1, seconds,
                             trunks ? 0.8 * seconds : 0};
    }
    cells_sort(&out);
    return out;
}

static Point far_target(void) {
    Point p = point_blank();
    p.params = 1.5e6, p.tokens = 2e7, p.flops = 6 * p.params * p.tokens;
    return p;
}

static Possible *possible(Arena *arena, const Cells *cells, const char *asked, int each,
                          const Point *target) {
    Possible *p = ARENA_NEW(arena, Possible);
    const Law **laws;
    size_t n;
    Err err = {0};
    assert_int_equal(forecast_laws(arena, asked, &laws, &n, &err), OK);
    assert_int_equal(possible_from_laws(arena, laws, n, cells, each, p, &err), OK);
    p->noise = 0.003;
    assert_int_equal(possible_see(arena, p, cells, target, &err), OK);
    return p;
}

/* Runs of every cell with the losses of a truth and the noise of table k. */
static Points measured(Arena *arena, const Cells *cells, const Truth *t, double noise, uint64_t k) {
    const Stream s = stream_open(1, "design", k);
    Points out = {.rows = ARENA_ARRAY(arena, Point, cells->n), .n = cells->n, .source = "planted"};
    out.unigram_nat = NAN;
    out.n_groups = (int)out.n;
    for (size_t i = 0; i < cells->n; i++) {
        out.rows[i] = cells->rows[i].at;
        out.rows[i].group = (int)i;
        out.rows[i].loss =
            exp(law_log_loss(t->law, t->theta, &out.rows[i]) + noise * stream_normal(&s, i));
    }
    return out;
}

static double fitted_at(Arena *arena, const Points *points, const char *law, const Point *target) {
    FitOptions o = fit_options_default();
    Problem problem;
    Err err = {0};
    o.law = law, o.estimator = "l2-log";
    assert_int_equal(problem_of(arena, points, &o, &problem, &err), OK);
    const Estimate e = estimate_best(arena, &problem, 8);
    return law_log_loss(problem.law, e.theta, target);
}

/* The error that is expected by noise is by how much forecasts move from table to table. */
static void test_expected_noise(void **state) {
    Arena *arena = *state;
    enum { TABLES = 60 };
    const Cells cells = grid_cells(arena, false);
    const Point target = far_target();
    const Possible *p = possible(arena, &cells, "chinchilla", 1, &target);
    const Expectation *e = expectation_of(arena, p, &cells, &target);
    int runs[SIZES * LENGTHS];
    double said[TABLES];
    for (int i = 0; i < SIZES * LENGTHS; i++) runs[i] = 1;
    const Expected expected = expect(e, runs);
    for (uint64_t k = 0; k < TABLES; k++) {
        const Points points = measured(arena, &cells, &p->truths[0], p->noise, k);
        said[k] = fitted_at(arena, &points, "chinchilla", &target);
    }
    assert_near(expected.by_form, 0, 1e-9);
    assert_in_range((int)(100 * expected.by_noise / stat_sd(said, TABLES)), 75, 133);
}

/* The error of a law that is not true is that of its fit to runs without noise. */
static void test_expected_form(void **state) {
    Arena *arena = *state;
    const Cells cells = grid_cells(arena, false);
    const Point target = far_target();
    Possible *p = possible(arena, &cells, "kaplan,chinchilla", 2, &target);
    p->noise = 1e-5;
    int seen = 0;
    for (size_t v = 0; v < p->n_views; v++) {
        const View *view = &p->views[v];
        const Truth *t = &p->truths[view->truth];
        if (view->law == t->law) continue;
        /* Of this view alone, with all noise gone, but few of the cells. */
        Possible one = *p;
        one.views = p->views + v, one.n_views = 1, one.n_laws = 1;
        one.truths = p->truths + view->truth, one.n_truths = 1;
        const Expectation *e = expectation_of(arena, &one, &cells, &target);
        int runs[SIZES * LENGTHS];
        Cells few = {.rows = ARENA_ARRAY(arena, Cell, cells.n)};
        for (size_t i = 0; i < cells.n; i++) {
            runs[i] = i % 2 == 0 || i >= cells.n - 2;
            if (runs[i]) few.rows[few.n++] = cells.rows[i];
        }
        const Points points = measured(arena, &few, t, 0, 0);
        const double error = fabs(fitted_at(arena, &points, view->law->name, &target) -
                                  law_log_loss(t->law, t->theta, &target));
        const double said = sqrt(expect_square(e, runs, 0));
        assert_in_range((int)(100 * said / error), 70, 143);
        seen++;
    }
    assert_int_equal(seen, 4);
}

static void test_choice_keeps_to_limits(void **state) {
    Arena *arena = *state;
    static const Points NONE;
    const Point target = far_target();
    double before = INFINITY;
    for (int trunks = 0; trunks < 2; trunks++) {
        const Cells cells = grid_cells(arena, trunks);
        const Possible *p = possible(arena, &cells, "auto", 1, &target);
        const Expectation *e = expectation_of(arena, p, &cells, &target);
        before = INFINITY;
        for (double budget = 80; budget <= 320; budget *= 4) {
            const Limits limits = {budget, 2, 3, 3, 3};
            const ChosenRuns d = choose(arena, e, &cells, &NONE, &limits),
                             grid = choose_grid(arena, e, &cells, &NONE, &limits);
            assert_true(d.n > 0 && d.seconds <= budget);
            assert_close(d.seconds, cells_seconds(&cells, d.runs, 2), 1e-12);
            if (budget < 100) {
                const ChosenRuns again = choose(arena, e, &cells, &NONE, &limits);
                assert_memory_equal(d.runs, again.runs, cells.n * sizeof *d.runs);
            }
            assert_true(grid.n > 0 && grid.seconds <= budget);
            assert_true(pow(d.expected.error / grid.expected.error, 2) < 0.8);
            assert_true(d.expected.error < before);
            before = d.expected.error;
            bool sizes[SIZES] = {0}, lengths[LENGTHS] = {0};
            int n_sizes = 0, n_lengths = 0;
            for (size_t i = 0; i < cells.n; i++) {
                assert_in_range(d.runs[i], 0, 3);
                if (d.runs[i]) sizes[i / LENGTHS] = lengths[i % LENGTHS] = true;
            }
            for (int i = 0; i < SIZES; i++) n_sizes += sizes[i];
            for (int i = 0; i < LENGTHS; i++) n_lengths += lengths[i];
            assert_true(n_sizes >= 3 && n_lengths >= 3);
        }
    }
}

/* Rows that are there count, and are not run again. */
static void test_rows_count(void **state) {
    Arena *arena = *state;
    const Cells cells = grid_cells(arena, false);
    const Point target = far_target();
    Possible *p = possible(arena, &cells, "chinchilla", 1, &target);
    int runs[SIZES * LENGTHS], none[SIZES * LENGTHS] = {0};
    for (int i = 0; i < SIZES * LENGTHS; i++) runs[i] = 1;
    const Expected planned = expect(expectation_of(arena, p, &cells, &target), runs);
    const Points rows = measured(arena, &cells, &p->truths[0], 0, 0);
    Err err = {0};
    p->rows = &rows;
    assert_int_equal(possible_see(arena, p, &cells, &target, &err), OK);
    const Expectation *e = expectation_of(arena, p, &cells, &target);
    assert_close(expect(e, none).error, planned.error, 1e-6);
    assert_true(expect(e, runs).error < 0.8 * planned.error);
}

/* ---- tables of candidates -------------------------------------------------------------------- */

static void test_seconds(void **state) {
    Arena *arena = *state;
    Cell rows[4];
    for (int i = 0; i < 4; i++)
        rows[i] = (Cell){"", point_blank(), i < 3 ? 7 : -1, 10 << i, i < 3 ? 8 << i : 0};
    for (int i = 0; i < 4; i++) rows[i].at.params = i < 3 ? 1 : 2, rows[i].at.tokens = 1 << i;
    Cells cells = {rows, 4, 0};
    cells_sort(&cells);
    assert_int_equal(cells.n_trunks, 1);
    assert_int_equal(cells.rows[0].trunk, 0);
    (void)arena;
    const int once[] = {1, 1, 1, 1}, gap[] = {1, 0, 1, 0}, twice[] = {2, 1, 0, 1};
    assert_close(cells_work(&cells, once), 10 + (20 - 8) + (40 - 16) + 80, 1e-12);
    assert_close(cells_seconds(&cells, once, 2), 80, 1e-12);
    assert_close(cells_seconds(&cells, gap, 2), 10 + (40 - 8), 1e-12);
    assert_close(cells_work(&cells, twice), 10 + 12 + 10 + 80, 1e-12);
    assert_close(cells_seconds(&cells, twice, 1), 112, 1e-12);
}

static void test_reading(void **state) {
    Arena *arena = *state;
    Err err = {0};
    Cells cells;
    char path[] = "/tmp/test_design_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    static const struct {
        const char *text, *says;
    } BAD[] = {
        {"name,params,tokens,flops\na,1,2,3\n", "needs a column 'seconds'"},
        {"name,params,tokens,flops,seconds\na,1,2,3,4\nb,1,-2,3,4\n", "line 3: column 'tokens'"},
        {"name,params,tokens,flops,seconds,shared_s\na,1,2,3,4,5\n", "column 'shared_s'"},
    };
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        assert_int_equal(file_write(path, BAD[i].text, strlen(BAD[i].text), &err), OK);
        assert_int_equal(cells_open(arena, path, &cells, &err), E_FORMAT);
        assert_non_null(strstr(err.message, BAD[i].says));
    }
    const char *good = "name,params,tokens,flops,seconds,trunk\nb,2,1,12,4,t\na,1,2,12,3,\n";
    assert_int_equal(file_write(path, good, strlen(good), &err), OK);
    assert_int_equal(cells_open(arena, path, &cells, &err), OK);
    assert_int_equal(cells.n, 2);
    assert_string_equal(cells.rows[0].name, "a");
    assert_int_equal(cells.rows[0].trunk, -1);
    assert_int_equal(cells.rows[1].trunk, 0);
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_least_values),  TEST(test_best_of_all),
        TEST(test_line_ends),     TEST(test_trunk_noise),
        TEST(test_drift),         TEST(test_expected_noise),
        TEST(test_expected_form), TEST(test_choice_keeps_to_limits),
        TEST(test_rows_count),    TEST(test_seconds),
        TEST(test_reading),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
