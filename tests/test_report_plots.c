/* test_report_plots.c: the page and the pictures of a table of losses, without a sweep: what is
 * drawn of a fit, and what is said where there is nothing to draw. */
#include <math.h>
#include <string.h>

#include "report/report.h"
#include "base/rng.h"
#include "tests/markup.h"
#include "tests/scratch_dir.h"

#define OPTIONS                                                                                    \
    (StudyOptions) {                                                                               \
        .fit = fit_options_default()                                                               \
    }

/* n_sizes times n_lengths runs on a Chinchilla surface with .3 % noise, the largest marked. */
static const char *table(Scratch *x, int n_sizes, int n_lengths) {
    const Stream noise = stream_open(1, "noise", 0);
    Text t = {0};
    text_add(&t, "params,tokens,loss,part\n");
    for (int i = 0; i < n_sizes * n_lengths; i++) {
        const double params = 1e4 * pow(2, i / n_lengths), tokens = 2.5e5 * pow(2, i % n_lengths);
        const double loss = 1.25 + 60 * pow(params, -0.45) + 700 * pow(tokens, -0.5);
        text_add(&t, "%.0f,%.0f,%.6f,%s\n", params, tokens,
                 loss * exp(0.003 * stream_normal(&noise, (uint64_t)i)),
                 i + 1 == n_sizes * n_lengths ? "eval" : "train");
    }
    const char *path = scratch_write(x, "table.csv", t.s);
    text_close(&t);
    return path;
}

static const char *page_of(Scratch *x, const char *path, const StudyOptions *options) {
    Report r;
    Text html = {0};
    assert_ok(x, report_open(x->arena, path, options, &r, &x->err));
    assert_ok(x, report_html(&r, &html, &x->err));
    report_close(&r);
    const char *page = arena_strndup(x->arena, html.s, html.size);
    text_close(&html);
    return page;
}

static void a_table_makes_a_page(void **state) {
    Scratch *x = *state;
    const char *page = page_of(x, table(x, 5, 4), &OPTIONS);
    assert_says(page, "<h1>table.csv: a scaling law</h1>");
    assert_says(page, "20 runs of 5 model sizes");
    static const char *const PARTS[] = {"law", "fit", "pictures", "returns", "numbers"};
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        assert_says(page, arena_printf(x->arena, "<section id=\"%s\">", PARTS[i]));
    static const char *const OF_SWEEPS[] = {"runs", "origin", "prediction", "limits"};
    for (size_t i = 0; i < COUNT_OF(OF_SWEEPS); i++)
        assert_null(strstr(page, arena_printf(x->arena, "<section id=\"%s\">", OF_SWEEPS[i])));
    assert_null(strstr(page, x->dir));
    assert_well_formed(page);
    assert_self_contained(page);
    assert_ids_differ(page);
}

static void the_page_holds_the_numbers_of_the_fit(void **state) {
    Scratch *x = *state;
    StudyOptions o = OPTIONS;
    o.fit.estimator = "l2-log";
    o.points.holdout = "part=eval";
    Study study;
    const char *path = table(x, 5, 4), *page = page_of(x, path, &o);
    assert_ok(x, study_of(x->arena, path, &o, &study, &x->err));
    assert_int_equal(study.fit.points->n, 19);
    for (int i = 0; i < study.fit.law->n_params; i++)
        assert_says(page, arena_printf(x->arena, "class=\"text\">%s</th><td>%.6g</td><td>%.6g</td>",
                                       study.fit.law->params[i].name, study.fit.params[i].value,
                                       study.fit.params[i].lo));
    assert_says(page, "<dt>estimator</dt><dd>l2-log</dd>");
    assert_says(page, "<dt>rule</dt><dd>part=eval</dd>");
    assert_says(page, arena_printf(x->arena, "<dt>mean abs rel</dt><dd>%.6g</dd>",
                                   fit_holdout(&study.fit).mean_abs_rel));
}

static void a_table_without_a_law_makes_a_page_that_says_why(void **state) {
    Scratch *x = *state;
    const char *page = page_of(x, table(x, 1, 4), &OPTIONS);
    assert_says(page, "There is no law to show: chinchilla has 5 parameters and needs");
    assert_says(page, "id=\"plot-loss-compute\"");
    assert_null(strstr(page, "<section id=\"numbers\">"));
    assert_well_formed(page);
}

static void a_bad_table_or_flag_is_no_page(void **state) {
    Scratch *x = *state;
    Report r;
    StudyOptions o = OPTIONS;
    const char *bad = scratch_write(x, "bad.csv", "params,tokens,loss\n1e4,2e5,x\n");
    assert_fails(x, report_open(x->arena, bad, &o, &r, &x->err), "line 2");
    assert_fails(x, report_open(x->arena, "/nowhere.csv", &o, &r, &x->err), "/nowhere.csv");
    o.fit.law = "chinchila";
    assert_fails(x, report_open(x->arena, table(x, 5, 4), &o, &r, &x->err), "chinchilla");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_table_makes_a_page),
        TEST(the_page_holds_the_numbers_of_the_fit),
        TEST(a_table_without_a_law_makes_a_page_that_says_why),
        TEST(a_bad_table_or_flag_is_no_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
