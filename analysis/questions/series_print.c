/* series_print.c: writes the answers about a published series to a sheet. */
#include <math.h>
#include <string.h>

#include "analysis/questions/series.h"
#include "base/sheet.h"

static void put_readings(Sheet *s, const Series *x) {
    sheet_table(s, "readings", '[', "one power law through the series, by what a gain may mean");
    for (size_t i = 0; i < x->n_readings; i++) {
        const SeriesReading *r = &x->readings[i];
        sheet_row(s, NULL);
        sheet_text(s, "reading", r->name);
        sheet_text(s, "one_power_law", r->agrees ? "agrees" : "no");
        sheet_number(s, "p", r->p);
        sheet_number(s, "chi2", r->chi2);
        sheet_count(s, "freedom", (uint64_t)r->freedom);
        sheet_interval(s, "ratio", r->ratio);
        sheet_interval(s, "eta", r->eta);
        sheet_interval(s, "eta_first", r->eta_first);
        sheet_interval(s, "eta_last", r->eta_last);
        sheet_interval(s, "next", r->next);
        sheet_interval(s, "left", r->left);
        sheet_interval(s, "floor", r->floor);
        sheet_interval(s, "bend", r->bend);
        sheet_interval(s, "next_with_bend", r->next_with_bend);
    }
    sheet_end(s);
}

static void put_steps(Sheet *s, const Series *x) {
    sheet_table(s, "steps", '[', "step by step");
    for (size_t i = 0; i < x->n_readings; i++) {
        const SeriesReading *r = &x->readings[i];
        for (size_t k = 0; k < x->n; k++) {
            sheet_row(s, NULL);
            sheet_text(s, "reading", r->name);
            sheet_count(s, "step", k + 1);
            sheet_number(s, "said", x->said[k]);
            sheet_number(s, "error", x->error[k]);
            sheet_interval(s, "ratio", r->step_ratio[k]);
            sheet_interval(s, "eta", r->step_eta[k]);
            sheet_number(s, "power_law", r->power_law[k]);
            sheet_number(s, "missed", x->said[k] - r->power_law[k]);
            sheet_number(s, "with_bend", r->with_bend[k]);
            sheet_number(s, "as_begun", r->as_begun[k]);
        }
    }
    sheet_end(s);
}

/* Return "0.67, 0.50, 0.43": the finite numbers of x (n). */
static const char *list(Arena *arena, const char *format, const double *x, size_t n) {
    Text text = {0};
    for (size_t k = 0; k < n; k++) {
        if (!isfinite(x[k])) continue;
        if (text.size) text_add(&text, ", ");
        text_add(&text, format, x[k]);
    }
    const char *kept = arena_strdup(arena, text.size ? text.s : "");
    text_close(&text);
    return kept;
}

static const char *exponent(Arena *arena, Interval eta) {
    if (isnan(eta.value)) return "no defined value";
    return isnan(eta.lo) ? arena_printf(arena, "%.2f", eta.value)
                         : arena_printf(arena, "%.2f (%.2f to %.2f)", eta.value, eta.lo, eta.hi);
}

static const char *sentence(Arena *arena, const Series *x, const SeriesReading *r) {
    const bool losses = strcmp(x->options.kind, "loss") == 0;
    const char *unit = losses ? " nat" : " %", *what = losses ? "loss" : "gain";
    const size_t begun = losses ? 3 : 2;
    double worst = 0, ratios[SERIES_LONGEST];
    for (size_t k = 0; k < x->n; k++) {
        const double missed = x->said[k] - r->power_law[k];
        if (fabs(missed) > fabs(worst)) worst = missed;
        ratios[k] = r->step_ratio[k].value;
    }
    const char *head = arena_printf(
        arena, "If %s: the falls of the loss have the ratios %s, where a power law has one.",
        r->meaning, list(arena, "%.2f", ratios, x->n));
    if (r->agrees)
        return arena_printf(
            arena,
            "%s One ratio of %.2f agrees with all of them to within their errors (p = %.2g): a "
            "power law of exponent %s%s. The next %s would be %.3g%s.",
            head, r->ratio.value, r->p, exponent(arena, r->eta),
            r->ratio.value < 1 ? "" : ", of returns that do not diminish", what, r->next.value,
            unit);
    return arena_printf(
        arena,
        "%s The best single one, %.2f, misses by up to %.2g%s (p = %.1g): this is no power law. "
        "The first two steps imply an exponent of %s, the last two %s; a power law that "
        "begins so would go on with %s. With an exponent that moves by %+.2f a step the next %s "
        "would be %.3g%s, by the single power law %.3g%s.",
        head, r->ratio.value, fabs(worst), unit, r->p, exponent(arena, r->eta_first),
        exponent(arena, r->eta_last), list(arena, "%.3g", r->as_begun + begun, x->n - begun),
        r->bend.value, what, r->next_with_bend.value, unit, r->next.value, unit);
}

static void put_sentences(Sheet *s, const Series *x) {
    Arena *scratch = arena_open();
    const char *texts[COUNT_OF(x->readings)];
    for (size_t i = 0; i < x->n_readings; i++) texts[i] = sentence(scratch, x, &x->readings[i]);
    sheet_list(s, "answers", texts, (int)x->n_readings);
    arena_close(scratch);
}

void series_put(Sheet *s, const Series *x) {
    sheet_text(s, "series", x->options.series);
    sheet_text(s, "kind", x->options.kind);
    sheet_number(s, "per", x->options.per);
    sheet_count(s, "resamples", (uint64_t)x->resamples);
    sheet_number(s, "level", x->level);
    sheet_count(s, "seed", x->seed);
    put_sentences(s, x);
    put_readings(s, x);
    put_steps(s, x);
}
