/* test_fit_design.c: what sizes and lengths alone decide: a line is told from a grid, a law of N
 * and D on a line says so first and nothing of what is best, another law stands in by default. */
#include <stdlib.h>
#include <string.h>

#include "tests/planted.h"

#include "analysis/fit/design.h"

static const Surface SURFACE = {1.69, 406.4, 0.34, 410.7, 0.28};

/* n runs of sizes over a factor 117, of `ratio` N^(slope - 1) tokens a parameter, times up to
 * e^-+spread by turns. */
static Points on_line(Arena *arena, size_t n, double ratio, double slope, double spread) {
    const Planted plan = {SURFACE, 1.11e8, 1.3e10, 1e9, 1e11, (int)n, 2, 0, 1};
    Points out = planted_points(arena, &plan);
    const Stream s = stream_open(4, "line", 0);
    for (size_t i = 0; i < n; i++) {
        Point *p = &out.rows[i];
        *p = out.rows[2 * i];
        p->tokens =
            ratio * p->params * pow(p->params / 1.11e8, slope - 1) * exp(i % 2 ? spread : -spread);
        p->flops = 6 * p->params * p->tokens;
        p->loss = planted_loss(&SURFACE, p->params, p->tokens) * exp(0.003 * stream_normal(&s, i));
        p->group = (int)i;
    }
    out.n = n;
    out.n_groups = (int)n;
    return out;
}

static FitOptions quick(const char *law) {
    FitOptions o = fit_options_default();
    o.law = law;
    o.starts = 6;
    o.resamples = 40;
    return o;
}

static Fit fit_of(Arena *arena, const Points *points, const FitOptions *o) {
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, NULL, o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

static bool says(const Fit *fit, const char *what) {
    for (int i = 0; i < fit->n_notes; i++)
        if (strstr(fit->notes[i], what)) return true;
    return false;
}

/* ---- designs ------------------------------------------------------------------------------- */

static void test_a_line_is_told_from_a_grid(void **state) {
    Points points = on_line(*state, 7, 20, 1, 0);
    Design d = design_of(*state, &points);
    assert_int_equal(d.kind, DESIGN_LINE);
    assert_string_equal(d.words, "tokens = 20 params");
    assert_near(d.correlation, 1, 1e-9);
    assert_false(design_off_line(&d, 5e10, 1.04e12));
    assert_true(design_off_line(&d, 5e10, 5.2e11));
    points = on_line(*state, 7, 20, 0.74, 0);
    d = design_of(*state, &points);
    assert_int_equal(d.kind, DESIGN_LINE);
    assert_non_null(strstr(d.words, "tokens grow as params^0.74"));
    points = on_line(*state, 8, 20, 1, 0.2); // correlation .99
    assert_int_equal(design_of(*state, &points).kind, DESIGN_LINE);
    points = on_line(*state, 8, 20, 1, 0.5); // correlation .95
    assert_int_equal(design_of(*state, &points).kind, DESIGN_GRID);
    const Planted grid = {SURFACE, 1e8, 1e10, 1e9, 1e11, 4, 4, 0.003, 1};
    points = planted_points(*state, &grid);
    d = design_of(*state, &points);
    assert_int_equal(d.kind, DESIGN_GRID);
    assert_near(d.correlation, 0, 1e-9);
    assert_false(design_off_line(&d, 1e8, 1e20));
}

/* At one budget larger runs are shorter: their terms act against each other. */
static void test_one_budget_is_no_line(void **state) {
    Points points = on_line(*state, 8, 20, 1, 0);
    for (size_t i = 0; i < points.n; i++) points.rows[i].tokens = 1e21 / points.rows[i].params;
    const Design d = design_of(*state, &points);
    assert_near(d.correlation, -1, 1e-9);
    assert_int_equal(d.kind, DESIGN_GRID);
}

static void test_one_length_and_one_size(void **state) {
    Points points = on_line(*state, 7, 20, 1, 0);
    const FitOptions o = quick("chinchilla");
    for (size_t i = 0; i < points.n; i++) points.rows[i].tokens = 2e9;
    assert_int_equal(design_of(*state, &points).kind, DESIGN_ONE_LENGTH);
    DesignLaw law = design_instead(*state, &points, &o);
    assert_string_equal(law.law, "power-offset");
    assert_string_equal(law.x, "params");
    assert_non_null(strstr(law.why, "all runs have one length (tokens = 2e+09)"));
    Design d = design_of(*state, &points);
    assert_false(design_off_line(&d, 1e12, 2e9));
    assert_true(design_off_line(&d, 1e9, 4e9));
    points = on_line(*state, 3, 20, 1, 0);
    for (size_t i = 0; i < points.n; i++) points.rows[i].params = 1e9;
    assert_int_equal(design_of(*state, &points).kind, DESIGN_ONE_SIZE);
    d = design_of(*state, &points);
    assert_true(design_off_line(&d, 2e9, 1e10) && !design_off_line(&d, 1e9, 1e15));
    law = design_instead(*state, &points, &o);
    assert_string_equal(law.law, "power"); // three lengths are too few for a floor
    assert_string_equal(law.x, "tokens");
}

static void test_rows_without_weight_do_not_count(void **state) {
    Points points = on_line(*state, 8, 20, 1, 0);
    points.rows[3].tokens *= 100;
    assert_int_equal(design_of(*state, &points).kind, DESIGN_GRID);
    points.rows[3].weight = 0;
    assert_int_equal(design_of(*state, &points).kind, DESIGN_LINE);
}

/* ---- what stands in ------------------------------------------------------------------------ */

static void test_what_stands_in(void **state) {
    const Points line = on_line(*state, 7, 20, 1, 0);
    FitOptions o = quick("chinchilla");
    DesignLaw law = design_instead(*state, &line, &o);
    assert_string_equal(law.law, "power-offset");
    assert_string_equal(law.x, "flops");
    assert_non_null(strstr(law.why, "sizes and lengths lie on one line (tokens = 20 params), so "
                                    "that no fit can tell what is N's from what is D's"));
    assert_non_null(strstr(law.why, "Runs at the same size with other lengths would tell."));
    o.law = "auto";
    assert_string_equal(design_instead(*state, &line, &o).law, "power-offset");
    o.fix = "alpha=0.34"; // whoever fixes a coefficient has a law in mind
    assert_null(design_instead(*state, &line, &o).why);
    o = quick("power");
    assert_null(design_instead(*state, &line, &o).why);
    const Points few = on_line(*state, 3, 20, 1, 0), two = on_line(*state, 2, 20, 1, 0);
    o = quick("chinchilla");
    assert_string_equal(design_instead(*state, &few, &o).law, "power");
    assert_null(design_instead(*state, &two, &o).why);
    const Planted grid = {SURFACE, 1e8, 1e10, 1e9, 1e11, 4, 4, 0.003, 1};
    const Points points = planted_points(*state, &grid);
    assert_null(design_instead(*state, &points, &o).why);
}

/* ---- laws of N and D on a line ------------------------------------------------------------- */

/* Every law that has terms in both: the reason comes first, nothing is said of single coefficients,
 * bounds or patterns, and nothing follows that rests on them. */
static void test_a_law_of_both_tells_nothing_apart(void **state) {
    const Points points = on_line(*state, 9, 20, 1, 0);
    static const char *const NAMES[] = {"chinchilla", "chinchilla-tied", "kaplan",
                                        "skaling",    "bounded",         "gadre"};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        const FitOptions o = quick(NAMES[i]);
        const Fit fit = fit_of(*state, &points, &o);
        assert_true(fit.status == FIT_NOT_IDENTIFIED || fit.status == FIT_NO_CONVERGENCE);
        assert_true(fit.reasons & 1u << FIT_NOT_IDENTIFIED);
        assert_false(fit.reasons & 1u << FIT_AT_BOUND);
        assert_non_null(strstr(fit.notes[0], "sizes and lengths lie on one line"));
        assert_non_null(strstr(fit.notes[0], "runs at the same size with other lengths"));
        assert_false(says(&fit, "ends at its") || says(&fit, "is not pinned") ||
                     says(&fit, "one regime") || says(&fit, "optimal size"));
        assert_non_null(fit.form.untested);
        assert_non_null(fit.no_frontier);
        const Frontier f = fit_frontier(&fit, fit.theta);
        const FitOptimum best = fit_optimum(&fit, 1e21);
        assert_true(isnan(f.a) && isnan(f.ln_n0) && isnan(f.ln_K));
        assert_true(isnan(best.params.value) && isnan(best.tokens.value) && isnan(best.loss.hi));
        assert_true(isnan(fit.split.a.value) && isnan(fit.split.G.hi) && isnan(fit.split.K.lo));
        assert_true(isfinite(fit_split(&fit).a.value)); // it is there, and not told
    }
}

/* Whoever knows both exponents knows what the line does not tell. */
static void test_known_exponents_tell(void **state) {
    const Points points = on_line(*state, 9, 20, 1, 0);
    FitOptions o = quick("chinchilla");
    o.fix = "alpha=0.34";
    assert_non_null(fit_of(*state, &points, &o).no_frontier);
    o.fix = "alpha=0.34,beta=0.28,E=1.69";
    const Fit fit = fit_of(*state, &points, &o);
    assert_null(strstr(fit.notes[0], "one line"));
    assert_true(fit.no_frontier == NULL || fit.status == FIT_AT_BOUND);
}

static void test_a_law_of_compute_holds_along_the_line(void **state) {
    const Points points = on_line(*state, 9, 20, 1, 0);
    const FitOptions o = quick("power-offset");
    const Fit fit = fit_of(*state, &points, &o);
    assert_true(says(&fit, "this law holds along that line"));
    assert_null(fit.no_frontier);
    assert_near(fit.params[0].value, SURFACE.E, 0.3);
    Points known = points; // whose source tells its floor
    known.floor_nat = SURFACE.E;
    FitOptions by_size = quick("power-offset");
    by_size.x = "params";
    const Fit in_compute = fit_of(*state, &known, &o), in_size = fit_of(*state, &known, &by_size);
    assert_true(fit_truth_known(&in_compute));
    assert_false(fit_truth_known(&in_size)); // its E holds what the lengths lack
    const Interval far = fit_predict(&fit, 2.6e10, 5.2e11, true);
    const double truth = planted_loss(&SURFACE, 2.6e10, 5.2e11);
    assert_true(far.lo < truth && truth < far.hi);
}

/* ---- bounds -------------------------------------------------------------------------------- */

static const Planted GRID = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 1e6, 1e5, 1e7, 6, 6, 0.003, 1};

static void test_at_a_bound_nothing_best_is_told(void **state) {
    const Points points = planted_points(*state, &GRID);
    FitOptions o = quick("chinchilla");
    Fit fit = fit_of(*state, &points, &o);
    assert_null(fit.no_frontier);
    assert_true(isfinite(fit_optimum(&fit, 1e13).params.value));
    o.bound = "alpha=0.4:0.9";
    fit = fit_of(*state, &points, &o);
    assert_int_equal(fit.status, FIT_AT_BOUND);
    assert_non_null(strstr(fit.no_frontier, "alpha ends at a bound"));
    assert_true(isnan(fit_optimum(&fit, 1e13).params.value) && isnan(fit.split.eta.value));
    assert_true(isfinite(fit_predict(&fit, 1e6, 1e7, true).value));
}

/* What is best does not depend on k, so that its bound is no reason to be silent; nor is a floor of
 * 0 in a law of compute. */
static void test_some_bounds_leave_what_is_best(void **state) {
    const Points points = planted_points(*state, &GRID);
    FitOptions o = quick("skaling");
    o.bound = "k=0.05:0.8";
    Fit fit = fit_of(*state, &points, &o);
    assert_int_equal(fit.status, FIT_AT_BOUND);
    assert_null(fit.no_frontier);
    assert_true(isfinite(fit_optimum(&fit, 1e13).params.value));
    o = quick("power-offset");
    o.bound = "E=0.001:0.1";
    fit = fit_of(*state, &points, &o);
    assert_int_equal(fit.status, FIT_AT_BOUND);
    assert_null(fit.no_frontier);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_is_told_from_a_grid),
        TEST(test_one_budget_is_no_line),
        TEST(test_one_length_and_one_size),
        TEST(test_rows_without_weight_do_not_count),
        TEST(test_what_stands_in),
        TEST(test_a_law_of_both_tells_nothing_apart),
        TEST(test_known_exponents_tell),
        TEST(test_a_law_of_compute_holds_along_the_line),
        TEST(test_at_a_bound_nothing_best_is_told),
        TEST(test_some_bounds_leave_what_is_best),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
