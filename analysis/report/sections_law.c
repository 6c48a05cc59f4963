/* sections_law.c: the first part of the page: the summary, the law, how far to trust it, what was
 * predicted, diminishing returns. */
#include <math.h>
#include <string.h>

#include "analysis/fit/design.h"
#include "analysis/questions/forecast_told.h"
#include "analysis/report/page.h"
#include "analysis/report/report_words.h"

static bool sealed_holds(const SealedRun *s, const Point *outcome) {
    return outcome->loss >= s->lo && outcome->loss <= s->hi;
}

// ---- summary --------------------------------------------------------------------------------

static const Interval *parameter(const Fit *fit, const char *name) {
    const int i = law_param_index(fit->law, name);
    return i < 0 ? NULL : &fit->params[i];
}

/* Say what does not remove E. */
static const char *no_amount(const Fit *fit) {
    return strcmp(fit->law->x, "params") == 0   ? "no size at these lengths"
           : strcmp(fit->law->x, "tokens") == 0 ? "no amount of data at these sizes"
                                                : "no size and no amount of data";
}

/* Say what E is by this law, and beside it by all that were weighed, and whether these intervals
 * hold what is known of it. */
static void summary_of_floor(const Report *r, const Interval *e, Text *out) {
    const Fit *fit = r->scene.fit;
    const Interval none = {NAN, NAN, NAN};
    const Interval all = r->study.forecast ? forecast_floor(r->study.forecast) : none;
    const bool several = isfinite(all.value);
    const double truth = r->study.points.floor_nat;
    text_add(out, " The loss that %s removes is put at E = %s nat per token", no_amount(fit),
             report_interval(r, e));
    if (several)
        text_add(out, " by this law, and at %s by all laws together", report_interval(r, &all));
    if (fit_truth_known(fit))
        text_add(out,
                 "; the least that any model can reach is known here, %.4f, and is %s %s interval",
                 truth, report_verdict(fit_E_inside(fit)), several ? "the first" : "that");
    if (fit_truth_known(fit) && several)
        text_add(out, " and %s the second", report_verdict(truth >= all.lo && truth <= all.hi));
    text_add(out, ".");
}

static void summary_of_law(const Report *r, Text *out) {
    const Fit *fit = r->scene.fit;
    const ForecastTold *told = study_answer(&r->study, &FORECAST_QUESTION);
    const Interval *e = parameter(fit, "E"), *alpha = parameter(fit, "alpha"),
                   *beta = parameter(fit, "beta");
    const double level = 100 * fit->level;
    if (told) text_add(out, " %s", report_escape(r, told->headline));
    const Design d = design_of(r->arena, fit->points);
    if (design_hides_free(&d, fit->problem))
        text_add(out, " Here %s. Fitted all the same is %s", design_says(r->arena, &d),
                 report_escape(r, fit->law->formula));
    else
        text_add(out, " Their losses follow %s", report_escape(r, fit->law->formula));
    if (alpha && beta && scene_tells_apart(&r->scene))
        text_add(out, " with exponents %s for size and %s for data", report_interval(r, alpha),
                 report_interval(r, beta));
    text_add(out, " (in brackets: %.0f %% intervals).", level);
    if (e) summary_of_floor(r, e, out);
    if (isfinite(r->by2.doublings_to_halve.value) && e)
        text_add(out, " Halving what is left above E takes %s doublings of compute.",
                 report_interval(r, &r->by2.doublings_to_halve));
}

static void summary_of_predictions(const Report *r, Text *out) {
    for (size_t i = 0; i < r->study.points.n_sealed; i++) {
        const SealedRun *s = &r->study.points.sealed[i];
        const Point *outcome = report_outcome(r, s);
        text_add(out,
                 " Before the run of %s parameters on %s tokens was started, its loss was "
                 "predicted as %s",
                 report_count(r, s->params), report_count(r, s->tokens),
                 report_interval(r, &(Interval){s->loss, s->lo, s->hi}));
        if (outcome)
            text_add(out, "; it came out at %.4f, %s the interval (%+.2f %%).", outcome->loss,
                     report_verdict(sealed_holds(s, outcome)), 100 * (outcome->loss / s->loss - 1));
        else
            text_add(out, "; it has not been finished.");
    }
}

static const char *some(const Report *r, size_t n, const char *what) {
    return arena_printf(r->arena, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static const char *span(const Report *r, const double *ascending, size_t n) {
    if (n == 1) return report_count(r, ascending[0]);
    return arena_printf(r->arena, "%s to %s", report_count(r, ascending[0]),
                        report_count(r, ascending[n - 1]));
}

void page_summary(const Report *r, Text *out) {
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
    if (r->study.design) text_add(out, " Here %s", report_escape(r, r->study.design));
    if (s->fit)
        summary_of_law(r, out);
    else
        text_add(out, " %s", report_escape(r, r->why_no_fit));
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
             name, report_value(r, i), report_range(r, i), truth, meaning);
}

/* Say what a parameter of a law of one variable means. */
static const char *meaning_along(const Report *r, const Law *law, const char *param) {
    static const char *const NAMES[][4] = {
        {"flops", "C", "compute helps", "endless compute"},
        {"params", "N", "parameters help", "endless size, at these lengths"},
        {"tokens", "D", "data help", "endless data, at these sizes"}};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
        if (strcmp(law->x, NAMES[i][0]) != 0) continue;
        if (strcmp(param, "A") == 0)
            return arena_printf(r->arena, "loss above the floor at %s = 1, nat per token",
                                NAMES[i][1]);
        if (strcmp(param, "E") == 0)
            return arena_printf(r->arena, "loss that remains with %s, nat per token", NAMES[i][3]);
        if (strcmp(param, "alpha") == 0)
            return arena_printf(r->arena, "how fast more %s", NAMES[i][2]);
    }
    return "";
}

static const char *meaning_of(const Report *r, const char *param) {
    const Law *law = r->scene.fit->law;
    static const char *const MEANINGS[][2] = {
        {"E", "loss that remains with endless size and data, nat per token"},
        {"A", "loss that lack of parameters adds, at N = 1, nat per token"},
        {"alpha", "how fast more parameters help"},
        {"B", "loss that lack of data adds, at D = 1, nat per token"},
        {"beta", "how fast more data help"},
    };
    for (size_t i = 0; i < COUNT_OF(MEANINGS); i++)
        if (strcmp(param, MEANINGS[i][0]) == 0)
            return *law->x                                  ? meaning_along(r, law, param)
                   : i == 0 || scene_tells_apart(&r->scene) ? MEANINGS[i][1]
                                                            : "not told by these runs";
    return "";
}

static const char *truth_of_e(const Report *r) {
    if (!fit_truth_known(&r->study.fit)) return "–";
    return arena_printf(r->arena, "%.4f, %s (entropy rate %.4f)", r->study.points.floor_nat,
                        report_verdict(fit_E_inside(&r->study.fit)), r->study.points.entropy_nat);
}

/* The sentence why nothing is told of what is best, as one. */
static const char *words_of_none(const Report *r) {
    const char *why = r->scene.fit->no_frontier;
    return arena_printf(r->arena, "%c%s", why[0] - 'a' + 'A', report_escape(r, why + 1));
}

static void write_law(const Report *r, Text *out) {
    const Fit *fit = r->scene.fit;
    if (!fit) {
        text_add(out, "<p>%s</p>\n", report_escape(r, r->why_no_fit));
        return;
    }
    text_add(out, "<p><code>%s</code> <span class=\"soft\">(%s)</span></p>\n",
             report_escape(r, fit->law->formula), report_escape(r, fit->law->source));
    report_table_begin(
        out,
        "N is the number of parameters, D the number of training tokens, C the training "
        "compute in FLOP. "
        "The truth is what is known of the source of the text.",
        arena_printf(r->arena, "<parameter|value|%.0f %% interval|<truth|<meaning",
                     100 * fit->level));
    for (int i = 0; i < fit->law->n_params; i++) {
        const char *name = fit->law->params[i].name;
        law_row(r, out, name, meaning_of(r, name), &fit->params[i],
                strcmp(name, "E") == 0 ? truth_of_e(r) : "–");
    }
    law_row(r, out, "a", "best size grows as C<sup>a</sup>, if C = 6 N D", &fit->split.a, "–");
    law_row(r, out, "b", "best number of tokens grows as C<sup>b</sup>", &fit->split.b, "–");
    if (isfinite(fit->split.a.value))
        law_row(r, out, "eta", "at best, loss above E falls as C<sup>-eta</sup>", &fit->split.eta,
                "–");
    report_table_end(out);
    if (fit->no_frontier) text_add(out, "<p>%s</p>\n", words_of_none(r));
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
    case FIT_WRONG_FORM:
        return "The runs leave the form of this law by more than chance: its intervals and "
               "forecasts "
               "presume a form that is not theirs.";
    case FIT_STATUSES:
        break;
    }
    return "";
}

/* Name all reasons where there are several. */
static void write_reasons(const Fit *fit, Text *out) {
    const char *names[FIT_REASONS];
    const int n = fit_reasons(fit, names);
    for (int i = 0; i < n && n > 1; i++)
        text_add(out, "%s%s%s", i ? ", " : "<p>All that applies: ", names[i],
                 i == n - 1 ? ".</p>\n" : "");
}

static void write_fit(const Report *r, Text *out) {
    const Fit *fit = r->scene.fit;
    if (fit) {
        text_add(out, "<p><strong>%s.</strong> %s</p>\n", fit_status_name(fit->status),
                 status_words(fit->status));
        write_reasons(fit, out);
        text_add(out, "<ul>\n");
        for (int i = 0; i < fit->n_notes; i++)
            text_add(out, "<li>%s</li>\n", report_escape(r, fit->notes[i]));
        text_add(out,
                 "<li>Fitted to %zu runs in %d independent groups by <code>%s</code>; %d of %d "
                 "starts reached the best "
                 "objective (%.6g); the minimiser stopped by %s.</li>\n"
                 "<li>Root mean square of ln L - ln L<sub>law</sub>: %.3g %%. Intervals come from "
                 "%d refits to resampled "
                 "runs.</li>\n",
                 r->study.points.n, r->study.points.n_groups, report_escape(r, fit->estimator),
                 fit->n_best, fit->n_starts, fit->objective, fit_stop_name(fit->stop),
                 100 * fit->rms_log_residual, fit->n_boots);
        text_add(out,
                 "<li>Training compute of these runs is C = %.3g N<sup>%.3g</sup> D to within %.2f "
                 "%%.</li>\n</ul>\n",
                 fit->cost.kappa, fit->cost.q, 100 * fit->cost.error);
    } else
        text_add(out, "<p>Without a law there is nothing to trust or to doubt.</p>\n");
    if (r->study.points.n_dropped == 0) return;
    text_add(out, "<p>Left out of the fit:</p>\n<ul>\n");
    for (size_t i = 0; i < r->study.points.n_dropped; i++) {
        const Dropped *d = &r->study.points.dropped[i];
        const char *who = *d->id ? d->id : arena_printf(r->arena, "%zu rows", d->rows);
        text_add(out, "<li><code>%s</code>: %s</li>\n", report_escape(r, who),
                 report_escape(r, d->rule));
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
             event ? " at " : "", event ? report_escape(r, json_string_or(event, "time", "")) : "");
    report_table_begin(
        out, "Each row is one run that was predicted.",
        "<run|parameters|tokens|predicted loss|interval|measured loss|error|<verdict");
    for (size_t i = 0; i < r->study.points.n_sealed; i++) {
        const SealedRun *s = &r->study.points.sealed[i];
        const Point *q = report_outcome(r, s);
        text_add(
            out,
            "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td><td>%.4f</td><td>%.4f "
            "to %.4f</td>",
            report_escape(r, s->id), report_count(r, s->params), report_count(r, s->tokens),
            s->loss, s->lo, s->hi);
        if (q)
            text_add(out,
                     "<td>%.4f%s</td><td>%+.2f %%</td><td class=\"text\">%s the "
                     "interval</td></tr>\n",
                     q->loss, report_plus_minus(r, q->loss_se), 100 * (q->loss / s->loss - 1),
                     report_verdict(sealed_holds(s, q)));
        else
            text_add(out, "<td>–</td><td>–</td><td class=\"text\">not finished</td></tr>\n");
    }
    report_table_end(out);
}

// ---- diminishing returns --------------------------------------------------------------------

static const char *percent(const Report *r, const Interval *i) {
    if (!isfinite(i->value)) return "–";
    if (!isfinite(i->lo)) return arena_printf(r->arena, "%.1f %%", 100 * i->value);
    return arena_printf(r->arena, "%.1f %% (%.1f to %.1f)", 100 * i->value, 100 * i->lo,
                        100 * i->hi);
}

static void returns_rows(const Report *r, const Returns *t, Text *out) {
    report_table_begin(
        out,
        arena_printf(r->arena,
                     "Every row costs %g times the compute of the one above, %s. Tinted rows "
                     "in italics are extrapolated: no run has cost that much or that little%s.",
                     t->factor,
                     t->frontier ? "spent in the best proportions by the law"
                                 : "spent as in these runs: the law knows compute alone",
                     t->foretold ? "; their loss and gain are the mixture's" : ""),
        "compute, FLOP|<basis|best N|best D|loss|gain|L - E removed|so far|elasticity|"
        "FLOP per millinat");
    for (size_t i = 0; i < t->n; i++) {
        const ReturnsRow *x = &t->rows[i];
        text_add(
            out,
            "<tr%s><th scope=\"row\">%.3g</th><td class=\"text\">%s</td><td>%s</td><td>%s</td>",
            x->measured ? "" : " class=\"beyond\"", x->flops,
            x->measured ? "measured" : "extrapolated", report_count(r, x->params.value),
            report_count(r, x->tokens.value));
        text_add(out, "<td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>\n",
                 report_interval(r, &x->loss), report_interval(r, &x->gain),
                 percent(r, &x->removed), percent(r, &x->removed_so_far),
                 report_value(r, &x->elasticity),
                 report_number(r, "%.3g", x->flop_per_millinat.value));
    }
    report_table_end(out);
}

static void write_returns(const Report *r, Text *out) {
    if (!r->scene.fit) {
        text_add(out, "<p>Without a law there is no such table.</p>\n");
        return;
    }
    if (r->scene.fit->no_frontier) {
        text_add(out, "<p>%s</p>\n", words_of_none(r));
        return;
    }
    if (r->by2.n == 0) {
        text_add(out, "<p>This law does not say what compute buys.</p>\n");
        return;
    }
    text_add(out, "<p>A power law removes the same <em>share</em> of the reducible loss at every "
                  "step, so that each step buys "
                  "less than the one before it.");
    if (isfinite(r->by2.doublings_to_halve.value))
        text_add(out, " Half of the reducible loss goes with %s doublings of compute.",
                 report_interval(r, &r->by2.doublings_to_halve));
    text_add(out, "</p>\n<h3>By factors of two</h3>\n");
    returns_rows(r, &r->by2, out);
    text_add(out, "<h3>By factors of ten</h3>\n");
    returns_rows(r, &r->by10, out);
}

// ---- their rows -----------------------------------------------------------------------------

extern const PageSection LAW_SECTION, FIT_SECTION, PREDICTION_SECTION, RETURNS_SECTION;
const PageSection LAW_SECTION = {.id = "law", .title = "The law", .write = write_law};
const PageSection FIT_SECTION = {.id = "fit", .title = "How far to trust it", .write = write_fit};
const PageSection PREDICTION_SECTION = {.id = "prediction",
                                        .title = "Predicted, then run",
                                        .write = write_prediction,
                                        .applies = report_of_sweep};
const PageSection RETURNS_SECTION = {
    .id = "returns", .title = "Diminishing returns", .write = write_returns};
