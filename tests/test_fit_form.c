/* test_fit_form.c: a right form is hardly ever called wrong, a wrong one is found with its
 * direction, in independent runs and in as few as five trunks; lack of fit beside repeats; reasons
 * by weight; in which words noise may be said. tests/form_rates.c has the rates in full. */
#include <string.h>

#include "base/stat.h"
#include "tests/formed.h"

static const Formed RUNS = {.q = 1, .noise = 0.003, .n_sizes = 5, .n_lengths = 4, .n_seeds = 1};
static const Formed TRUNKS = {.q = 1,
                              .noise = 0.003,
                              .trunk = 0.005,
                              .n_sizes = 5,
                              .n_lengths = 4,
                              .n_seeds = 1,
                              .trunks = true};

static Fit fit_of(Arena *arena, const Points *points, const char *law) {
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    o.starts = 4, o.resamples = 0;
    o.law = law;
    if (fit_points(arena, points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

static Fit fit_formed(Arena *arena, const Formed *f) {
    Points *points = ARENA_NEW(arena, Points);
    *points = formed_points(arena, f);
    return fit_of(arena, points, "chinchilla");
}

static bool says(const Fit *fit, const char *what) {
    for (int i = 0; i < fit->n_notes; i++)
        if (strstr(fit->notes[i], what)) return true;
    return false;
}

/* Return how many of `sets` sets have a pattern less likely than `chance`, whichever it is (all
 * patterns) or N x D alone. */
static int below(Arena *arena, Formed f, int sets, double chance, bool all) {
    int n = 0;
    for (int k = 0; k < sets; k++) {
        f.seed = 100 + (uint64_t)k;
        const Form form = fit_formed(arena, &f).form;
        n += (all ? form_strongest(&form) : &form.patterns[FORM_N_D])->p < chance;
    }
    return n;
}

/* ---- level and power ----------------------------------------------------------------------- */

/* The chance told is one: as often below .05 as it says, and below the threshold next to never. */
static void test_level(void **state) {
    enum { SETS = 300 };
    Formed quiet = TRUNKS, loud = TRUNKS;
    quiet.trunk = 0, loud.trunk = 0.02;
    const Formed *const cases[] = {&RUNS, &TRUNKS, &quiet, &loud};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const int fifth = below(*state, *cases[i], SETS, 0.05, false);
        const int called = below(*state, *cases[i], SETS, FORM_CHANCE, true);
        print_message("# of %d additive sets %d have N x D below .05, %d are called wrong\n", SETS,
                      fifth, called);
        assert_true(fifth <= 0.085 * SETS);
        assert_true(fifth >= 0.02 * SETS);
        assert_true(called <= 0.02 * SETS);
    }
}

static void test_power_and_direction(void **state) {
    enum { SETS = 20 };
    static const struct {
        double q, steps;
        const char *direction;
    } CASES[] = {{1.5, 0, "saturating"},
                 {3, 0, "saturating"},
                 {0.6, 0, "steps-limited"},
                 {1, 0.1, "steps-limited"}};
    for (size_t i = 0; i < COUNT_OF(CASES); i++)
        for (int trunks = 0; trunks < 2; trunks++) {
            int found = 0, told = 0;
            for (int k = 0; k < SETS; k++) {
                Formed f = trunks ? TRUNKS : RUNS;
                f.q = CASES[i].q, f.steps = CASES[i].steps, f.seed = 500 + (uint64_t)k;
                const Fit fit = fit_formed(*state, &f);
                found += (fit.reasons & 1u << FIT_WRONG_FORM) != 0;
                told += says(&fit, CASES[i].direction);
                assert_int_equal(says(&fit, "wrong form"), form_wrong(&fit.form));
            }
            assert_true(found >= SETS - 1);
            assert_true(told == found);
        }
}

/* Sizes beyond the middle that get worse again are no power of N; data have no part in it. */
static void test_one_variable_has_no_direction(void **state) {
    Formed f = RUNS;
    f.n_sizes = 8, f.n_lengths = 6;
    Points points = formed_points(*state, &f);
    for (size_t i = 0; i < points.n; i++) {
        const double u = log(points.rows[i].params / 5.5e4);
        points.rows[i].loss *= exp(0.05 * u * u);
    }
    const Fit fit = fit_of(*state, &points, "chinchilla");
    assert_true(form_found(&fit.form.patterns[FORM_N]));
    assert_true(says(&fit, "wrong form, additive"));
}

/* What the law can take up itself is no pattern. */
static void test_the_wider_law_has_the_form(void **state) {
    Formed f = RUNS;
    f.q = 1.5;
    const Points points = formed_points(*state, &f);
    const Fit narrow = fit_of(*state, &points, "chinchilla");
    const Fit wide = fit_of(*state, &points, "skaling");
    assert_true(form_wrong(&narrow.form));
    assert_false(form_wrong(&wide.form));
    assert_true(says(&narrow, "--law skaling"));
}

static void test_size_is_what_was_planted(void **state) {
    Formed f = RUNS;
    f.noise = 1e-5;
    Points points = formed_points(*state, &f);
    const Fit without = fit_of(*state, &points, "chinchilla");
    for (size_t i = 0; i < points.n; i++)
        points.rows[i].loss *=
            exp(1e-4 * log(points.rows[i].params / 1e5) * log(points.rows[i].tokens / 1e6));
    const Fit with = fit_of(*state, &points, "chinchilla");
    const double size = with.form.patterns[FORM_N_D].size;
    assert_true(fabs(without.form.patterns[FORM_N_D].size) < 2e-5);
    assert_near(size, 1e-4 * 1.202 * 1.049, 6e-6); // ln N and ln D spread by so much
}

/* ---- repeats ------------------------------------------------------------------------------- */

/* A wave along N that no quadratic sees; repeats do. */
static Points with_wave(Arena *arena, Formed f, double wave) {
    f.n_sizes = 12, f.n_lengths = 5, f.n_seeds = 2;
    Points points = formed_points(arena, &f);
    for (size_t i = 0; i < points.n; i++) {
        Point *p = &points.rows[i];
        const int size = (int)(i / (size_t)(f.n_lengths * f.n_seeds)),
                  length = (int)(i / (size_t)f.n_seeds) % f.n_lengths;
        p->loss *= exp(wave * ((size + length) % 2 ? 1 : -1));
    }
    return points;
}

static void test_lack_of_fit(void **state) {
    for (int trunks = 0; trunks < 2; trunks++) {
        Formed f = trunks ? TRUNKS : RUNS;
        Points points = with_wave(*state, f, 0.01);
        Fit fit = fit_of(*state, &points, "chinchilla");
        const FormLack *lack = &fit.form.lack;
        assert_true(lack->p < 1e-6);
        assert_true(form_lacks(&fit.form));
        assert_true(says(&fit, "sizes and lengths miss the law"));
        assert_true(lack->size > 0.008 && lack->size < 0.012);
        assert_true(lack->noise > 0.0024 && lack->noise < 0.0036);
        /* 60 cells twice. Beside an offset for each of 24 trunks a size has four repeats, and the
         * law four directions: its terms' shares add up to a constant. */
        assert_int_equal(lack->rest, trunks ? 48 : 60);
        assert_int_equal(lack->freedom, trunks ? 60 + 24 - 12 - 24 - 4 : 60 - 5);
        points = with_wave(*state, f, 0);
        fit = fit_of(*state, &points, "chinchilla");
        assert_true(fit.form.lack.p > 0.01);
    }
}

/* Rows that no seed tells apart repeat nothing. */
static void test_no_repeats(void **state) {
    Points points = with_wave(*state, RUNS, 0.01);
    for (size_t i = 0; i < points.n; i++) points.rows[i].seed = NAN;
    const Fit fit = fit_of(*state, &points, "chinchilla");
    assert_true(isnan(fit.form.lack.noise) && isnan(fit.form.lack.p));
    assert_int_equal(fit.form.rows, 60);
}

/* ---- the noise of a run -------------------------------------------------------------------- */

/* Return the sd of ln L within the cells of a table whose cells are `runs` rows each, in order. */
static double within(const Points *points, int runs) {
    double squares = 0;
    for (size_t at = 0; at < points->n; at += (size_t)runs) {
        double mean = 0;
        for (int i = 0; i < runs; i++) mean += log(points->rows[at + (size_t)i].loss) / runs;
        for (int i = 0; i < runs; i++)
            squares += pow(log(points->rows[at + (size_t)i].loss) - mean, 2);
    }
    return sqrt(squares / (double)(points->n - points->n / (size_t)runs));
}

static void test_noise_of_a_run(void **state) {
    for (int trunks = 0; trunks < 2; trunks++) {
        Formed f = trunks ? TRUNKS : RUNS;
        f.n_seeds = 3;
        const Points points = formed_points(*state, &f);
        const FormRepeats r = fit_of(*state, &points, "chinchilla").form.repeats;
        assert_near(r.run.sd, within(&points, 3), 1e-12);
        assert_int_equal(r.run.repeats, 60);
        assert_int_equal(r.run.cells, 20);
        assert_int_equal(r.run.freedom, trunks ? 5 * 2 : 20 * 2); // lengths of a trunk tell it once
        assert_true(isnan(r.rounding.sd) && isnan(r.seed));
    }
    const FormRepeats once = fit_formed(*state, &RUNS).form.repeats;
    assert_true(isnan(once.run.sd) && once.run.repeats == 0 && once.run.freedom == 0);
}

/* The 90 % interval holds the deviation that was planted: of independent runs as often as it says,
 * of trunks at least as often. */
static void test_noise_of_a_run_covers(void **state) {
    enum { SETS = 200 };
    int inside[2] = {0};
    for (int k = 0; k < 2 * SETS; k++) {
        const bool trunks = k % 2;
        Formed f = trunks ? TRUNKS : RUNS;
        f.n_seeds = 2, f.n_lengths = 3, f.seed = 900 + (uint64_t)k;
        const double truth = hypot(f.noise, f.trunk);
        const FormDeviation run = fit_formed(*state, &f).form.repeats.run;
        const double squares = run.sd * run.sd * run.freedom / (truth * truth);
        inside[trunks] += squares > stat_chi2_quantile(0.05, run.freedom) &&
                          squares < stat_chi2_quantile(0.95, run.freedom);
    }
    assert_in_range(inside[0], SETS * 84 / 100, SETS * 96 / 100);
    assert_in_range(inside[1], SETS * 84 / 100, SETS);
}

/* Every run is made three times more, apart by rounding. The four are one look at their seed, and
 * what they differ by is told apart from what seeds do. */
static void test_rounding_is_told_apart(void **state) {
    enum { NUDGES = 4 };
    static const double ROUND = 0.002;
    for (int trunks = 0; trunks < 2; trunks++) {
        Formed f = RUNS;
        f.n_seeds = 6;
        const Points once = formed_points(*state, &f);
        Points points = once, means = once;
        points.n = once.n * NUDGES;
        points.n_groups = trunks ? once.n_groups : (int)points.n;
        points.rows = ARENA_ARRAY(*state, Point, points.n);
        means.rows = ARENA_ARRAY(*state, Point, once.n);
        memcpy(means.rows, once.rows, sizeof *means.rows * once.n);
        for (size_t i = 0; i < points.n; i++) {
            const Stream s = stream_open(5, "nudges", 0);
            Point *p = &points.rows[i], *mean = &means.rows[i / NUDGES];
            *p = once.rows[i / NUDGES];
            p->perturb = i % NUDGES ? (double)(i % NUDGES) : NAN; // NaN stands for 0
            p->group = trunks ? p->group : (int)i;
            const double move = ROUND * stream_normal(&s, i);
            p->loss *= exp(move);
            mean->loss *= exp(move / NUDGES);
        }
        const Fit all = fit_of(*state, &points, "chinchilla"),
                  looks = fit_of(*state, &means, "chinchilla");
        const FormRepeats *r = &all.form.repeats;
        assert_int_equal(all.form.rows, once.n);
        assert_near(r->rounding.sd, within(&points, NUDGES), 1e-12);
        assert_int_equal(r->rounding.repeats, points.n);
        assert_int_equal(r->rounding.cells, once.n);
        assert_int_equal(r->rounding.freedom, once.n * (NUDGES - 1));
        assert_int_equal(r->run.repeats, once.n);
        const double round2 = pow(r->rounding.sd, 2), between = within(&means, f.n_seeds);
        assert_near(r->run.sd, sqrt(between * between + round2 * (1 - 1.0 / NUDGES)), 1e-12);
        assert_near(r->seed, sqrt(r->run.sd * r->run.sd - round2), 1e-12);
        assert_true(fabs(r->seed / f.noise - 1) < 0.2 && fabs(r->rounding.sd / ROUND - 1) < 0.1);
        /* Rounding is no pure error beside which a law could be tested. */
        assert_near(all.form.lack.noise, looks.form.lack.noise, 1e-9);
        assert_int_equal(all.form.lack.rest, looks.form.lack.rest);
    }
}

/* Runs of one seed alone tell rounding, and nothing of the noise of a run. */
static void test_rounding_alone(void **state) {
    Formed f = RUNS;
    f.n_seeds = 2;
    Points points = formed_points(*state, &f);
    for (size_t i = 0; i < points.n; i++)
        points.rows[i].perturb = points.rows[i].seed, points.rows[i].seed = 1;
    const Fit fit = fit_of(*state, &points, "chinchilla");
    const FormRepeats *r = &fit.form.repeats;
    assert_true(isnan(r->run.sd) && isnan(r->seed) && isnan(fit.form.lack.noise));
    assert_near(r->rounding.sd, within(&points, 2), 1e-12);
    assert_string_equal(fit_scatter(&fit).words, "the scatter about this law");
    f.n_seeds = 3;
    points = formed_points(*state, &f);
    static const double PERTURB[] = {0, 1, NAN}; // the third is the first once more
    for (size_t i = 0; i < points.n; i++)
        points.rows[i].perturb = PERTURB[i % 3], points.rows[i].seed = 1;
    assert_int_equal(fit_of(*state, &points, "chinchilla").form.repeats.rounding.freedom, 20);
}

/* Twelve rates at each place are one look at it: the noise that they share must not count as
 * twelve. Of several rates the best one counts. */
static void test_rates_are_no_repeats(void **state) {
    enum { RATES = 12 };
    const Points once = formed_points(*state, &RUNS);
    Points points = once;
    points.n = once.n * RATES, points.n_groups = (int)points.n;
    points.rows = ARENA_ARRAY(*state, Point, points.n);
    for (size_t i = 0; i < points.n; i++) {
        Point *p = &points.rows[i];
        *p = once.rows[i / RATES];
        p->lr = 0.001 * (double)(1 + i % RATES);
        p->loss *= 1 + 1e-6 * (double)((i + i / RATES) % RATES);
        p->group = (int)i;
    }
    const Fit few = fit_of(*state, &once, "chinchilla"),
              many = fit_of(*state, &points, "chinchilla");
    assert_int_equal(many.form.rows, once.n);
    for (int k = 0; k < FORM_PATTERNS; k++)
        assert_true(fabs(many.form.patterns[k].p - few.form.patterns[k].p) < 0.02);
}

/* One run gone wrong, at a corner where it pulls most, is no form; the estimator forgives it too.
 */
static void test_one_bad_run_is_no_form(void **state) {
    for (int trunks = 0; trunks < 2; trunks++) {
        Points points = formed_points(*state, trunks ? &TRUNKS : &RUNS);
        points.rows[points.n - 1].loss *= 1.1;
        const Fit fit = fit_of(*state, &points, "chinchilla");
        assert_int_equal(fit.form.outliers, 1);
        assert_int_equal(fit.form.rows, points.n - 1);
        assert_false(form_wrong(&fit.form));
    }
}

/* ---- words --------------------------------------------------------------------------------- */

static void test_noise_is_said_where_it_is_known(void **state) {
    Formed f = RUNS;
    assert_string_equal(
        fit_scatter(&(const Fit){.form.lack.noise = NAN, .noise = {0.01, NAN, NAN, 1}}).words,
        "the scatter about this law");
    const Fit once = fit_formed(*state, &f);
    assert_string_equal(fit_scatter(&once).words, "the scatter about this law");
    f.n_seeds = 2;
    const Fit twice = fit_formed(*state, &f);
    assert_string_equal(fit_scatter(&twice).words, "the noise of a run");
    assert_true(twice.form.lack.noise == fit_scatter(&twice).sd);
}

static void test_all_reasons_are_kept_by_weight(void **state) {
    Formed f = RUNS;
    f.q = 1.5;
    const Points points = formed_points(*state, &f);
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    const char *names[FIT_REASONS];
    o.starts = 4, o.resamples = 0, o.bound = "alpha=0.6:0.9";
    assert_int_equal(fit_points(*state, &points, NULL, &o, &fit, &err), OK);
    assert_int_equal(fit.status, FIT_AT_BOUND);
    assert_int_equal(fit_reasons(&fit, names), 2);
    assert_string_equal(names[0], "AT_BOUND");
    assert_string_equal(names[1], "WRONG_FORM");
    const Fit right = fit_formed(*state, &RUNS);
    assert_int_equal(right.status, FIT_OK);
    assert_int_equal(fit_reasons(&right, names), 0);
}

static void test_untested_says_why(void **state) {
    Formed f = RUNS;
    const Points points = formed_points(*state, &f);
    assert_non_null(strstr(fit_of(*state, &points, "power").form.untested, "both"));
    assert_non_null(
        strstr(form_of(&(const Problem){.law = law_find("isoflop")}, NULL).untested, "read off"));
    f.noise = 0;
    const Fit exact = fit_formed(*state, &f);
    assert_non_null(strstr(exact.form.untested, "rounding"));
    assert_false(form_wrong(&exact.form));
    f = RUNS;
    f.n_sizes = 3, f.n_lengths = 3, f.noise = 0.003;
    Points few = formed_points(*state, &f);
    few.n = few.n_groups = 8;
    assert_non_null(strstr(fit_of(*state, &few, "chinchilla").form.untested, "too few"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_level),
        TEST(test_power_and_direction),
        TEST(test_one_variable_has_no_direction),
        TEST(test_the_wider_law_has_the_form),
        TEST(test_size_is_what_was_planted),
        TEST(test_lack_of_fit),
        TEST(test_noise_of_a_run),
        TEST(test_noise_of_a_run_covers),
        TEST(test_rounding_is_told_apart),
        TEST(test_rounding_alone),
        TEST(test_no_repeats),
        TEST(test_rates_are_no_repeats),
        TEST(test_one_bad_run_is_no_form),
        TEST(test_noise_is_said_where_it_is_known),
        TEST(test_all_reasons_are_kept_by_weight),
        TEST(test_untested_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
