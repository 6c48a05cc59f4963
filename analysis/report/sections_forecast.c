/* sections_forecast.c: the section of the page on what several laws foretell beyond the runs. */
#include <math.h>

#include "analysis/questions/forecast_told.h"
#include "analysis/report/page.h"
#include "analysis/report/report_words.h"

static const ForecastTold *told_of(const Report *r) {
    return r->scene.fit ? study_answer(&r->study, &FORECAST_QUESTION) : NULL;
}

static bool forecast_applies(const Report *r) {
    return told_of(r) != NULL;
}

static const char *percent(const Report *r, double share) {
    if (!isfinite(share)) return "–";
    if (share < 0.001) return "under 0.1 %";
    return arena_printf(r->arena, "%.2g %%", 100 * share);
}

/* Write the cells of a row: what is foretold at every target. */
static void write_losses(const Report *r, const ForecastTold *told, size_t law, bool mixture,
                         Text *out) {
    for (size_t i = 0; i < FORECAST_TARGETS; i++)
        text_add(out, "<td>%s</td>",
                 report_interval(r, mixture ? &told->rows[i].mixture : &told->rows[i].alone[law]));
    text_add(out, "</tr>\n");
}

static const char *columns(const Report *r, const ForecastTold *told) {
    const char *heads = "<law|weight|error at the edges";
    for (size_t i = 0; i < FORECAST_TARGETS; i++)
        heads = arena_printf(r->arena, "%s|%s parameters, %s tokens", heads,
                             report_count(r, told->rows[i].at.params),
                             report_count(r, told->rows[i].at.tokens));
    return heads;
}

static void write_forecast(const Report *r, Text *out) {
    const ForecastTold *told = told_of(r);
    const Forecast *f = r->study.forecast;
    text_add(out, "<p>%s</p>\n", report_escape(r, told->verdict));
    report_table_begin(out,
                       "Every law was refitted without the largest models, the longest runs and "
                       "the costliest runs in turn, and weighed by how it foretold them. Each "
                       "law's own interval presumes that it is true; the mixture's does not.",
                       columns(r, told));
    text_add(out, "<tr><th scope=\"row\">mixture</th><td>–</td><td>–</td>");
    write_losses(r, told, 0, true, out);
    for (size_t i = 0; i < f->n; i++) {
        text_add(out, "<tr><th scope=\"row\">%s</th><td>%s</td><td>%s</td>", f->laws[i].law->name,
                 percent(r, f->weight[i]), percent(r, f->laws[i].edge));
        write_losses(r, told, i, false, out);
    }
    report_table_end(out);
}

extern const PageSection FORECAST_SECTION;
const PageSection FORECAST_SECTION = {.id = "forecast",
                                      .title = "What the laws foretell",
                                      .write = write_forecast,
                                      .applies = forecast_applies};
