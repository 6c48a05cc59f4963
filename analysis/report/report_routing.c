/* report_routing.c: how evenly the experts were used, for a sweep that has experts. */
#include <math.h>

#include "analysis/report/page.h"
#include "analysis/report/report_words.h"

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
             report_escape(r, run->id), rounded(r, fact(run, "d_model"), 0),
             report_count(r, run->tokens), rounded(r, fact(run, "experts"), 0));
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

extern const PageSection ROUTING_SECTION;
const PageSection ROUTING_SECTION = {.id = "routing",
                                     .title = "How the experts were used",
                                     .write = write_routing,
                                     .applies = routing_applies};
