/* report_experts.c: what experts are worth, where a sweep has them beside dense models, and how
 * they were used.
 */
#include <math.h>
#include <string.h>

#include "analysis/questions/gain.h"
#include "analysis/report/page.h"
#include "analysis/report/report_words.h"
#include "base/numbers.h"

static bool experts_apply(const Report *r) {
    return study_answer(&r->study, &WORTH_QUESTION) != NULL;
}

/* "1.52 (1.41 to 1.63)"; an open end is said. */
static const char *factor(const Report *r, const Interval *v) {
    if (!isfinite(v->value)) return "–";
    if (isnan(v->lo)) return arena_printf(r->arena, "%.3g", v->value);
    if (!isfinite(v->hi)) return arena_printf(r->arena, "%.3g (%.3g or more)", v->value, v->lo);
    return arena_printf(r->arena, "%.3g (%.3g to %.3g)", v->value, v->lo, v->hi);
}

static const char *size(const Report *r, double x) {
    char text[32];
    return isfinite(x) ? arena_strdup(r->arena, count_to_text(text, x)) : "–";
}

static void mean_row(const Report *r, const GainSetting *s, const GainMean *m, Text *out) {
    const char *basis = m->n_told == 0    ? "cannot be told"
                        : m->extrapolated ? "partly extrapolated"
                                          : "measured";
    text_add(out, "<tr%s><th scope=\"row\">%s</th><td class=\"text\">%s</td><td>%s</td>",
             m->extrapolated ? " class=\"beyond\"" : "", s->label, m->name, size(r, m->params));
    text_add(out, "<td>%zu of %zu</td><td>%s</td><td>%s</td><td>%s</td>", m->n_told, m->n_cells,
             isfinite(m->ratio) ? arena_printf(r->arena, "%+.2f %%", 100 * (m->ratio - 1)) : "–",
             factor(r, &m->in_flops), factor(r, &m->in_time));
    text_add(out, "<td class=\"text\">%s</td></tr>\n", basis);
}

static void means_table(const Report *r, Text *out) {
    const Gains *g = study_answer(&r->study, &WORTH_QUESTION);
    report_table_begin(
        out,
        arena_printf(r->arena,
                     "Geometric means over training lengths, with %.0f %% intervals. Loss: "
                     "against the dense model of the same width and number of tokens. Time "
                     "is %s.",
                     100 * g->dense.level,
                     *g->time ? g->time : "not given for every run, or not comparable"),
        "<model|<scale|dense N|lengths told|loss|worth in compute|worth in time|<basis");
    for (size_t i = 0; i < g->n_settings; i++) {
        const GainSetting *s = &g->settings[i];
        for (size_t k = 0; k < s->n_scales; k++) mean_row(r, s, &s->scales[k], out);
        mean_row(r, s, &s->all, out);
    }
    report_table_end(out);
}

static void write_experts(const Report *r, Text *out) {
    const Gains *g = study_answer(&r->study, &WORTH_QUESTION);
    text_add(out,
             "<p>A model with experts is worth as many times its compute as a dense model would "
             "take to reach the same loss, by the law of the dense runs alone and in its best "
             "proportion of size to data; 1 is worth nothing. Compute counts the experts that "
             "are visited and the router. Time is what these runs took here, on this "
             "machine and with this code.</p>\n<ul>\n");
    for (size_t i = 0; i < g->n_settings; i++)
        text_add(out, "<li>%s</li>\n", markup_escape(r->arena, g->settings[i].sentence));
    for (size_t i = 0; i < g->n_notes; i++)
        text_add(out, "<li>%s</li>\n", markup_escape(r->arena, g->notes[i]));
    text_add(out, "</ul>\n");
    if (!g->why) means_table(r, out);
}

/* --- routing ---------------------------------------------------------------------------------- */

static double fact(const ReportRun *run, const char *key) {
    return json_number_or(run->event, key, NAN);
}

static bool routing_applies(const Report *r) {
    for (size_t i = 0; i < r->n_runs; i++)
        if (isfinite(fact(&r->runs[i], "load_cv"))) return true;
    return false;
}

static const char *rounded(const Report *r, double x, int digits) {
    return isfinite(x) ? arena_printf(r->arena, "%.*f", digits, x) : "–";
}

static void routing_row(const Report *r, const ReportRun *run, Text *out) {
    const double pieces = fact(run, "experts") * json_number_or(run->event, "granularity", 1);
    text_add(out, "<tr><th scope=\"row\"><code>%s</code></th><td>%s</td><td>%s</td><td>%s</td>",
             markup_escape(r->arena, run->id), rounded(r, fact(run, "d_model"), 0),
             size(r, run->tokens), rounded(r, fact(run, "experts"), 0));
    text_add(out, "<td>%s</td><td>%s</td><td>%s</td><td>%s of %s</td><td>%s</td><td>%s</td></tr>\n",
             rounded(r, fact(run, "load_cv"), 3), rounded(r, fact(run, "load_max"), 2),
             rounded(r, fact(run, "dead_experts"), 0), rounded(r, fact(run, "router_entropy"), 2),
             rounded(r, log(pieces), 2), rounded(r, 100 * fact(run, "dropped"), 2),
             rounded(r, fact(run, "balance_loss"), 4));
}

static void write_routing(const Report *r, Text *out) {
    text_add(out, "<p>Load is how many tokens an expert got, on held-out text: its coefficient of "
                  "variation over the experts of a layer (0 is even), the largest over the mean, "
                  "experts that got none. The entropy of the router's probabilities is at most "
                  "that of an even choice. Dropped is the share of visits that full experts "
                  "refused in training.</p>\n");
    report_table_begin(
        out, "Every run with experts.",
        "<run|width|tokens|experts|load CV|largest / mean|dead|entropy, nat|dropped, "
        "%|balance loss");
    for (size_t i = 0; i < r->n_runs; i++)
        if (isfinite(fact(&r->runs[i], "load_cv"))) routing_row(r, &r->runs[i], out);
    report_table_end(out);
}

extern const Section WORTH_SECTION, ROUTING_SECTION;
const Section WORTH_SECTION = {"experts", "What experts are worth", write_experts, experts_apply,
                               "experts"};
const Section ROUTING_SECTION = {"routing", "How the experts were used", write_routing,
                                 routing_applies, NULL};
