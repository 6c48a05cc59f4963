/* test_study_questions.c: the table of questions: no two flags of a study have one name, every
 * question can be told without an answer, and an answer is found by its row. */
#include <stdlib.h>
#include <string.h>

#include "tests/planted.h"

#include "analysis/questions/approaches.h"
#include "analysis/questions/forecast_told.h"
#include "analysis/questions/predict.h"
#include "analysis/questions/returns.h"
#include "analysis/questions/study_of.h"
#include "analysis/simulate/simulate.h"
#include "base/json.h"

static void test_flags_have_names_of_their_own(void **state) {
    StudyOptions o = study_options_default(*state);
    FieldGroup groups[MAX_STUDY_GROUPS];
    const char *names[256];
    size_t n = 0;
    for (size_t g = study_groups(*state, &o, groups); g-- > 0;)
        for (size_t i = 0; i < groups[g].table->n; i++) {
            const char *name = groups[g].table->rows[i].name;
            for (size_t k = 0; k < n; k++)
                if (strcmp(names[k], name) == 0) fail_msg("--%s is there twice", name);
            names[n++] = name;
        }
    assert_true(n > 25);
}

static void test_each_row_has_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        assert_int_equal(question_index(QUESTIONS[i]), i);
        assert_non_null(QUESTIONS[i]->put);
        assert_true((QUESTIONS[i]->flags != NULL) == (QUESTIONS[i]->size > 0));
    }
}

/* Flags are set in a study's own copy of the defaults. */
static void test_defaults_stay(void **state) {
    StudyOptions one = study_options_default(*state), two = study_options_default(*state);
    ((ReturnsOptions *)study_options_of(&one, &RETURNS_QUESTION))->returns = "none";
    assert_string_equal(((ReturnsOptions *)study_options_of(&two, &RETURNS_QUESTION))->returns,
                        "flops");
}

/* Ask a study of a simulated table by these laws, as if --law were typed. */
static StudyOptions *asked(Arena *arena, const char *laws) {
    Simulation *s = ARENA_NEW(arena, Simulation);
    StudyOptions *o = ARENA_NEW(arena, StudyOptions);
    Err err = {0};
    const char spec[] = "law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35,params=1e4:3e5:5,"
                        "tokens=3e5:5e6:4,noise=0.003";
    assert_int_equal(simulation_read(arena, spec, s, &err), OK);
    *o = study_options_default(arena);
    o->law_named = true;
    o->fit.law = laws;
    study_options_simulate(o, s);
    return o;
}

/* The verdict says which law the rest is about, unless the headline has said that it alone is
 * left. A law that is left alone is not always the one that is told. */
static void test_the_verdict_names_the_law_that_is_told(void **state) {
    static const struct {
        double weight[2];
        size_t told; // place of the law that is told
        bool said;
    } CASES[] = {{{0.7, 0.3}, 0, true}, {{0.995, 0.005}, 0, false}, {{0.995, 0.005}, 1, true}};
    Study study;
    Err err = {0};
    StudyOptions *o = asked(*state, "chinchilla,chinchilla-tied");
    o->fit.resamples = 0;
    assert_int_equal(study_of(*state, NULL, o, &study, &err), OK);
    Forecast f = *study.forecast;
    study.forecast = &f;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const void *answer;
        double weight[2] = {CASES[i].weight[0], CASES[i].weight[1]};
        f.weight = weight;
        study.fit.law = f.laws[CASES[i].told].law;
        assert_int_equal(FORECAST_QUESTION.ask(*state, &study, NULL, &answer, &err), OK);
        const ForecastTold *told = answer;
        const char *rest = told->verdict + strlen(told->headline);
        assert_memory_equal(told->verdict, told->headline, strlen(told->headline));
        assert_string_equal(rest, CASES[i].said ? arena_printf(*state,
                                                               " What is said of one law below is "
                                                               "said of %s.",
                                                               study.fit.law->name)
                                                : "");
    }
}

/* A study of the default law weighs laws: its returns are the law's where runs are and the
 * mixture's beyond, and its questions are asked of the law that is told. */
static void test_auto_is_the_default(void **state) {
    Err err = {0};
    StudyOptions *o = asked(*state, "auto");
    ((ReturnsOptions *)study_options_of(o, &RETURNS_QUESTION))->returns = "all";
    Study study;
    assert_int_equal(study_of(*state, NULL, o, &study, &err), OK);
    assert_non_null(study.forecast);
    assert_string_equal(study.options->fit.law, study.fit.law->name);
    const ForecastTold *told = study_answer(&study, &FORECAST_QUESTION);
    assert_non_null(strstr(told->verdict, told->headline));
    const ReturnsSet *set = study_answer(&study, &RETURNS_QUESTION);
    for (ReturnsOf of = 0; of < RETURNS_KINDS; of++) {
        const Returns *t = &set->tables[of][0];
        assert_true(t->foretold);
        for (size_t i = 0; i < t->n; i++) {
            const ReturnsRow *r = &t->rows[i];
            const Point p = fit_point(&study.fit, of == RETURNS_TOKENS ? t->at : r->params.value,
                                      of == RETURNS_PARAMS ? t->at : r->tokens.value);
            const double all = forecast_predict(study.forecast, &p, false).value,
                         alone = law_loss(study.fit.law, study.fit.theta, &p);
            assert_near(r->loss.value, r->measured ? alone : all, 1e-9);
            assert_true(fabs(all - alone) > 1e-6);
        }
    }
}

extern const Question FORM_QUESTION; // has no header of its own

static const Planted GRID = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 3e5, 1e5, 6e6, 6, 4, 0.004, 1};

/* A run is predicted at its own batch, or else at that of the costliest run; runs of another batch
 * are no repeats of one. */
static void test_batches(void **state) {
    static const char SPEC[] = "law=three-term,E=0.9,A=19,alpha=0.3,B=30,beta=0.7,C=20,gamma=0.4,"
                               "params=1e4:3e5:5,tokens=3e5:5e6:4,batch_tok=512 1024 2048";
    Simulation sim;
    Err err = {0};
    assert_int_equal(simulation_read(*state, SPEC, &sim, &err), OK);
    const Points points = simulation_points(*state, &sim, 0);
    FitOptions o = fit_options_default();
    o.resamples = 0;
    Fit blind; // does not see the batch
    assert_int_equal(fit_points(*state, &points, NULL, &o, &blind, &err), OK);
    assert_int_equal(blind.form.rows, points.n); // else a mean over batches
    o.law = "three-term";
    Study study = {.points = points, .called = "planted"};
    assert_int_equal(fit_points(*state, &points, NULL, &o, &study.fit, &err), OK);
    const PredictOptions asked = {.predict = "params=1e6,tokens=1e7,batch_tok=512;"
                                             "params=1e6,tokens=1e7"};
    const void *answer;
    assert_int_equal(PREDICTIONS_QUESTION.ask(*state, &study, &asked, &answer, &err), OK);
    const Predictions *said = answer;
    for (int i = 0; i < 2; i++) {
        const Point p = {.params = 1e6, .tokens = 1e7, .batch_tok = i ? 2048 : 512};
        assert_close(said->rows[i].loss.value, law_loss(sim.law, sim.theta, &p), 1e-6);
    }
    assert_true(said->rows[1].loss.value > said->rows[0].loss.value + 0.01);
}

/* For machines the sections that were not asked for are null or empty; people are spared them. The
 * optima at equal compute, and what residuals say of the form, are told of every table. */
static void test_nothing_asked_is_told(void **state) {
    const Points points = planted_points(*state, &GRID);
    FitOptions o = fit_options_default();
    o.starts = 4, o.resamples = 0;
    Study study = {.points = points, .called = "planted"};
    Err err = {0};
    assert_int_equal(fit_points(*state, &points, NULL, &o, &study.fit, &err), OK);
    JsonOut j = json_out(2);
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    Sheet json = sheet_json(&j), people = sheet_text_out(out);
    json_begin(&j, NULL, '{');
    for (size_t i = 0; i < N_QUESTIONS; i++) {
        if (QUESTIONS[i] == &APPROACHES_QUESTION || QUESTIONS[i] == &FORM_QUESTION) continue;
        QUESTIONS[i]->put(&json, &study, NULL);
        QUESTIONS[i]->put(&people, &study, NULL);
    }
    json_end(&j);
    fclose(out);
    JsonDoc *doc;
    assert_int_equal(json_open(j.text.s, "json", &doc, &err), OK);
    for (const Json *v = json_first(json_root(doc)); v; v = json_next(v))
        if (json_kind(v) == JSON_NUMBER)
            fail_msg("%s is a number that nobody asked for", json_key(v));
    assert_string_equal(text, "");
    json_close(doc);
    text_close(&j.text);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_flags_have_names_of_their_own),
        TEST(test_each_row_has_its_place),
        TEST(test_defaults_stay),
        TEST(test_auto_is_the_default),
        TEST(test_the_verdict_names_the_law_that_is_told),
        TEST(test_batches),
        TEST(test_nothing_asked_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
