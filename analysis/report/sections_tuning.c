/* sections_tuning.c: how a sweep found its learning rates: the curves, the rule through them, and
 * the check of the rule. */
#include <math.h>
#include <string.h>

#include "analysis/report/page.h"
#include "analysis/report/report_words.h"

static bool tuned(const Report *r) {
    return report_of_sweep(r) && ledger_last(r->ledger, "tuned");
}

/* Return number i of an array; NaN where it is missing. */
static double nth(const Json *array, size_t i) {
    const Json *v = array ? json_first(array) : NULL;
    while (v && i-- > 0) v = json_next(v);
    return v && json_kind(v) == JSON_NUMBER ? json_as_number(v) : NAN;
}

/* Write " (N / 14.3k)^-0.12", a factor of the rule. */
static void write_factor(const Report *r, const char *letter, double at, double power, Text *out) {
    text_add(out, " (%s / %s)<sup>%s</sup>", letter, report_count(r, at),
             report_number(r, "%.2f", power));
}

static void write_rule(const Report *r, const Json *event, Text *out) {
    const Json *rule = json_get(event, "rule"), *coef = json_get(rule, "coefficients");
    text_add(out, "<p>lr = %s", report_number(r, "%.3g", json_number_or(rule, "lr", NAN)));
    write_factor(r, "D", json_number_or(rule, "tokens", NAN), nth(coef, 1), out);
    write_factor(r, "N", json_number_or(rule, "params", NAN), nth(coef, 2), out);
    write_factor(r, "batch", json_number_or(rule, "batch_tok", NAN), nth(coef, 3), out);
    text_add(out,
             " by %s runs that are not in the fit. A power that these do not tell is drawn to what "
             "is known without them.</p>\n",
             report_number(r, "%.0f", json_number_or(event, "tuning_runs", NAN)));
    const char *untuned = json_string_or(event, "untuned", NULL);
    if (untuned) text_add(out, "<p>%s</p>\n", report_escape(r, untuned));
}

/* Write "0.001: 2.6840, 0.002: diverged, ..." */
static void write_curve(const Report *r, const Json *cell, Text *out) {
    const Json *rates = json_get(cell, "rates"), *losses = json_get(cell, "losses");
    for (size_t i = 0; rates && i < json_size(rates); i++) {
        const double loss = nth(losses, i);
        text_add(out, "%s%s: %s", i ? ", " : "", report_number(r, "%.3g", nth(rates, i)),
                 isnan(loss) ? "diverged" : report_number(r, "%.4f", loss));
    }
}

static void write_cells(const Report *r, const Json *cells, Text *out) {
    report_table_begin(out,
                       "Where the rate was tuned: the rates with their losses, and the vertex of "
                       "the parabola through the best three with its standard deviation.",
                       "width|tokens|batch|best rate|a factor of|<rates and losses");
    for (const Json *c = cells ? json_first(cells) : NULL; c; c = json_next(c)) {
        const bool inside = strcmp(json_string_or(c, "best", ""), "inside") == 0;
        text_add(out, "<tr%s><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>",
                 inside ? "" : " class=\"ill\"",
                 report_number(r, "%g", json_number_or(c, "d_model", NAN)),
                 report_count(r, json_number_or(c, "tokens", NAN)),
                 report_count(r, json_number_or(c, "batch_tok", NAN)),
                 report_number(r, "%.3g", json_number_or(c, "lr", NAN)),
                 report_number(r, "%.2f", exp(json_number_or(c, "ln_lr_sd", NAN))));
        text_add(out, "<td class=\"text why\">");
        write_curve(r, c, out);
        text_add(out, "</td></tr>\n");
    }
    report_table_end(out);
}

static void write_check(const Report *r, const Json *check, Text *out) {
    const Json *rates = json_get(check, "rates"), *losses = json_get(check, "losses");
    const char *untuned = json_string_or(check, "untuned", NULL);
    text_add(out,
             "<p>Checked at width %s and %s tokens: the rule's rate of %s ended at %s, half of it "
             "at %s, twice of it at %s.</p>\n",
             report_number(r, "%g", json_number_or(check, "d_model", NAN)),
             report_count(r, json_number_or(check, "tokens", NAN)),
             report_number(r, "%.3g", nth(rates, 1)), report_number(r, "%.4f", nth(losses, 1)),
             report_number(r, "%.4f", nth(losses, 0)), report_number(r, "%.4f", nth(losses, 2)));
    if (untuned) text_add(out, "<p>%s</p>\n", report_escape(r, untuned));
}

static void write_tuning(const Report *r, Text *out) {
    const Json *event = ledger_last(r->ledger, "tuned"), *check = ledger_last(r->ledger, "checked");
    write_rule(r, event, out);
    write_cells(r, json_get(event, "cells"), out);
    if (check && strcmp(json_string_or(check, "key", ""), json_string_or(event, "key", "")) == 0)
        write_check(r, check, out);
}

extern const PageSection TUNING_SECTION;
const PageSection TUNING_SECTION = {.id = "tuning",
                                    .title = "How the learning rate was tuned",
                                    .write = write_tuning,
                                    .applies = tuned};
