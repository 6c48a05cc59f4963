/* report_sections.c: the words and tables of the report, in the order in which they are read.
 * Whatever comes from a file goes through markup_escape; numbers and our own words do not need it.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/report/report.h"
#include "analysis/report/fit_print.h"
#include "base/memory.h"
#include "base/numbers.h"

static const char *escape(const Report *r, const char *text) {
    return markup_escape(r->arena, text);
}

static const char *count(const Report *r, double x) {
    char buffer[32];
    return isfinite(x) ? arena_strdup(r->arena, count_to_text(buffer, x)) : "–";
}

static const char *number(const Report *r, const char *format, double x) {
    char buffer[64];
    if (!isfinite(x)) return "–";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(buffer, sizeof buffer, format, x);
#pragma GCC diagnostic pop
    return arena_strdup(r->arena, buffer);
}

static const char *interval(const Report *r, const Interval *i) {
    return interval_text(r->arena, i);
}

void begin_table(Text *out, const char *caption, const char *heads) {
    text_add(out,
             "<div class=\"scroll\" "
             "tabindex=\"0\"><table>\n<caption><span>%s</span></caption>\n<thead><tr>",
             caption);
    while (*heads) {
        const size_t n = strcspn(heads, "|");
        const bool left = *heads == '<';
        text_add(out, "<th scope=\"col\"%s>%.*s</th>", left ? " class=\"text\"" : "",
                 (int)(n - left), heads + left);
        heads += n + (heads[n] == '|');
    }
    text_add(out, "</tr></thead>\n<tbody>\n");
}

void end_table(Text *out) {
    text_add(out, "</tbody>\n</table></div>\n");
}

static const char *verdict(bool inside) {
    return inside ? "<span class=\"good\">inside</span>" : "<span class=\"bad\">outside</span>";
}

static bool sealed_holds(const SealedRun *s, const Point *outcome) {
    return outcome->loss >= s->lo && outcome->loss <= s->hi;
}

/* Behind a loss; of one held-out window its sampling error is not known. */
static const char *plus_minus(const Report *r, double se) {
    return isfinite(se) ? arena_printf(r->arena, " ± %.4f", se) : "";
}

// ---- summary --------------------------------------------------------------------------------

static const Interval *parameter(const Fit *fit, const char *name) {
    const int i = law_param_index(fit->law, name);
    return i < 0 ? NULL : &fit->params[i];
}

static void summary_of_law(const Report *r, Text *out) {
    const Fit *fit = r->scene.fit;
    const Interval *e = parameter(fit, "E"), *alpha = parameter(fit, "alpha"),
                   *beta = parameter(fit, "beta");
    const double truth = r->study.points.floor_nat, level = 100 * fit->level;
    text_add(out, " Their losses follow %s", escape(r, fit->law->formula));
    if (alpha && beta)
        text_add(out, " with exponents %s for size and %s for data", interval(r, alpha),
                 interval(r, beta));
    text_add(out, " (in brackets: %.0f %% intervals).", level);
    if (e)
        text_add(
            out,
            " The loss that no size and no amount of data removes is put at E = %s nat per token",
            interval(r, e));
    if (fit_truth_known(fit))
        text_add(
            out,
            "; the least that any model can reach is known here, %.4f, and is %s that interval",
            truth, verdict(fit_E_inside(fit)));
    if (e) text_add(out, ".");
    if (isfinite(r->by2.doublings_to_halve.value))
        text_add(out, " Halving what is left above E takes %s doublings of compute.",
                 interval(r, &r->by2.doublings_to_halve));
}

static void summary_of_predictions(const Report *r, Text *out) {
    for (size_t i = 0; i < r->study.points.n_sealed; i++) {
        const SealedRun *s = &r->study.points.sealed[i];
        const Point *outcome = report_outcome(r, s);
        text_add(out,
                 " Before the run of %s parameters on %s tokens was started, its loss was "
                 "predicted as %s",
                 count(r, s->params), count(r, s->tokens),
                 interval(r, &(Interval){s->loss, s->lo, s->hi}));
        if (outcome)
            text_add(out, "; it came out at %.4f, %s the interval (%+.2f %%).", outcome->loss,
                     verdict(sealed_holds(s, outcome)), 100 * (outcome->loss / s->loss - 1));
        else
            text_add(out, "; it has not been finished.");
    }
}

static const char *some(const Report *r, size_t n, const char *what) {
    return arena_printf(r->arena, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static const char *span(const Report *r, const double *ascending, size_t n) {
    if (n == 1) return count(r, ascending[0]);
    return arena_printf(r->arena, "%s to %s", count(r, ascending[0]), count(r, ascending[n - 1]));
}

void report_summary(const Report *r, Text *out) {
    const Scene *s = &r->scene;
    text_add(out, "<p class=\"lead\">");
    if (s->n_sizes > 0)
        text_add(out,
                 report_of_sweep(r)
                     ? "%s of %s (%s parameters) and %s (%s tokens) were trained and judged on the "
                       "same held-out text."
                     : "%s of %s (%s parameters) and %s (%s tokens) were given as a table.",
                 some(r, r->study.points.n, "run"), some(r, s->n_sizes, "model size"),
                 span(r, s->sizes, s->n_sizes), some(r, s->n_lengths, "training length"),
                 span(r, s->lengths, s->n_lengths));
    else
        text_add(out, "No run of this sweep has been finished.");
    if (s->fit)
        summary_of_law(r, out);
    else
        text_add(out, " %s", escape(r, r->why_no_fit));
    summary_of_predictions(r, out);
    const size_t ill = r->n_runs - r->n_done;
    if (ill > 0)
        text_add(out, " <a href=\"#runs\">%s did not end well, named below.</a>",
                 some(r, ill, "run"));
    text_add(out, "</p>\n");
}

// ---- the law --------------------------------------------------------------------------------

static void law_row(const Report *r, Text *out, const char *name, const char *meaning,
                    const Interval *i, const char *truth) {
    if (!isfinite(i->value)) return;
    text_add(out,
             "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td><td class=\"text\">%s</td><td "
             "class=\"text\">%s</td></tr>\n",
             name, value_text(r->arena, i), range_text(r->arena, i), truth, meaning);
}

static const char *meaning_of(const char *param) {
    static const char *const MEANINGS[][2] = {
        {"E", "loss that remains with endless size and data, nat per token"},
        {"A", "loss that lack of parameters adds, at N = 1, nat per token"},
        {"alpha", "how fast more parameters help"},
        {"B", "loss that lack of data adds, at D = 1, nat per token"},
        {"beta", "how fast more data help"},
    };
    for (size_t i = 0; i < COUNT_OF(MEANINGS); i++)
        if (strcmp(param, MEANINGS[i][0]) == 0) return MEANINGS[i][1];
    return "";
}

static const char *truth_of_e(const Report *r) {
    if (!fit_truth_known(&r->study.fit)) return "–";
    return arena_printf(r->arena, "%.4f, %s (entropy rate %.4f)", r->study.points.floor_nat,
                        verdict(fit_E_inside(&r->study.fit)), r->study.points.entropy_nat);
}

static void write_law(const Report *r, Text *out) {
    const Fit *fit = r->scene.fit;
    if (!fit) {
        text_add(out, "<p>%s</p>\n", escape(r, r->why_no_fit));
        return;
    }
    text_add(out, "<p><code>%s</code> <span class=\"soft\">(%s)</span></p>\n",
             escape(r, fit->law->formula), escape(r, fit->law->source));
    begin_table(out,
                "N is the number of parameters, D the number of training tokens, C the training "
                "compute in FLOP. "
                "The truth is what is known of the source of the text.",
                arena_printf(r->arena, "<parameter|value|%.0f %% interval|<truth|<meaning",
                             100 * fit->level));
    for (int i = 0; i < fit->law->n_params; i++) {
        const char *name = fit->law->params[i].name;
        law_row(r, out, name, meaning_of(name), &fit->params[i],
                strcmp(name, "E") == 0 ? truth_of_e(r) : "–");
    }
    law_row(r, out, "a", "best size grows as C<sup>a</sup>, if C = 6 N D", &fit->a, "–");
    law_row(r, out, "b", "best number of tokens grows as C<sup>b</sup>", &fit->b, "–");
    law_row(r, out, "eta", "at best, loss above E falls as C<sup>-eta</sup>", &fit->eta, "–");
    end_table(out);
}

static const char *status_words(FitStatus status) {
    switch (status) {
    case FIT_OK:
        return "The minimiser converged, and the runs decide every parameter.";
    case FIT_NOT_IDENTIFIED:
        return "The runs do not decide every parameter: several laws fit them about equally well.";
    case FIT_AT_BOUND:
        return "A parameter stands at the bound of what is allowed: read it as \"at least\" or "
               "\"at most\".";
    case FIT_NO_CONVERGENCE:
        return "The minimiser did not converge: do not rely on these numbers.";
    case FIT_UNTUNED:
        return "The runs look untuned: the law describes their settings as much as their sizes.";
    }
    return "";
}

static void write_fit(const Report *r, Text *out) {
    const Fit *fit = r->scene.fit;
    if (fit) {
        text_add(out, "<p><strong>%s.</strong> %s</p>\n<ul>\n", fit_status_name(fit->status),
                 status_words(fit->status));
        for (int i = 0; i < fit->n_notes; i++)
            text_add(out, "<li>%s</li>\n", escape(r, fit->notes[i]));
        text_add(out,
                 "<li>Fitted to %zu runs in %d independent groups by <code>%s</code>; %d of %d "
                 "starts reached the best "
                 "objective (%.6g); the minimiser stopped by %s.</li>\n"
                 "<li>Root mean square of ln L - ln L<sub>law</sub>: %.3g %%. Intervals come from "
                 "%d refits to resampled "
                 "runs.</li>\n",
                 r->study.points.n, r->study.points.n_groups, escape(r, fit->estimator),
                 fit->n_best, fit->n_starts, fit->objective, fit_stop_name(fit->stop),
                 100 * fit->rms_log_residual, fit->n_boots);
        text_add(out,
                 "<li>Training compute of these runs is C = %.3g N<sup>%.3g</sup> D to within %.2f "
                 "%%.</li>\n</ul>\n",
                 fit->kappa, fit->q, 100 * fit->flops_error);
    } else
        text_add(out, "<p>Without a law there is nothing to trust or to doubt.</p>\n");
    if (r->study.points.n_dropped == 0) return;
    text_add(out, "<p>Left out of the fit:</p>\n<ul>\n");
    for (size_t i = 0; i < r->study.points.n_dropped; i++) {
        const Dropped *d = &r->study.points.dropped[i];
        const char *who = *d->id ? d->id : arena_printf(r->arena, "%zu rows", d->rows);
        text_add(out, "<li><code>%s</code>: %s</li>\n", escape(r, who), escape(r, d->rule));
    }
    text_add(out, "</ul>\n");
}

// ---- the prediction -------------------------------------------------------------------------

static void write_prediction(const Report *r, Text *out) {
    if (r->study.points.n_sealed == 0) {
        text_add(
            out,
            "<p>Nothing was predicted in this sweep: it has no hero, or has not come to it.</p>\n");
        return;
    }
    const Json *event = ledger_last(r->ledger, "prediction");
    text_add(out,
             "<p>Written to the ledger%s%s, before the run was started; the run was not used for "
             "the law.</p>\n",
             event ? " at " : "", event ? escape(r, json_string_or(event, "time", "")) : "");
    begin_table(out, "Each row is one run that was predicted.",
                "<run|parameters|tokens|predicted loss|interval|measured loss|error|<verdict");
    for (size_t i = 0; i < r->study.points.n_sealed; i++) {
        const SealedRun *s = &r->study.points.sealed[i];
        const Point *q = report_outcome(r, s);
        text_add(
            out,
            "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td><td>%.4f</td><td>%.4f "
            "to %.4f</td>",
            escape(r, s->id), count(r, s->params), count(r, s->tokens), s->loss, s->lo, s->hi);
        if (q)
            text_add(out,
                     "<td>%.4f%s</td><td>%+.2f %%</td><td class=\"text\">%s the "
                     "interval</td></tr>\n",
                     q->loss, plus_minus(r, q->loss_se), 100 * (q->loss / s->loss - 1),
                     verdict(sealed_holds(s, q)));
        else
            text_add(out, "<td>–</td><td>–</td><td class=\"text\">not finished</td></tr>\n");
    }
    end_table(out);
}

// ---- diminishing returns --------------------------------------------------------------------

static const char *percent(const Report *r, const Interval *i) {
    if (!isfinite(i->value)) return "–";
    if (!isfinite(i->lo)) return arena_printf(r->arena, "%.1f %%", 100 * i->value);
    return arena_printf(r->arena, "%.1f %% (%.1f to %.1f)", 100 * i->value, 100 * i->lo,
                        100 * i->hi);
}

static void returns_rows(const Report *r, const Returns *t, Text *out) {
    begin_table(
        out,
        arena_printf(r->arena,
                     "Every row costs %g times the compute of the one above, spent as well as the "
                     "law knows. Tinted rows "
                     "in italics are extrapolated: no run has cost that much or that little.",
                     t->factor),
        "compute, FLOP|<basis|best N|best D|loss|gain|L - E removed|so far|elasticity|"
        "FLOP per millinat");
    for (size_t i = 0; i < t->n; i++) {
        const Return *x = &t->rows[i];
        text_add(
            out,
            "<tr%s><th scope=\"row\">%.3g</th><td class=\"text\">%s</td><td>%s</td><td>%s</td>",
            x->measured ? "" : " class=\"beyond\"", x->flops,
            x->measured ? "measured" : "extrapolated", count(r, x->params.value),
            count(r, x->tokens.value));
        text_add(out, "<td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
                 interval(r, &x->loss), interval(r, &x->gain), percent(r, &x->removed),
                 percent(r, &x->removed_so_far), value_text(r->arena, &x->elasticity),
                 number(r, "%.3g", x->flop_per_millinat.value));
    }
    end_table(out);
}

static void write_returns(const Report *r, Text *out) {
    if (!r->scene.fit) {
        text_add(out, "<p>Without a law there is no such table.</p>\n");
        return;
    }
    text_add(out, "<p>A power law removes the same <em>share</em> of the reducible loss at every "
                  "step, so that each step buys "
                  "less than the one before it.");
    if (isfinite(r->by2.doublings_to_halve.value))
        text_add(out, " Half of the reducible loss goes with %s doublings of compute.",
                 interval(r, &r->by2.doublings_to_halve));
    text_add(out, "</p>\n<h3>By factors of two</h3>\n");
    returns_rows(r, &r->by2, out);
    text_add(out, "<h3>By factors of ten</h3>\n");
    returns_rows(r, &r->by10, out);
}

// ---- runs, machine, limits ------------------------------------------------------------------

static void write_runs(const Report *r, Text *out) {
    begin_table(out,
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
                 ill ? " class=\"ill\"" : "", escape(r, run->id), count(r, run->params),
                 count(r, run->tokens), number(r, "%.3g", run->flops),
                 number(r, "%g", json_number_or(run->event, "d_model", NAN)),
                 number(r, "%.3g", json_number_or(run->event, "lr", NAN)),
                 number(r, "%.0f", run->seed));
        text_add(out,
                 "<td>%s%s</td><td>%s</td><td>%s</td><td class=\"text why\">%s%s%s%s</td></tr>\n",
                 number(r, "%.4f", run->loss), plus_minus(r, se),
                 number(r, "%.4f", json_number_or(run->event, "train_loss", NAN)),
                 isfinite(wall) ? seconds_to_text(time, wall) : "–", run->hero ? "hero, " : "",
                 escape(r, run->status), *run->why ? ": " : "", escape(r, run->why));
    }
    end_table(out);
    if (r->torn)
        text_add(out, "<p>The last line of the ledger was cut off and has been left out.</p>\n");
}

static const char *json_words(const Report *r, const Json *v) {
    JsonOut j = json_out(0);
    if (json_kind(v) == JSON_STRING)
        text_add(&j.text, "%s", json_as_string(v));
    else
        json_put_value(&j, NULL, v);
    const char *words = escape(r, j.text.s);
    text_close(&j.text);
    return words;
}

/* The members of an object of the ledger as a list of facts, whatever they are. */
static void write_facts(const Report *r, const char *title, const Json *object, Text *out) {
    if (!object || json_kind(object) != JSON_OBJECT) return;
    text_add(out, "<h3>%s</h3>\n<dl>\n", title);
    for (const Json *v = json_first(object); v; v = json_next(v))
        if (json_kind(v) != JSON_NULL)
            text_add(out, "<dt>%s</dt><dd>%s</dd>\n", escape(r, json_key(v)), json_words(r, v));
    text_add(out, "</dl>\n");
}

static void write_origin(const Report *r, Text *out) {
    text_add(out, "<p>To do the sweep again, look at its law, and draw this page (DIR is the "
                  "sweep's directory):</p>\n"
                  "<pre>tinyscale sweep run DIR/sweep.json --out AGAIN\ntinyscale fit "
                  "DIR\ntinyscale report DIR</pre>\n");
    if (!r->open) return;
    text_add(out, "<p>tinyscale %s, commit <code>%s</code>, sweep last opened %s.</p>\n",
             escape(r, json_string_or(r->open, "version", "of unknown version")),
             escape(r, json_string_or(r->open, "commit", "unknown")),
             escape(r, json_string_or(r->open, "time", "at an unknown time")));
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

/* What `tinyscale fit` prints, by the same walk. */
static void write_numbers(const Report *r, Text *out) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (!f) out_of_memory(0);
    Fit fit = *r->scene.fit; // the page does not say where the rows lie
    Points points = *fit.points;
    points.source = report_name(r);
    fit.points = &points;
    fit_print_html(&fit, f);
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

const Section SECTIONS_BEFORE[] = {
    {"law", "The law", write_law, NULL, NULL, NULL},
    {"fit", "How far to trust it", write_fit, NULL, NULL, NULL},
    {"prediction", "Predicted, then run", write_prediction, report_of_sweep, NULL, NULL},
    {"returns", "Diminishing returns", write_returns, NULL, NULL, NULL},
    {"worth", NULL, write_worth, worth_applies, "worth", worth_title},
};
const size_t N_SECTIONS_BEFORE = COUNT_OF(SECTIONS_BEFORE);

const Section SECTIONS_AFTER[] = {
    {"routing", "How the experts were used", write_routing, routing_applies, NULL, NULL},
    {"numbers", "All numbers of the fit", write_numbers, has_law, NULL, NULL},
    {"runs", "Every run", write_runs, report_of_sweep, NULL, NULL},
    {"origin", "Where this comes from", write_origin, report_of_sweep, NULL, NULL},
    {"limits", "What this cannot tell", write_limits, report_of_sweep, NULL, NULL},
};
const size_t N_SECTIONS_AFTER = COUNT_OF(SECTIONS_AFTER);
