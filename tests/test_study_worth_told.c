/* test_study_worth_told.c: what is said of worth: in time by whichever clock there is, the same
 * numbers in JSON and to people. */

#include "tests/worth_rig.h"
#include "tests/study_told.h"

static void test_time_columns(void **state) {
    Points points = planted_gains(*state, &PLAN);
    const FitOptions o = options(0);
    points.rows[5].threads = 2; // wall times cannot be compared
    Worths g = worths(*state, &points, &o);
    assert_string_equal(g.time, "cpu_s");
    assert_close(g.settings[0].all.in_time.value,
                 pow(g.settings[0].all.in_flops.value * 1.02, g.time_exponent) / 1.6, 0.01);
    points.rows[7].cpu_s = NAN;
    g = worths(*state, &points, &o);
    assert_string_equal(g.time, "");
    assert_true(isnan(g.settings[0].all.in_time.value));
    assert_true(isfinite(g.settings[0].all.in_flops.value) && noted(&g, "no gain in time"));
}

/* Every number of the tables as JSON is told to people, and missing is null. */
static void test_gains_are_told(void **state) {
    Points points = planted_gains(*state, &PLAN);
    points.rows[points.n - 1].loss = 0.8;
    FitOptions o = options(20);
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &points, NULL, &o, &fit, &err), OK);
    bool warned = false; // chinchilla does not tell experts from dense models
    for (int i = 0; i < fit.n_notes; i++)
        warned |= strstr(fit.notes[i], "are fitted together") != NULL;
    assert_true(warned);
    const Worths g = worths(*state, &points, &o);
    Study study = {.points = points, .fit = fit, .called = "planted"};
    study.answers[question_index(&WORTH_QUESTION)] = &g;
    const char *text = study_as_text(*state, &study), *json = study_as_json(*state, &study);
    JsonDoc *doc;
    assert_int_equal(json_open(json, "json", &doc, &err), OK);
    const Json *root = json_root(doc), *cells = json_get(root, "gain_cells"),
               *rows = json_get(root, "gains");
    assert_int_equal(json_size(cells), 72);
    assert_int_equal(json_size(rows), 3 * 7);
    assert_int_equal(json_size(json_get(root, "gain_trends")), 3);
    for (const Json *row = json_first(rows); row; row = json_next(row)) {
        char four[64];
        const Json *gain = json_get(row, "gain_in_flops");
        snprintf(four, sizeof four, "%.4g [%.4g, %.4g]", json_number_or(gain, "value", NAN),
                 json_number_or(gain, "lo", NAN), json_number_or(gain, "hi", NAN));
        if (!strstr(text, four)) fail_msg("%s is in the JSON only", four);
    }
    const Json *last = NULL;
    for (const Json *c = json_first(cells); c; c = json_next(c)) last = c;
    assert_int_equal(json_kind(json_get(json_get(last, "gain_in_flops"), "value")), JSON_NULL);
    assert_string_equal(json_string_or(last, "range", ""), "too far");
    assert_non_null(strstr(text, "8 experts, top-1: worth "));
    json_close(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_time_columns),
        TEST(test_gains_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
