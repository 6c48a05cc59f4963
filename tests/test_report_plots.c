/* test_report_plots.c: the page and the pictures of a table of losses, without a sweep: what is
 * drawn of a fit, and what is said where there is nothing to draw. */
#include <math.h>
#include <string.h>

#include "analysis/questions/predict.h"
#include "analysis/questions/profiles.h"
#include "analysis/questions/study_of.h"
#include "analysis/fit/profile.h"
#include "analysis/simulate/simulate.h"
#include "analysis/report/page.h"
#include "analysis/report/plots_axes.h"
#include "analysis/report/plots_labels.h"
#include "base/rng.h"
#include "tests/markup.h"
#include "tests/scratch_dir.h"

static StudyOptions *options(Scratch *x) {
    StudyOptions *o = ARENA_NEW(x->arena, StudyOptions);
    *o = study_options_default(x->arena);
    return o;
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
    assert_ok(x, page_html(&r, &html, &x->err));
    report_close(&r);
    const char *page = arena_strndup(x->arena, html.s, html.size);
    text_close(&html);
    return page;
}

static void a_table_makes_a_page(void **state) {
    Scratch *x = *state;
    const char *page = page_of(x, table(x, 5, 4), options(x));
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
    StudyOptions o = *options(x);
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
    StudyOptions o = *options(x);
    o.law_named = true, o.fit.law = fit_options_default().law;
    const char *page = page_of(x, table(x, 1, 4), &o);
    assert_says(page, "There is no law to show: chinchilla has 5 parameters and needs");
    assert_says(page, "id=\"plot-loss-compute\"");
    assert_null(strstr(page, "<section id=\"numbers\">"));
    assert_well_formed(page);
}

static void a_bad_table_or_flag_is_no_page(void **state) {
    Scratch *x = *state;
    Report r;
    StudyOptions o = *options(x);
    const char *bad = scratch_write(x, "bad.csv", "params,tokens,loss\n1e4,2e5,x\n");
    assert_fails(x, report_open(x->arena, bad, &o, &r, &x->err), "line 2");
    assert_fails(x, report_open(x->arena, "/nowhere.csv", &o, &r, &x->err), "/nowhere.csv");
    o.fit.law = "chinchila";
    assert_fails(x, report_open(x->arena, table(x, 5, 4), &o, &r, &x->err), "chinchilla");
}

/* Words of a table reach titles and pictures, and no program takes them for its own. */
static void settings_of_a_column_have_a_section(void **state) {
    Scratch *x = *state;
    Text t = {0};
    text_add(&t, "params,tokens,loss,opt_imizer\n");
    for (int i = 0; i < 2 * 20; i++) {
        const double params = 1e4 * pow(2, i % 5), tokens = 2.5e5 * pow(2, i / 5 % 4);
        const double loss = 1.25 + 60 * pow(params, -0.45) + 700 * pow(tokens, -0.5);
        text_add(&t, "%.0f,%.0f,%.6f,%s\n", params, tokens, i < 20 ? loss : loss - 0.01,
                 i < 20 ? "adam" : "<it's>{'");
    }
    StudyOptions o = *options(x);
    o.fit.resamples = 10;
    o.worth = "opt_imizer=adam";
    const char *page = page_of(x, scratch_write(x, "table.csv", t.s), &o);
    text_close(&t);
    assert_says(page, "<h2>What opt_imizer is worth</h2>");
    assert_says(page, "<a href=\"#worth\">What opt_imizer is worth</a>");
    assert_says(page, "opt_imizer=&quot;&lt;it&#39;s&gt;{&#39;&quot;: worth ");
    assert_says(page, "id=\"plot-worth\"");
    assert_says(page, "worth, times its tokens");
    assert_says(page, "opt-imizer=--it-s----");
    assert_well_formed(page);
}

// ---- pictures -------------------------------------------------------------------------------

static const char *picture(Scratch *x, const Report *r, const char *name, PlotTerm term) {
    Bytes b;
    const char *why;
    assert_ok(x, plots_draw(plots_find(name), &r->scene, term, &b, &why, &x->err));
    if (why) fail_msg("%s is not drawn: %s", name, why);
    return b.data;
}

static const char *why_not(Scratch *x, const Report *r, const char *name) {
    Bytes b;
    const char *why;
    assert_ok(x, plots_draw(plots_find(name), &r->scene, PLOT_DUMB, &b, &why, &x->err));
    if (!why) fail_msg("%s is drawn", name);
    assert_int_equal(b.size, 0);
    return why;
}

static Report report_of(Scratch *x, const char *path, const StudyOptions *o) {
    Report *r = ARENA_NEW(x->arena, Report); // its parts point into it
    assert_ok(x, report_open(x->arena, path, o, r, &x->err));
    return *r;
}

static void the_fan_says_its_interval_ten_times_beyond(void **state) {
    Scratch *x = *state;
    StudyOptions o = *options(x);
    o.points.holdout = "part=eval";
    PredictOptions *predict = study_options_of(&o, &PREDICTIONS_QUESTION);
    predict->predict = "params=1e6,tokens=1e8";
    const Report r = report_of(x, table(x, 5, 4), &o);
    const char *svg = picture(x, &r, "fan", PLOT_SVG);
    assert_well_formed(svg);
    const double most = 6 * 1.6e5 * 1e6, flops = 10 * most; // of those not held out
    const Frontier f = fit_frontier(r.scene.fit, r.scene.fit->theta);
    const Point at =
        fit_point(r.scene.fit, exp(f.ln_n0 + f.a * log(flops)), exp(f.ln_d0 + f.b * log(flops)));
    const Interval l = forecast_predict(r.study.forecast, &at, false); // by all laws
    assert_says(svg, arena_printf(x->arena, "%.3f to %.3f", l.lo, l.hi));
    assert_says(svg, "beyond the runs");
    assert_int_equal(count_of(svg, "M0-1.4L1.4 0"),
                     3); // diamonds at 10 and 100 times, one in the key
    assert_says(svg, "held out");
    assert_says(svg, "asked for");
    assert_says(svg, "90 % of refits");
}

static void residuals_have_the_band_of_a_run(void **state) {
    Scratch *x = *state;
    const Report r = report_of(x, table(x, 5, 4), options(x));
    const char *svg = picture(x, &r, "residuals", PLOT_SVG);
    assert_well_formed(svg);
    assert_says(
        svg, arena_printf(x->arena, "scatter of a run, ±%.2g %%", 100 * r.scene.fit->noise.total));
    assert_true(r.scene.fit->noise.total > 0.0015 &&
                r.scene.fit->noise.total < 0.006); // .3 % was planted
    assert_int_equal(count_of(svg, "<title>"), 3 * 20);
}

static void clouds_have_a_dot_for_each_refit(void **state) {
    Scratch *x = *state;
    StudyOptions o = *options(x);
    o.fit.resamples = 50;
    const Report r = report_of(x, table(x, 5, 4), &o);
    const char *svg = picture(x, &r, "clouds", PLOT_SVG);
    assert_well_formed(svg);
    const size_t dots = count_of(svg, "<circle");
    assert_true(dots > 3 * 45 && dots <= 3 * 51); // some lie beyond the quantiles shown
    assert_says(svg, ">alpha<");
    assert_says(svg, ">beta<");
    assert_says(svg, "E (nat per token)");
    assert_says(svg, arena_printf(x->arena, "a = %.3g", r.scene.fit->split.a.lo));
}

static void profiles_have_a_panel_for_each_parameter(void **state) {
    Scratch *x = *state;
    StudyOptions o = *options(x);
    o.fit.resamples = 0;
    Report r = report_of(x, table(x, 5, 4), &o);
    assert_says(why_not(x, &r, "profiles"), "--profile");
    ProfilesOptions *profiles = study_options_of(&o, &PROFILES_QUESTION);
    profiles->profile = true;
    r = report_of(x, table(x, 5, 4), &o);
    const char *svg = picture(x, &r, "profiles", PLOT_SVG);
    assert_well_formed(svg);
    const Profiles *p = study_answer(&r.study, &PROFILES_QUESTION);
    assert_int_equal(p->n, 5);
    for (int k = 0; k < p->n; k++)
        assert_says(svg, arena_printf(x->arena, p->rows[k].open_lo ? ">%s (open below)<" : ">%s<",
                                      p->rows[k].name));
    assert_int_equal(count_of(svg, "M0-1.4L1.4 0"), p->n); // each estimate is a diamond
}

static void what_cannot_be_drawn_says_why(void **state) {
    Scratch *x = *state;
    StudyOptions o = *options(x);
    o.fit.resamples = 0;
    Report r = report_of(x, table(x, 5, 4), &o);
    assert_says(why_not(x, &r, "clouds"), "no resamples");
    assert_says(why_not(x, &r, "laws"), "--law all");
    picture(x, &r, "fan", PLOT_DUMB); // the law alone
    o.fit.law = "power-offset";
    o.fit.x = "params";
    r = report_of(x, table(x, 5, 4), &o);
    assert_says(why_not(x, &r, "fan"), "no compute-optimal frontier");
    assert_says(why_not(x, &r, "reducible"), "no compute-optimal frontier");
    o = *options(x);
    o.law_named = true, o.fit.law = fit_options_default().law;
    r = report_of(x, table(x, 1, 4), &o);
    static const char *const OF_LAWS[] = {"fan", "clouds", "residuals", "laws", "reducible"};
    for (size_t i = 0; i + 1 < COUNT_OF(OF_LAWS); i++)
        assert_true(strlen(why_not(x, &r, OF_LAWS[i])) > 10);
}

/* Whatever the law, a picture is drawn without complaint of gnuplot, or says why not. */
static void every_law_has_pictures(void **state) {
    Scratch *x = *state;
    StudyOptions o = *options(x);
    o.fit.resamples = 8;
    o.fit.starts = 4;
    const char *path = table(x, 6, 6);
    for (size_t i = 0; LAWS[i]; i++) {
        if (LAWS[i]->experts) continue;
        o.fit.law = LAWS[i]->name;
        o.fit.x = *LAWS[i]->x ? LAWS[i]->x : "flops";
        const Report r = report_of(x, path, &o);
        static const char *const NAMES[] = {"loss-compute", "loss-tokens", "isoloss", "residuals",
                                            "reducible",    "fan",         "clouds",  "isoflop"};
        for (size_t k = 0; k < COUNT_OF(NAMES); k++) {
            Bytes b;
            const char *why;
            assert_ok(x, plots_draw(plots_find(NAMES[k]), &r.scene, PLOT_DUMB, &b, &why, &x->err));
            assert_true((why != NULL) != (b.size > 0));
            const bool of_one = strcmp(NAMES[k], "isoloss") == 0 && *LAWS[i]->x;
            if (of_one) assert_non_null(why);
            if (k < 7 && !of_one && scene_has_frontier(&r.scene)) assert_null(why);
        }
    }
}

static void best_sizes_are_drawn_in_three_ways(void **state) {
    Scratch *x = *state;
    const Report r = report_of(x, table(x, 7, 7), options(x));
    const char *svg = picture(x, &r, "optima", PLOT_SVG);
    assert_well_formed(svg);
    for (size_t i = 0; ISOFLOP_HOWS[i]; i++) {
        const IsoFlops iso = isoflop_optima(x->arena, &r.study.points, NULL, ISOFLOP_HOWS[i]);
        assert_true(isfinite(iso.exponent));
        assert_says(svg, arena_printf(x->arena, "%s, a = %.3f", iso.how, iso.exponent));
    }
    assert_says(svg, arena_printf(x->arena, "chinchilla, a = %.3f", r.scene.fit->split.a.value));
    const Report one = report_of(x, table(x, 2, 3), options(x));
    assert_says(why_not(x, &one, "optima"), "fewer than two compute budgets");
}

static void what_was_planted_is_shown_where_it_is_known(void **state) {
    Scratch *x = *state;
    Simulation s;
    StudyOptions o = *options(x);
    assert_ok(x, simulation_read(x->arena,
                                 "law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35,"
                                 "params=1e4:3e5:5,tokens=3e5:5e6:4,noise=0.003",
                                 &s, &x->err));
    study_options_simulate(&o, &s);
    const Report r = report_of(x, "simulation", &o);
    assert_says(picture(x, &r, "fan", PLOT_SVG), "planted");
    assert_says(picture(x, &r, "clouds", PLOT_SVG), "planted");
    assert_says(page_of(x, "simulation", &o), "<h1>simulation: a scaling law</h1>");
    const Report table_alone = report_of(x, table(x, 5, 4), options(x));
    assert_null(strstr(picture(x, &table_alone, "fan", PLOT_SVG), "planted"));
}

static void laws_are_drawn_side_by_side(void **state) {
    Scratch *x = *state;
    StudyOptions o = *options(x);
    o.fit.resamples = 8;
    o.fit.law = "all";
    const Report r = report_of(x, table(x, 6, 6), &o);
    const char *svg = picture(x, &r, "laws", PLOT_SVG);
    assert_says(svg, ">chinchilla<");
    assert_says(svg, ">power-offset<");
    assert_well_formed(svg);
}

static void labels_keep_their_order_and_distance(void **state) {
    (void)state;
    double y[] = {0.50, 0.10, 0.52, 0.51, 0.98, 0.99};
    plots_spread(y, 6, 0.1, (PlotRange){0, 1});
    static const size_t ORDER[] = {1, 0, 3, 2, 4, 5};
    for (size_t i = 0; i + 1 < 6; i++) assert_true(y[ORDER[i + 1]] - y[ORDER[i]] > 0.099);
    assert_true(fabs(y[1] - 0.1) < 1e-12);
}

static void labels_do_not_cover_each_other(void **state) {
    Scratch *x = *state;
    Plot p = plot_open(x->arena, PLOT_SVG, 560, 430);
    plots_axis(&p, 'x', PLOT_AXIS_COUNT, (PlotRange){1e3, 1e6}, "x");
    plots_axis(&p, 'y', PLOT_AXIS_LINEAR, (PlotRange){0, 1}, "y");
    assert_true(plots_label_if_free(&p, 1e4, 0.5, PLOTS_INK, "left offset 0.5,0", "100k"));
    assert_false(plots_label_if_free(&p, 1.2e4, 0.51, PLOTS_INK, "left offset 0.5,0", "120k"));
    assert_true(plots_label_if_free(&p, 1.2e4, 0.6, PLOTS_INK, "left offset 0.5,0", "120k"));
    assert_true(plots_label_if_free(&p, 1.2e4, 0.51, PLOTS_INK, "left offset 0.5,-2", "120k"));
    assert_true(plots_label_if_free(&p, 1e5, 0.5, PLOTS_INK, "left offset 0.5,0", "1M"));
    assert_false(plots_label_if_free(&p, 1.3e5, 0.5, PLOTS_INK, "right offset 0,0", "1M"));
    plot_flush(&p); // the next panel is empty
    assert_true(plots_label_if_free(&p, 1e4, 0.5, PLOTS_INK, "left offset 0.5,0", "100k"));
    plot_close(&p);
}

/* A fit that is pinned by nothing has intervals of many decades. */
static void axes_may_span_any_range(void **state) {
    Scratch *x = *state;
    static const double RANGES[][2] = {{1e-4, 1e7}, {1e-4, 1e8}, {1e-30, 1e60}, {1e-300, 1e300}};
    for (size_t i = 0; i < COUNT_OF(RANGES); i++) {
        Plot p = plot_open(x->arena, PLOT_SVG, 560, 430);
        plots_axis(&p, 'x', PLOT_AXIS_COUNT, (PlotRange){RANGES[i][0], RANGES[i][1]}, "x");
        const char *ticks = strstr(p.script.s, "set xtics (");
        size_t n = 0;
        assert_non_null(ticks);
        for (const char *c = ticks; *c && *c != ')'; c++) n += *c == ',';
        assert_in_range(n, 5, 120);
        plot_close(&p);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_table_makes_a_page),
        TEST(the_page_holds_the_numbers_of_the_fit),
        TEST(a_table_without_a_law_makes_a_page_that_says_why),
        TEST(a_bad_table_or_flag_is_no_page),
        TEST(settings_of_a_column_have_a_section),
        TEST(the_fan_says_its_interval_ten_times_beyond),
        TEST(residuals_have_the_band_of_a_run),
        TEST(clouds_have_a_dot_for_each_refit),
        TEST(profiles_have_a_panel_for_each_parameter),
        TEST(what_cannot_be_drawn_says_why),
        TEST(every_law_has_pictures),
        TEST(best_sizes_are_drawn_in_three_ways),
        TEST(what_was_planted_is_shown_where_it_is_known),
        TEST(laws_are_drawn_side_by_side),
        TEST(labels_keep_their_order_and_distance),
        TEST(labels_do_not_cover_each_other),
        TEST(axes_may_span_any_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
