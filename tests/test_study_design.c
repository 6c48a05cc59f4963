/* test_study_design.c: a study of runs on one line says nothing that such runs cannot tell,
 * wherever it is told; misses on one side are doubts; what no residual shows is said once. */
#include <math.h>
#include <string.h>

#include "tests/scratch_dir.h"
#include "tests/study_told.h"

#include "analysis/questions/compare.h"
#include "analysis/questions/predict.h"
#include "analysis/questions/returns.h"
#include "analysis/questions/study_of.h"
#include "analysis/questions/validate.h"
#include "analysis/report/page.h"
#include "base/json.h"
#include "base/rng.h"

static void assert_says(const char *text, const char *part) {
    if (!strstr(text, part)) fail_msg("it does not say '%s':\n%s", part, text);
}

static void assert_silent(const char *text, const char *part) {
    if (strstr(text, part)) fail_msg("it says '%s':\n%s", part, text);
}

static double noisy(const Stream *s, uint64_t i, double loss) {
    return loss * exp(0.003 * stream_normal(s, i));
}

/* Seven sizes, each with 20 tokens a parameter. */
static const char *line_table(Scratch *x) {
    static const double SIZES[] = {111e6, 256e6, 590e6, 1.3e9, 2.7e9, 6.7e9, 13e9};
    const Stream s = stream_open(5, "noise", 0);
    Text t = {0};
    text_add(&t, "params,tokens,loss\n");
    for (size_t i = 0; i < COUNT_OF(SIZES); i++) {
        const double n = SIZES[i], d = 20 * n;
        const double loss = 1.69 + 406.4 * pow(n, -0.34) + 410.7 * pow(d, -0.28);
        text_add(&t, "%.0f,%.0f,%.6f\n", n, d, noisy(&s, i, loss));
    }
    const char *path = scratch_write(x, "line.csv", t.s);
    text_close(&t);
    return path;
}

/* Six sizes by four lengths; the largest size is worse than the law by `miss` in ln L. `more` are
 * further columns, and `cells` what stands in them. */
static const char *grid_table(Scratch *x, double miss, const char *more, const char *cells) {
    const Stream s = stream_open(6, "noise", 0);
    Text t = {0};
    text_add(&t, "params,tokens,loss,part%s\n", more);
    for (int i = 0; i < 24; i++) {
        const double n = 1e4 * pow(2, i / 4), d = 1e5 * pow(4, i % 4);
        const double loss = 0.9 + 19 * pow(n, -0.3) + 84 * pow(d, -0.35);
        text_add(&t, "%.0f,%.0f,%.6f,%s%s\n", n, d,
                 noisy(&s, (uint64_t)i, loss * exp(i >= 20 ? miss : 0)), i >= 20 ? "last" : "first",
                 cells);
    }
    const char *path = scratch_write(x, "grid.csv", t.s);
    text_close(&t);
    return path;
}

static StudyOptions *options(Scratch *x, const char *law) {
    StudyOptions *o = ARENA_NEW(x->arena, StudyOptions);
    *o = study_options_default(x->arena);
    o->fit.starts = 6;
    o->fit.resamples = 30;
    o->law_named = law != NULL;
    if (law) o->fit.law = law;
    return o;
}

static Study *study(Scratch *x, const char *path, const StudyOptions *o) {
    Study *s = ARENA_NEW(x->arena, Study);
    assert_ok(x, study_of(x->arena, path, o, s, &x->err));
    return s;
}

static const char *page_of(Scratch *x, const char *path, const StudyOptions *o) {
    Report r;
    Text html = {0};
    assert_ok(x, report_open(x->arena, path, o, &r, &x->err));
    assert_ok(x, page_html(&r, &html, &x->err));
    const char *page = arena_strdup(x->arena, html.s);
    text_close(&html);
    report_close(&r);
    return page;
}

static bool notes_say(const Study *s, const char *what) {
    for (int i = 0; i < s->fit.n_notes; i++)
        if (strstr(s->fit.notes[i], what)) return true;
    return false;
}

/* ---- the line ------------------------------------------------------------------------------ */

/* What such runs can support is a law of compute; what is best they have never varied. */
static const char *const FALSE_ON_A_LINE[] = {
    "compute-optimal", "along the frontier",   "one regime",      "optimal size",
    "wrong form",      "more parameters help", "best proportions"};

static void by_default_a_law_of_compute_stands_in(void **state) {
    Scratch *x = *state;
    const char *path = line_table(x);
    const StudyOptions *o = options(x, NULL);
    const Study *s = study(x, path, o);
    assert_string_equal(s->fit.law->name, "power-offset");
    assert_string_equal(s->options->fit.law, "power-offset"); // for whoever asks further
    const char *text = study_as_text(x->arena, s), *page = page_of(x, path, o);
    assert_int_equal(strncmp(text, "design ", 7), 0);
    assert_says(text, "sizes and lengths lie on one line (tokens = 20 params), so that no fit can "
                      "tell what is N's from what is D's: a law of compute along that line is "
                      "fitted instead");
    assert_says(text, "diminishing returns by this law of compute alone");
    assert_says(page, "Here sizes and lengths lie on one line (tokens = 20 params)");
    assert_says(page, "how fast more compute helps");
    for (size_t i = 0; i < COUNT_OF(FALSE_ON_A_LINE); i++) {
        assert_silent(text, FALSE_ON_A_LINE[i]);
        assert_silent(page, FALSE_ON_A_LINE[i]);
    }
    JsonDoc *doc;
    assert_ok(x, json_open(study_as_json(x->arena, s), "json", &doc, &x->err));
    assert_int_equal(json_kind(json_get(json_root(doc), "derived")), JSON_NULL);
    assert_int_equal(json_kind(json_get(json_root(doc), "design")), JSON_STRING);
    json_close(doc);
}

static void a_forecast_by_several_laws_gives_way_too(void **state) {
    Scratch *x = *state;
    const Study *s = study(x, line_table(x), options(x, "auto"));
    assert_string_equal(s->fit.law->name, "power-offset");
    assert_null(s->forecast);
    assert_non_null(s->design);
}

static void a_named_law_is_fitted_and_silent(void **state) {
    Scratch *x = *state;
    static const char *const NULLS[] = {"derived",           "returns_2x",         "returns_10x",
                                        "returns_params_2x", "returns_tokens_10x", "deadweight",
                                        "doublings_to_halve"};
    StudyOptions *o = options(x, "chinchilla");
    ((ReturnsOptions *)study_options_of(o, &RETURNS_QUESTION))->returns = "all";
    const char *path = line_table(x);
    const Study *s = study(x, path, o);
    assert_string_equal(s->fit.law->name, "chinchilla");
    assert_null(s->design);
    assert_int_equal(s->fit.status, FIT_NOT_IDENTIFIED);
    const char *text = study_as_text(x->arena, s), *page = page_of(x, path, o);
    assert_says(text, "frontier says");
    assert_says(page, "Nothing is told of what is best");
    assert_says(page, "not told by these runs");
    for (size_t i = 0; i < COUNT_OF(FALSE_ON_A_LINE); i++) {
        assert_silent(text, FALSE_ON_A_LINE[i]);
        assert_silent(page, FALSE_ON_A_LINE[i]);
    }
    assert_silent(page, "with exponents");
    JsonDoc *doc;
    assert_ok(x, json_open(study_as_json(x->arena, s), "json", &doc, &x->err));
    for (size_t i = 0; i < COUNT_OF(NULLS); i++) {
        const Json *v = json_get(json_root(doc), NULLS[i]);
        if (!v || json_kind(v) != JSON_NULL) fail_msg("%s is told", NULLS[i]);
    }
    assert_says(json_string_or(json_root(doc), "frontier_says", ""), "nothing is told");
    json_close(doc);
}

static void a_comparison_leaves_them_out(void **state) {
    Scratch *x = *state;
    const Study *s = study(x, line_table(x), options(x, "all"));
    for (size_t i = 0; i < s->comparison->n; i++)
        assert_string_equal(s->comparison->rivals[i].fit.law->x, "flops");
    const char *text = study_as_text(x->arena, s);
    assert_says(text, "not compared: chinchilla, chinchilla-tied, kaplan, skaling, bounded, gadre, "
                      "data-constrained, moe-clark, moe-granularity: sizes and lengths lie on one "
                      "line");
    assert_says(text, "not compared: bnsl takes 6 parameters of 7 runs");
}

static void a_prediction_off_the_line_says_so(void **state) {
    Scratch *x = *state;
    StudyOptions *o = options(x, NULL);
    PredictOptions *asked = study_options_of(o, &PREDICTIONS_QUESTION);
    asked->predict = "params=2e10,tokens=4e11";
    const Predictions *on = study_answer(study(x, line_table(x), o), &PREDICTIONS_QUESTION);
    assert_int_equal(on->n_notes, 0);
    asked->predict = "params=2e10,tokens=4e11;params=1e9,tokens=1e12";
    const Study *s = study(x, line_table(x), o);
    const Predictions *off = study_answer(s, &PREDICTIONS_QUESTION);
    assert_int_equal(off->n_notes, 1);
    assert_says(study_as_text(x->arena, s), "1 of 2 predictions asked for lie off the line");
}

/* A law of size knows nothing of other lengths, and a seal is a promise. */
static void what_one_length_cannot_foretell_is_not_sealed(void **state) {
    Scratch *x = *state;
    Text t = {0};
    text_add(&t, "params,tokens,loss\n");
    for (int i = 0; i < 6; i++) {
        const double n = 1e6 * pow(2, i);
        text_add(&t, "%.0f,2000000,%.6f\n", n, (1 + 0.002 * (i % 2)) * (1.5 + 60 * pow(n, -0.3)));
    }
    const char *path = scratch_write(x, "one.csv", t.s);
    text_close(&t);
    StudyOptions *o = options(x, NULL);
    PredictOptions *asked = study_options_of(o, &PREDICTIONS_QUESTION);
    asked->predict = "id=a,params=1e8,tokens=8e6";
    const Study *s = study(x, path, o);
    assert_string_equal(s->fit.law->x, "params");
    assert_says(study_as_text(x->arena, s), "all runs have one length (tokens = 2e+06)");
    assert_says(study_as_text(x->arena, s), "1 of 1 predictions asked for lie off the line");
    const Predictions *said = study_answer(s, &PREDICTIONS_QUESTION);
    assert_fails(x, predict_seal(s, said, x->dir, &x->err), "all runs have one length");
    assert_false(file_exists(scratch_path(x, "prediction.json")));
    const char *page = page_of(x, path, o);
    assert_says(page, "no size at these lengths removes");
    assert_says(page, "This law does not say what compute buys.");
    asked->predict = "id=a,params=1e8,tokens=2e6";
    s = study(x, path, o);
    said = study_answer(s, &PREDICTIONS_QUESTION);
    assert_ok(x, predict_seal(s, said, x->dir, &x->err));
    assert_says(scratch_read(x, "prediction.json"), "\"law\": \"power-offset\"");
    o = options(x, "chinchilla");
    assert_fails(x, study_of(x->arena, path, o, ARENA_NEW(x->arena, Study), &x->err),
                 "all runs have tokens = 2e+06, of which --law power-offset --x params");
}

/* A gain is read off how the loss falls with size and data, which a line does not tell. */
static void nothing_is_worth_anything_on_a_line(void **state) {
    Scratch *x = *state;
    Text t = {0};
    text_add(&t, "params,tokens,loss,opt\n");
    for (int i = 0; i < 14; i++) {
        const double n = 1e6 * pow(2, i / 2), loss = 1.5 + 60 * pow(n, -0.3);
        text_add(&t, "%.0f,%.0f,%.6f,%s\n", n, 20 * n, i % 2 ? loss : 0.99 * loss,
                 i % 2 ? "adam" : "new");
    }
    StudyOptions *o = options(x, NULL);
    o->worth = "opt=adam";
    const Study *s = study(x, scratch_write(x, "opt.csv", t.s), o);
    text_close(&t);
    assert_string_equal(s->fit.law->name, "power-offset");
    assert_says(study_as_text(x->arena, s), "no gains: in the baseline runs sizes and lengths lie");
}

/* ---- at a bound ---------------------------------------------------------------------------- */

static void what_is_best_is_not_told_at_a_bound(void **state) {
    Scratch *x = *state;
    StudyOptions *o = options(x, "chinchilla");
    o->fit.bound = "alpha=0.4:0.9";
    ((PredictOptions *)study_options_of(o, &PREDICTIONS_QUESTION))->predict =
        "params=1e6,tokens=1e7";
    const char *path = grid_table(x, 0, "", "");
    const Study *s = study(x, path, o);
    assert_int_equal(s->fit.status, FIT_AT_BOUND);
    const char *text = study_as_text(x->arena, s), *page = page_of(x, path, o);
    assert_says(text, "alpha ends at a bound, and what follows would be the bound's doing");
    assert_says(text, "what is foretold presumes a law of status AT_BOUND");
    assert_silent(text, "compute-optimal");
    assert_silent(text, "diminishing returns");
    assert_says(page, "Nothing is told of what is best");
    assert_silent(page, "best size grows");
    assert_silent(page, "least compute"); // in the picture of equal losses
    Tables *tables = tables_open();
    study_print_tables(s, tables);
    const char *dir = scratch_path(x, "tables");
    assert_ok(x, tables_write(tables, dir, &x->err));
    tables_close(tables);
    assert_true(file_exists(scratch_path(x, "tables/params.csv")));
    assert_false(file_exists(scratch_path(x, "tables/derived.csv")));
    assert_false(file_exists(scratch_path(x, "tables/returns_2x.csv")));
}

/* ---- misses -------------------------------------------------------------------------------- */

static Outcome by_hand(const Study *s) {
    Outcome o = {0};
    for (size_t i = 0; i < s->held.n; i++) {
        const Point *p = &s->held.rows[i];
        const Interval said = fit_predict(&s->fit, p->params, p->tokens, true);
        o.n++;
        o.inside += p->loss >= said.lo && p->loss <= said.hi;
        o.too_high += said.value > p->loss;
        o.noises += log(said.value / p->loss) / fit_scatter(&s->fit).sd / (double)s->held.n;
    }
    return o;
}

static void outcomes_are_counted(void **state) {
    Scratch *x = *state;
    StudyOptions *o = options(x, "chinchilla");
    o->points.holdout = "part=last";
    size_t inside = 0;
    for (int i = 0; i < 3; i++) {
        const Study *s = study(x, grid_table(x, 0.02 * i, "", ""), o);
        const Outcome want = by_hand(s), got = validate_held(&s->fit);
        assert_int_equal(got.n, 4);
        assert_int_equal(got.inside, want.inside);
        assert_int_equal(got.too_high, want.too_high);
        assert_true(fabs(got.noises - want.noises) < 1e-9);
        inside += got.inside;
    }
    assert_true(inside > 2 && inside < 12);
    const Study *missed = study(x, grid_table(x, 0.05, "", ""), o);
    const Outcome o1 = validate_held(&missed->fit);
    assert_true(o1.too_high == 0 && o1.noises < -5);
    assert_string_equal(outcome_side(&o1), "all too low");
    assert_true(outcome_one_sided(&o1));
    Outcome mixed = o1;
    mixed.too_high = 1;
    assert_false(outcome_one_sided(&mixed));
    assert_string_equal(outcome_side(&mixed), "both sides");
    mixed = o1, mixed.noises = -1.9;
    assert_false(outcome_one_sided(&mixed));
}

/* A miss on one side stands among the notes, before all that is only good to know. */
static void a_miss_on_one_side_is_a_doubt(void **state) {
    Scratch *x = *state;
    StudyOptions *o = options(x, "chinchilla");
    const Study *missed = study(x, grid_table(x, 0.05, "", ""), o);
    const Validation *v = study_answer(missed, &VALIDATION_QUESTION);
    assert_int_equal(v->largest.outcome.n, 4);
    assert_int_equal(v->largest.outcome.too_high, 0);
    assert_true(v->largest.outcome.inside < 4);
    assert_says(missed->fit.notes[missed->fit.n_reason_notes], "doubt: of the largest (params >= ");
    assert_says(missed->fit.notes[missed->fit.n_reason_notes], "% too low, ");
    const Study *fine = study(x, grid_table(x, 0, "", ""), o);
    v = study_answer(fine, &VALIDATION_QUESTION);
    assert_true(v->largest.outcome.inside >= 3);
    assert_false(notes_say(fine, "doubt:"));
    assert_true(v->sizes.outcome.n == 24 && v->sizes.outcome.inside >= 20);
    assert_says(study_as_text(x->arena, fine), "both sides");
    o->points.holdout = "part=last";
    const Study *held = study(x, grid_table(x, 0.05, "", ""), o);
    assert_true(notes_say(held, "doubt: of the runs held out (part=last)"));
}

/* ---- silences ------------------------------------------------------------------------------ */

static void what_no_residual_shows_is_said_once(void **state) {
    Scratch *x = *state;
    const StudyOptions *o = options(x, "chinchilla");
    static const struct {
        const char *more, *cells, *says;
    } CASES[] = {
        {"", "",
         "No residual shows whether data were repeated (unique_tokens is not given), nor "
         "whether the learning rates suit these runs (lr is not given)."},
        {",lr", ",0.004",
         "nor whether the learning rates suit these runs (all runs have lr 0.004)."},
        {",unique_tokens", ",1e9",
         "No residual shows whether the learning rates suit these runs (lr is not given)."},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const Study *s = study(x, grid_table(x, 0, CASES[i].more, CASES[i].cells), o);
        assert_says(s->fit.notes[s->fit.n_notes - 1], CASES[i].says);
        const char *text = study_as_text(x->arena, s), *first = strstr(text, "No residual shows");
        assert_non_null(first);
        assert_null(strstr(first + 1, "No residual shows"));
    }
    Simulation sim;
    StudyOptions *simulated = options(x, NULL);
    assert_ok(x, simulation_read(x->arena,
                                 "law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35,"
                                 "params=1e4:3e5:5,tokens=3e5:5e6:4,noise=0.003",
                                 &sim, &x->err));
    study_options_simulate(simulated, &sim);
    assert_false(notes_say(study(x, NULL, simulated), "No residual shows"));
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(by_default_a_law_of_compute_stands_in),
        SCRATCH_TEST(a_forecast_by_several_laws_gives_way_too),
        SCRATCH_TEST(a_named_law_is_fitted_and_silent),
        SCRATCH_TEST(a_comparison_leaves_them_out),
        SCRATCH_TEST(a_prediction_off_the_line_says_so),
        SCRATCH_TEST(what_one_length_cannot_foretell_is_not_sealed),
        SCRATCH_TEST(nothing_is_worth_anything_on_a_line),
        SCRATCH_TEST(what_is_best_is_not_told_at_a_bound),
        SCRATCH_TEST(outcomes_are_counted),
        SCRATCH_TEST(a_miss_on_one_side_is_a_doubt),
        SCRATCH_TEST(what_no_residual_shows_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
