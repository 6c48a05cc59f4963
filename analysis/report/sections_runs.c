/* sections_runs.c: the last part of the page: all numbers of the fit, every run, their origin,
 * their limits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/page.h"
#include "analysis/report/report_words.h"
#include "analysis/report/study_print.h"
#include "base/memory.h"
#include "base/numbers.h"

// ---- runs, machine, limits ------------------------------------------------------------------

static void write_runs(const Report *r, Text *out) {
    report_table_begin(
        out,
        arena_printf(r->arena,
                     "%zu runs, %zu of them ended well. Loss is in nat per token of "
                     "held-out text, ± its standard error.",
                     r->n_runs, r->n_done),
        "<run|parameters|tokens|FLOP|width|rate|seed|loss|training loss|time|<status");
    for (size_t i = 0; i < r->n_runs; i++) {
        const ReportRun *run = &r->runs[i];
        const double se = json_number_or(run->event, "loss_se", NAN),
                     wall = json_number_or(run->event, "wall_s", NAN);
        const bool ill = strcmp(run->status, "done") != 0;
        char time[32];
        text_add(out,
                 "<tr%s><th "
                 "scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td><td>%s</td><td>%s</"
                 "td><td>%s</td><td>%s</td>",
                 ill ? " class=\"ill\"" : "", report_escape(r, run->id),
                 report_count(r, run->params), report_count(r, run->tokens),
                 report_number(r, "%.3g", run->flops),
                 report_number(r, "%g", json_number_or(run->event, "d_model", NAN)),
                 report_number(r, "%.3g", json_number_or(run->event, "lr", NAN)),
                 report_number(r, "%.0f", run->seed));
        text_add(out,
                 "<td>%s%s</td><td>%s</td><td>%s</td><td class=\"text why\">%s%s%s%s</td></tr>\n",
                 report_number(r, "%.4f", run->loss), report_plus_minus(r, se),
                 report_number(r, "%.4f", json_number_or(run->event, "train_loss", NAN)),
                 isfinite(wall) ? seconds_to_text(time, wall) : "–", run->hero ? "hero, " : "",
                 report_escape(r, run->status), *run->why ? ": " : "", report_escape(r, run->why));
    }
    report_table_end(out);
    if (r->torn)
        text_add(out, "<p>The last line of the ledger was cut off and has been left out.</p>\n");
}

static const char *json_words(const Report *r, const Json *v) {
    JsonOut j = json_out(0);
    if (json_kind(v) == JSON_STRING)
        text_add(&j.text, "%s", json_as_string(v));
    else
        json_put_value(&j, NULL, v);
    const char *words = report_escape(r, j.text.s);
    text_close(&j.text);
    return words;
}

/* Write the members of a JSON object of the ledger as a list, whatever they are. */
static void write_facts(const Report *r, const char *title, const Json *object, Text *out) {
    if (!object || json_kind(object) != JSON_OBJECT) return;
    text_add(out, "<h3>%s</h3>\n<dl>\n", title);
    for (const Json *v = json_first(object); v; v = json_next(v))
        if (json_kind(v) != JSON_NULL)
            text_add(out, "<dt>%s</dt><dd>%s</dd>\n", report_escape(r, json_key(v)),
                     json_words(r, v));
    text_add(out, "</dl>\n");
}

static void write_origin(const Report *r, Text *out) {
    text_add(out, "<p>To do the sweep again, look at its law, and draw this page (DIR is the "
                  "sweep's directory):</p>\n"
                  "<pre>tinyscale sweep run DIR/sweep.json --out AGAIN\ntinyscale fit "
                  "DIR\ntinyscale report DIR</pre>\n");
    if (!r->open) return;
    text_add(out, "<p>tinyscale %s, commit <code>%s</code>, sweep last opened %s.</p>\n",
             report_escape(r, json_string_or(r->open, "version", "of unknown version")),
             report_escape(r, json_string_or(r->open, "commit", "unknown")),
             report_escape(r, json_string_or(r->open, "time", "at an unknown time")));
    write_facts(r, "Machine", json_get(r->open, "machine"), out);
    write_facts(r, "Text", json_get(r->open, "corpus"), out);
}

static void write_limits(const Report *r, Text *out) {
    (void)r;
    text_add(out, "<p>These are tiny models, trained for seconds or minutes on little text. Over "
                  "so short a range several "
                  "laws fit about equally well: E, A and alpha can trade against each other, as "
                  "can B and beta, so that single "
                  "exponents are weakly determined and their intervals, which know only the "
                  "scatter of these runs, are too narrow if "
                  "the form of the law or the tuning of the runs is off. What such a sweep does "
                  "well is predict nearby: a run of "
                  "a few times the compute. What it cannot do is tell what happens at a hundred "
                  "times the compute, on other text, or "
                  "with another architecture. A learning rate that suits one end of the range and "
                  "not the other bends the law while "
                  "every residual looks fine; only a known floor, where there is one, gives that "
                  "away.</p>\n");
}

/* Write the numbers that `tinyscale fit` prints, by the code that prints them. */
static void write_numbers(const Report *r, Text *out) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) out_of_memory(0);
    study_print_html(&r->study, f);
    const bool torn = ferror(f);
    if (fclose(f) != 0 || torn) out_of_memory(size);
    text_add(out, "<details><summary>As <code>tinyscale fit</code> prints them</summary>\n");
    text_add_bytes(out, text, size);
    text_add(out, "</details>\n");
    free(text);
}

static bool has_law(const Report *r) {
    return r->scene.fit != NULL;
}

// ---- their rows -----------------------------------------------------------------------------

extern const PageSection NUMBERS_SECTION, RUNS_SECTION, ORIGIN_SECTION, LIMITS_SECTION;
const PageSection NUMBERS_SECTION = {
    .id = "numbers", .title = "All numbers of the fit", .write = write_numbers, .applies = has_law};
const PageSection RUNS_SECTION = {
    .id = "runs", .title = "Every run", .write = write_runs, .applies = report_of_sweep};
const PageSection ORIGIN_SECTION = {.id = "origin",
                                    .title = "Where this comes from",
                                    .write = write_origin,
                                    .applies = report_of_sweep};
const PageSection LIMITS_SECTION = {.id = "limits",
                                    .title = "What this cannot tell",
                                    .write = write_limits,
                                    .applies = report_of_sweep};
