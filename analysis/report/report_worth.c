/* report_worth.c: the section on what the settings of a field are worth beside their baseline. */
#include <ctype.h>
#include <math.h>

#include "analysis/questions/worth.h"
#include "analysis/report/page.h"
#include "analysis/report/report_words.h"

static const Worths *worths(const Report *r) {
    return study_answer(&r->study, &WORTH_QUESTION);
}

static bool worth_applies(const Report *r) {
    return worths(r) != NULL;
}

static const char *worth_title(const Report *r) {
    char *title = arena_strdup(r->arena, worths(r)->contrast.words.title);
    title[0] = (char)toupper((unsigned char)title[0]);
    return report_escape(r, title);
}

/* Return "1.52 (1.41 to 1.63)", or "1.52 (1.41 or more)" for an interval with an open end. */
static const char *factor(const Report *r, const Interval *v) {
    if (!isfinite(v->value)) return "–";
    if (isnan(v->lo)) return arena_printf(r->arena, "%.3g", v->value);
    if (!isfinite(v->hi)) return arena_printf(r->arena, "%.3g (%.3g or more)", v->value, v->lo);
    return arena_printf(r->arena, "%.3g (%.3g to %.3g)", v->value, v->lo, v->hi);
}

static void mean_row(const Report *r, const WorthSetting *s, const WorthMean *m, Text *out) {
    const char *basis = m->n_told == 0    ? "cannot be told"
                        : m->extrapolated ? "partly extrapolated"
                                          : "measured";
    text_add(out, "<tr%s><th scope=\"row\">%s</th><td class=\"text\">%s</td><td>%s</td>",
             m->extrapolated ? " class=\"beyond\"" : "", report_escape(r, s->label), m->name,
             report_count(r, m->params));
    text_add(out, "<td>%zu of %zu</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td>", m->n_told,
             m->n_cells,
             isfinite(m->ratio) ? arena_printf(r->arena, "%+.2f %%", 100 * (m->ratio - 1)) : "–",
             factor(r, &m->in_flops), factor(r, &m->in_time), factor(r, &m->in_tokens));
    text_add(out, "<td class=\"text\">%s</td></tr>\n", basis);
}

static void means_table(const Report *r, Text *out) {
    const Worths *g = worths(r);
    const WorthWords *words = &g->contrast.words;
    report_table_begin(
        out,
        arena_printf(r->arena,
                     "Geometric means over training lengths, with %.0f %% intervals. Loss: "
                     "against the %s model of the same %s and number of tokens. Time "
                     "is %s.",
                     100 * g->base.level, words->kind, g->contrast.field->width ? "width" : "size",
                     *g->time ? g->time : "not given for every run, or not comparable"),
        arena_printf(r->arena,
                     "<model|<scale|%s N|lengths told|loss|worth in compute|worth in "
                     "time|worth in tokens|<basis",
                     words->kind));
    for (size_t i = 0; i < g->n_settings; i++) {
        const WorthSetting *s = &g->settings[i];
        for (size_t k = 0; k < s->n_scales; k++) mean_row(r, s, &s->scales[k], out);
        mean_row(r, s, &s->all, out);
    }
    report_table_end(out);
}

static void write_worth(const Report *r, Text *out) {
    const Worths *g = worths(r);
    const WorthWords *words = &g->contrast.words;
    text_add(out,
             "<p>A %s is worth as many times its compute as a %s model would take to reach the "
             "same loss, by the law of the %s runs alone and in its best proportion of size to "
             "data; 1 is worth nothing. Compute is training FLOPs as these rows count them, and "
             "tokens are those of the same one %s model. Time is what these runs took here, on "
             "this machine and with this code.</p>\n<ul>\n",
             report_escape(r, words->one), words->kind, words->kind, words->kind);
    for (size_t i = 0; i < g->n_settings; i++)
        text_add(out, "<li>%s</li>\n", report_escape(r, g->settings[i].sentence));
    for (size_t i = 0; i < g->n_notes; i++)
        text_add(out, "<li>%s</li>\n", report_escape(r, g->notes[i]));
    text_add(out, "</ul>\n");
    if (!g->why) means_table(r, out);
}

extern const PageSection WORTH_SECTION;
const PageSection WORTH_SECTION = {.id = "worth",
                                   .write = write_worth,
                                   .applies = worth_applies,
                                   .picture = "worth",
                                   .title_of = worth_title};
