/* report_experts.c: the section on what experts are worth, where a sweep has them beside dense
 * models.
 */
#include <math.h>
#include <string.h>

#include "analysis/report.h"

bool experts_apply(const Report *r) {
    return r->gains.n_settings > 0;
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
    const Gains *g = &r->gains;
    begin_table(out,
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
    end_table(out);
}

void write_experts(const Report *r, Text *out) {
    const Gains *g = &r->gains;
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
