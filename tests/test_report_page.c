/* test_report_page.c: the page of a small made-up sweep: every part there, every run named,
 * nothing from a file unescaped, nothing from outside; pictures that parse; a page without a law;
 * gnuplot missing or unhappy. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/questions/worth_field.h"
#include "analysis/report/page.h"
#include "analysis/report/report_words.h"
#include "base/rng.h"
#include "tests/markup.h"
#include "tests/scratch_dir.h"

#define HOSTILE "</title><script>alert('x')</script> & \\\"quoted\\\""

static StudyOptions *options(Scratch *x) {
    StudyOptions *o = ARENA_NEW(x->arena, StudyOptions);
    *o = study_options_default(x->arena);
    return o;
}

// ---- a made-up sweep ------------------------------------------------------------------------

typedef struct {
    Text ledger;
    const char *dir;
    int n;
    Arena *arena;
} Sweep;

static const char *run_id(const Sweep *s, int i) {
    return arena_printf(s->arena, "%012x", 0xabc000 + i);
}

static void add_open(Sweep *s) {
    text_add(&s->ledger, "{\"event\":\"open\",\"time\":\"2026-01-31T12:00:00Z\",\"name\":\"" HOSTILE
                         "\",\"version\":\"9.8.7\","
                         "\"commit\":\"c0ffee\",\"machine\":{\"cpu\":\"" HOSTILE "\"},"
                         "\"corpus\":{\"entropy_nat\":1.24,\"floor_nat\":1.25}}\n");
}

static void add_log(const Sweep *s, const char *id, double tokens) {
    Text t = {0};
    for (int i = 1; i <= 400; i++)
        text_add(&t, "{\"step\":%d,\"tokens\":%.0f,\"loss\":%.4f}\n", i, tokens * i / 400,
                 2 + 3.0 / i);
    text_add(&t, "{\"step\":401,\"to");
    Err err = {0};
    const char *dir = arena_printf(s->arena, "%s/runs/%s", s->dir, id);
    assert_int_equal(dir_make(dir, &err), OK);
    assert_int_equal(file_write(arena_printf(s->arena, "%s/log.jsonl", dir), t.s, t.size, &err),
                     OK);
    text_close(&t);
}

static double law(double params, double tokens) {
    return 1.25 + 60 * pow(params, -0.45) + 700 * pow(tokens, -0.5);
}

static void add_run(Sweep *s, double params, double tokens, const char *role, const char *status) {
    const Stream noise = stream_open(1, "noise", 0);
    const int i = s->n++;
    const bool done = strcmp(status, "done") == 0;
    const char *loss_se = strcmp(role, "hero") == 0 ? "null" : "0.003"; // null: of one window
    char loss[32] = "null";
    if (done)
        snprintf(loss, sizeof loss, "%.6f",
                 law(params, tokens) * exp(0.003 * stream_normal(&noise, (uint64_t)i)));
    text_add(&s->ledger,
             "{\"event\":\"run\",\"id\":\"%s\",\"role\":\"%s\",\"status\":\"%s\",\"why\":%s,"
             "\"trunk\":\"t%d\","
             "\"d_model\":16,\"lr\":0.004,\"seed\":1,\"params\":%.0f,\"tokens\":%.0f,\"flops\":%."
             "0f,\"loss\":%s,"
             "\"loss_se\":%s,\"wall_s\":4}\n",
             run_id(s, i), role, status, done ? "null" : "\"because " HOSTILE "\"", i, params,
             tokens, 6 * params * tokens, loss, loss_se);
    add_log(s, run_id(s, i), tokens);
}

static void close_sweep(Sweep *s) {
    Err err = {0};
    assert_int_equal(file_write(arena_printf(s->arena, "%s/ledger.jsonl", s->dir), s->ledger.s,
                                s->ledger.size, &err),
                     OK);
    text_close(&s->ledger);
}

/* 15 runs of the grid, 2 that went wrong, one that was predicted. */
static Sweep whole_sweep(Scratch *x) {
    Sweep s = {.dir = x->dir, .arena = x->arena};
    add_open(&s);
    for (int n = 0; n < 5; n++)
        for (int d = 0; d < 3; d++) add_run(&s, 1e4 * pow(2, n), 2.5e5 * pow(4, d), "grid", "done");
    add_run(&s, 1e4, 2.5e5, "grid", "diverged");
    add_run(&s, 2e4, 1e6, "grid", "killed");
    text_add(
        &s.ledger,
        "{\"event\":\"prediction\",\"time\":\"2026-01-31T12:01:00Z\",\"sealed\":{\"predictions\":[{"
        "\"id\":\"%s\","
        "\"params\":320000,\"tokens\":4000000,\"flops\":7.68e12,\"loss\":1.80,\"lo\":1.70,"
        "\"hi\":1.95}]}}\n",
        run_id(&s, s.n));
    add_run(&s, 3.2e5, 4e6, "hero", "done");
    close_sweep(&s);
    return s;
}

static const char *page_of(Scratch *x, const char *dir) {
    Report r;
    Text html = {0};
    assert_ok(x, report_open(x->arena, dir, options(x), &r, &x->err));
    assert_ok(x, page_html(&r, &html, &x->err));
    report_close(&r);
    const char *page = arena_strndup(x->arena, html.s, html.size);
    text_close(&html);
    return page;
}

// ---- the tests ------------------------------------------------------------------------------

static void page_has_every_part_and_run(void **state) {
    Scratch *x = *state;
    const Sweep s = whole_sweep(x);
    const char *page = page_of(x, x->dir);
    static const char *const PARTS[] = {"law",     "fit",  "prediction", "pictures",
                                        "returns", "runs", "origin",     "limits"};
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        assert_says(page, arena_printf(x->arena, "<section id=\"%s\">", PARTS[i]));
    for (int i = 0; i < s.n; i++)
        assert_says(page,
                    arena_printf(x->arena, "<th scope=\"row\"><code>%s</code>", run_id(&s, i)));
    assert_says(page, "9.8.7");
    assert_says(page, "c0ffee");
    assert_says(page, "18 runs, 16 of them ended well");
    assert_says(page, "diverged: because");
    assert_says(page, "killed: because");
    assert_says(page, ">extrapolated<");
    assert_says(page, ">measured<");
    assert_says(page, "width=device-width");
    assert_says(page, "prefers-color-scheme:dark");
    assert_null(strstr(page, "xperts"));               // of which this sweep has none
    assert_null(strstr(page, "runs of all settings")); // its law is of all runs
    assert_true(strlen(page) < 2000000);
}

static void law_and_prediction_are_told_beside_the_truth(void **state) {
    Scratch *x = *state;
    whole_sweep(x);
    const char *page = page_of(x, x->dir);
    assert_says(page, "1.2500, <span class=\"good\">inside</span> (entropy rate 1.2400)");
    assert_says(page, "<td>1.8000</td><td>1.7000 to 1.9500</td>");
    assert_says(page, "<span class=\"good\">inside</span> the interval</td>");
    assert_says(page, " ± 0.0030</td>");
    assert_null(strstr(page, " nan"));
    Report r;
    assert_ok(x, report_open(x->arena, x->dir, options(x), &r, &x->err));
    const Interval all = forecast_floor(r.study.forecast);
    assert_true(all.lo < 1.25 && 1.25 < all.hi);
    assert_says(page, arena_printf(x->arena, " by this law, and at %s by all laws together;",
                                   report_interval(&r, &all)));
    assert_says(page, "<span class=\"good\">inside</span> the first interval and "
                      "<span class=\"good\">inside</span> the second.");
    Text summary = {0};
    r.study.fit.params[0] = (Interval){1.2, 1.15, 1.24}; // E by this law alone
    page_summary(&r, &summary);
    assert_says(summary.s, ">outside</span> the first interval and <span class=\"good\">inside<");
    text_close(&summary);
    report_close(&r);
}

static void nothing_comes_through_unescaped_or_from_outside(void **state) {
    Scratch *x = *state;
    whole_sweep(x);
    const char *page = page_of(x, x->dir);
    assert_says(page, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;quoted&quot;");
    assert_well_formed(page);
    assert_self_contained(page);
    assert_ids_differ(page);
}

static void page_is_a_function_of_the_directory(void **state) {
    Scratch *x = *state;
    whole_sweep(x);
    const char *first = page_of(x, x->dir);
    const char *moved = arena_printf(x->arena, "%s-elsewhere", x->dir);
    assert_int_equal(rename(x->dir, moved), 0);
    const char *second = page_of(x, moved);
    assert_int_equal(rename(moved, x->dir), 0);
    assert_string_equal(first, second);
}

/* The grid again, with eight experts at each point that are worth 1.5 times their size. */
static void add_experts(Sweep *s, double params, double tokens) {
    const Stream noise = stream_open(2, "noise", 0);
    const int i = s->n++;
    const double loss = law(1.5 * params, tokens) * exp(0.003 * stream_normal(&noise, (uint64_t)i));
    text_add(&s->ledger,
             "{\"event\":\"run\",\"id\":\"%s\",\"role\":\"grid\",\"status\":\"done\",\"trunk\":"
             "\"t%d\",\"d_model\":16,\"experts\":8,\"top_k\":2,\"granularity\":1,\"shared\":1,"
             "\"params\":%.0f,\"params_active\":%.0f,\"tokens\":%.0f,\"flops\":%.0f,\"loss\":%.6f,"
             "\"wall_s\":6}\n",
             run_id(s, i), i, 4 * params, params, tokens, 6.1 * params * tokens, loss);
}

#define OF_SOME_RUNS "The law is that of the dense runs; runs of all settings are drawn."

static void experts_have_a_section_where_there_are_some(void **state) {
    Scratch *x = *state;
    Sweep s = {.dir = x->dir, .arena = x->arena};
    add_open(&s);
    for (int n = 0; n < 5; n++)
        for (int d = 0; d < 3; d++) add_run(&s, 1e4 * pow(2, n), 2.5e5 * pow(4, d), "grid", "done");
    for (int n = 0; n < 5; n++)
        for (int d = 0; d < 3; d++) add_experts(&s, 1e4 * pow(2, n), 2.5e5 * pow(4, d));
    close_sweep(&s);
    const char *page = page_of(x, x->dir);
    assert_says(page, "<section id=\"worth\">");
    assert_says(page, "<a href=\"#worth\">What experts are worth</a>");
    assert_says(page, "<h2>What experts are worth</h2>");
    assert_says(page, "id=\"plot-worth\"");
    assert_says(page, "8 experts, top-2, 1 shared: worth ");
    assert_says(page, "<td>3 of 3</td>");
    assert_int_equal(count_of(page, OF_SOME_RUNS), 7); // under each picture of the law and all runs
    assert_says(page, "law of dense runs");
    assert_well_formed(page);
    assert_self_contained(page);
    assert_ids_differ(page);
    Report r;
    assert_ok(x, report_open(x->arena, x->dir, options(x), &r, &x->err));
    for (PlotTerm term = PLOT_SVG; term <= PLOT_DUMB; term++) {
        Bytes b;
        const char *why;
        assert_ok(x, plots_draw(plots_find("worth"), &r.scene, term, &b, &why, &x->err));
        assert_null(why);
        assert_ok(x, plots_draw(plots_find("fan"), &r.scene, term, &b, &why, &x->err));
        assert_null(why);
        if (term != PLOT_PNG) assert_says(b.data, "law of dense runs");
    }
    report_close(&r);
    StudyOptions of_all = *options(x); // a law that tells the settings apart is of all runs
    of_all.fit.law = "moe-clark";
    assert_ok(x, report_open(x->arena, x->dir, &of_all, &r, &x->err));
    assert_non_null(r.study.contrast->field);
    assert_null(scene_law_kind(&r.scene));
    report_close(&r);
}

static void too_few_runs_make_a_page_without_a_law(void **state) {
    Scratch *x = *state;
    Sweep s = {.dir = x->dir, .arena = x->arena};
    add_open(&s);
    add_run(&s, 1e4, 2.5e5, "grid", "done");
    add_run(&s, 1e4, 1e6, "grid", "failed");
    close_sweep(&s);
    const char *page = page_of(x, x->dir);
    assert_says(page, "There is no law to show: ");
    assert_says(page, "failed: because");
    assert_says(page, "id=\"plot-curves\"");
    assert_says(page, "id=\"plot-loss-compute\"");
    assert_null(strstr(page, "id=\"plot-isoloss\""));
    assert_null(strstr(page, x->dir));
    assert_well_formed(page);
}

static void only_failed_runs_make_a_page(void **state) {
    Scratch *x = *state;
    Sweep s = {.dir = x->dir, .arena = x->arena};
    add_run(&s, 1e4, 2.5e5, "grid", "failed");
    close_sweep(&s);
    const char *page = page_of(x, x->dir);
    assert_says(page, "No run of this sweep has been finished.");
    assert_says(page, run_id(&s, 0));
    assert_well_formed(page);
}

static void directory_without_a_sweep_is_refused(void **state) {
    Scratch *x = *state;
    Report r;
    assert_fails(x, report_open(x->arena, x->dir, options(x), &r, &x->err),
                 "a report is drawn of a directory in which");
    report_close(&r);
}

static void every_picture_in_every_format(void **state) {
    Scratch *x = *state;
    whole_sweep(x);
    Report r;
    assert_ok(x, report_open(x->arena, x->dir, options(x), &r, &x->err));
    for (size_t i = 0; i < N_PLOTS; i++)
        for (PlotTerm term = PLOT_SVG; term <= PLOT_DUMB; term++) {
            Bytes b;
            const char *why;
            assert_ok(x, plots_draw(&PLOTS[i], &r.scene, term, &b, &why, &x->err));
            if (why) {
                static const char *const ABSENT[] = {"isoflop", "optima", "worth", "laws",
                                                     "profiles"};
                bool absent = false; // from this sweep
                for (size_t k = 0; k < COUNT_OF(ABSENT); k++)
                    absent |= strcmp(PLOTS[i].name, ABSENT[k]) == 0;
                assert_true(absent);
                continue;
            }
            if (term == PLOT_SVG) assert_well_formed(b.data);
            if (term == PLOT_PNG) assert_memory_equal(b.data, "\x89PNG", 4);
            if (term == PLOT_DUMB) assert_true(count_of(b.data, "\n") > 20);
        }
    report_close(&r);
}

static void hover_texts_become_titles(void **state) {
    Scratch *x = *state;
    Plot p = plot_open(x->arena, PLOT_SVG, 300, 200);
    Bytes b;
    plot_block(&p);
    for (int i = 0; i < 100; i++) PLOT_ROW(&p, i, i, plot_hover(&p, "point <%d>", i));
    plot_points(&p, 7, 1, "#123456", "points");
    plot_flush(&p);
    assert_ok(x, plot_render(&p, &b, &x->err));
    plot_close(&p);
    assert_int_equal(count_of(b.data, "<title>"), 100);
    for (int i = 0; i < 100; i++)
        assert_non_null(
            strstr(b.data, arena_printf(x->arena, "<title>point &lt;%d&gt;</title>", i)));
    assert_non_null(strstr(b.data, "color='#123456'"));
    assert_null(strstr(b.data, "black"));
    assert_well_formed(b.data);
}

static void gnuplot_that_fails_is_quoted(void **state) {
    Scratch *x = *state;
    Plot p = plot_open(x->arena, PLOT_SVG, 300, 200);
    Bytes b;
    plot_say(&p, "set nonsense 7");
    assert_fails(x, plot_render(&p, &b, &x->err), "unrecognized option");
    assert_null(strchr(x->err.message, '\n'));
    plot_close(&p);

    p = plot_open(x->arena, PLOT_SVG, 300, 200); // in the middle of a picture
    plot_block(&p);
    PLOT_ROW(&p, 1, 1);
    plot_series(&p, "using 1:2");
    plot_flush(&p);
    plot_say(&p, "plot nothing_of_this_name");
    assert_fails(x, plot_render(&p, &b, &x->err), "undefined variable");
    plot_close(&p);
}

static void missing_gnuplot_says_how_to_get_it(void **state) {
    Scratch *x = *state;
    const char *path = arena_strdup(x->arena, getenv("PATH"));
    Plot p = plot_open(x->arena, PLOT_SVG, 300, 200);
    Bytes b;
    setenv("PATH", x->dir, 1);
    const Status status = plot_render(&p, &b, &x->err);
    setenv("PATH", path, 1);
    assert_fails(x, status, "gnuplot-nox");
    plot_close(&p);
}

static void curves_are_thinned_and_torn_ends_dropped(void **state) {
    Scratch *x = *state;
    const Sweep s = {.dir = x->dir, .arena = x->arena};
    Curve c = {.id = "a"};
    add_log(&s, "a", 1e6);
    assert_ok(x, curve_read(x->arena, x->dir, &c, &x->err));
    assert_true(c.n > 40 && c.n <= CURVE_BINS);
    for (size_t i = 1; i < c.n; i++)
        assert_true(c.tokens[i] > c.tokens[i - 1] && c.loss[i] < c.loss[i - 1]);
    assert_true(fabs(c.loss[0] - 5) < 1e-9);

    c.id = "none";
    assert_ok(x, curve_read(x->arena, x->dir, &c, &x->err));
    assert_int_equal(c.n, 0);

    scratch_write(x, "runs/a/log.jsonl",
                  "{\"tokens\":1,\"loss\":2}\n{\"tok\n{\"tokens\":3,\"loss\":1}\n");
    c.id = "a";
    assert_fails(x, curve_read(x->arena, x->dir, &c, &x->err), "line 2");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(page_has_every_part_and_run),
        TEST(law_and_prediction_are_told_beside_the_truth),
        TEST(nothing_comes_through_unescaped_or_from_outside),
        TEST(page_is_a_function_of_the_directory),
        TEST(experts_have_a_section_where_there_are_some),
        TEST(too_few_runs_make_a_page_without_a_law),
        TEST(only_failed_runs_make_a_page),
        TEST(directory_without_a_sweep_is_refused),
        TEST(every_picture_in_every_format),
        TEST(hover_texts_become_titles),
        TEST(gnuplot_that_fails_is_quoted),
        TEST(missing_gnuplot_says_how_to_get_it),
        TEST(curves_are_thinned_and_torn_ends_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
