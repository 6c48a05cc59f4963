/* worth_print.c: writes what settings are worth to a sheet. */
#include <math.h>
#include <string.h>

#include "analysis/questions/study.h"
#include "analysis/questions/worth.h"
#include "base/numbers.h"
#include "base/sheet.h"

/* Put the words for the setting, by which rows of different tables belong together. The numbers
 * behind them stand in the table gain_settings. */
static void put_model(Sheet *s, const char *label, const char *where) {
    char words[128];
    snprintf(words, sizeof words, "%s%s%s", label, sheet_for_people(s) && *where ? "; " : "",
             sheet_for_people(s) ? where : "");
    sheet_text(s, "model", words);
}

static void put_settings(Sheet *s, const Worths *g) {
    const WorthContrast *c = &g->contrast;
    sheet_table(s, "gain_settings", '[', c->words.settings);
    for (size_t i = 0; i < g->n_settings; i++) {
        sheet_row(s, NULL);
        sheet_text(s, "model", g->settings[i].label);
        if (!sheet_for_people(s)) sheet_text(s, "field", c->name);
        if (!sheet_for_people(s)) sheet_text(s, "baseline", c->baseline);
        worth_put_setting(s, c, g->settings[i].row);
    }
    sheet_end(s);
}

/* Put the size of the baseline's runs under a key of the contract, dense_params, which goes back to
 * the first field and stays whatever the field is. People read its kind: "baseline params". */
static void put_size(Sheet *s, const WorthContrast *c, double params) {
    char key[64] = "dense_params";
    if (sheet_for_people(s)) snprintf(key, sizeof key, "%s_params", c->words.kind);
    sheet_size(s, key, params);
}

static void put_gain_mean(Sheet *s, const WorthContrast *c, const WorthSetting *x,
                          const WorthMean *m) {
    sheet_row(s, NULL);
    put_model(s, x->label, m->name);
    if (!sheet_for_people(s)) sheet_text(s, "scale", m->name);
    put_size(s, c, m->params);
    sheet_count(s, "cells", m->n_cells);
    sheet_count(s, "told", m->n_told);
    sheet_number(s, "loss_ratio", m->ratio);
    sheet_interval(s, "gain_in_flops", m->in_flops);
    sheet_interval(s, "gain_in_time", m->in_time);
    sheet_interval(s, "gain_in_tokens", m->in_tokens);
    sheet_text(s, "range",
               m->n_told == 0    ? NULL
               : m->extrapolated ? "partly extrapolated"
                                 : "measured");
}

static void put_gain_law(Sheet *s, const Worths *g) {
    char title[128];
    snprintf(title, sizeof title, "the law of the %s runs that gains are read on",
             g->contrast.words.kind);
    sheet_table(s, "gain_law", '.', title);
    sheet_text(s, "field", g->contrast.name);
    sheet_text(s, "baseline", g->contrast.baseline);
    sheet_text(s, "formula", g->base.law->formula);
    sheet_count(s, "n_points", g->base.points->n);
    sheet_text(s, "params_column", g->base.points->n_convention);
    sheet_text(s, "status", fit_status_name(g->base.status));
    for (int i = 0; i < g->base.law->n_params; i++)
        sheet_interval(s, g->base.law->params[i].name, g->base.params[i]);
    sheet_number(s, "rms_log_residual", g->base.rms_log_residual);
    sheet_text(s, "time", *g->time ? g->time : NULL);
    sheet_number(s, "time_exponent", g->time_exponent);
    sheet_end(s);
}

static void put_gain_cells(Sheet *s, const Worths *g) {
    char title[160];
    snprintf(title, sizeof title, "every %s beside its %s twin (its parameters and tokens)",
             g->contrast.words.one, g->contrast.words.kind);
    sheet_table(s, "gain_cells", '[', title);
    for (size_t i = 0; i < g->n_cells; i++) {
        const WorthCell *c = &g->cells[i];
        char params[32], tokens[32], where[72];
        snprintf(where, sizeof where, "%s, %s", count_to_text(params, c->params),
                 count_to_text(tokens, c->tokens));
        sheet_row(s, NULL);
        put_model(s, c->label, where);
        sheet_size(s, "params_active", c->params_active);
        sheet_size(s, "params_total", c->params_total);
        if (!sheet_for_people(s)) put_size(s, &g->contrast, c->params);
        if (!sheet_for_people(s)) sheet_size(s, "tokens", c->tokens);
        sheet_count(s, "runs", c->n);
        sheet_count(s, "twins", c->n_twins);
        sheet_number(s, "loss", c->loss);
        sheet_number(s, "loss_ratio", c->ratio);
        sheet_interval(s, "gain_in_flops", c->in_flops);
        sheet_interval(s, "gain_in_time", c->in_time);
        sheet_interval(s, "gain_in_tokens", c->in_tokens);
        sheet_text(s, "range", worth_reach_name(c->reach));
    }
    sheet_end(s);
}

static void put_gains(Sheet *s, const Worths *g) {
    char title[256];
    snprintf(title, sizeof title, "%s: compute, time, and tokens, of a %s model of the same loss",
             g->contrast.words.title, g->contrast.words.kind);
    sheet_table(s, "gains", '[', title);
    for (size_t i = 0; i < g->n_settings; i++) {
        const WorthSetting *x = &g->settings[i];
        for (size_t k = 0; k < x->n_scales; k++) put_gain_mean(s, &g->contrast, x, &x->scales[k]);
        put_gain_mean(s, &g->contrast, x, &x->all);
    }
    sheet_end(s);
}

void worth_put(Sheet *s, const Worths *g) {
    if (!g) return;
    put_settings(s, g);
    if (!g->why) {
        put_gain_law(s, g);
        put_gain_cells(s, g);
        put_gains(s, g);
    }
    sheet_table(s, "gain_trends", '[', "slope of ln gain in ln compute, size and data together");
    for (size_t i = 0; i < g->n_settings; i++) {
        const WorthSetting *x = &g->settings[i];
        sheet_row(s, NULL);
        put_model(s, x->label, "");
        sheet_number(s, "compute_range", x->range);
        sheet_interval(s, "slope_in_flops", x->in_flops.slope);
        sheet_text(s, "verdict_in_flops", x->in_flops.verdict);
        sheet_interval(s, "slope_in_time", x->in_time.slope);
        sheet_text(s, "verdict_in_time", x->in_time.verdict);
        sheet_interval(s, "slope_in_tokens", x->in_tokens.slope);
        sheet_text(s, "verdict_in_tokens", x->in_tokens.verdict);
    }
    sheet_end(s);
    Arena *scratch = arena_open();
    const char **sentences = ARENA_ARRAY(scratch, const char *, g->n_settings);
    for (size_t i = 0; i < g->n_settings; i++) sentences[i] = g->settings[i].sentence;
    sheet_list(s, "gain_sentences", sentences, (int)g->n_settings);
    arena_close(scratch);
    sheet_list(s, "gain_notes", g->notes, (int)g->n_notes);
}

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    Worths *g = ARENA_NEW(arena, Worths);
    (void)options, (void)err;
    *g = worths_of(arena, &study->points, study->contrast, &study->options->fit);
    if (g->n_settings > 0) *answer = g;
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    (void)study;
    worth_put(s, answer);
}

const Question WORTH_QUESTION = {.ask = ask, .put = put};
