/* gain_print.c: what experts are worth, told to a sheet. */
#include <math.h>
#include <string.h>

#include "analysis/questions/gain.h"
#include "analysis/questions/study.h"
#include "base/sheet.h"
#include "base/numbers.h"

/* A row is known by the words for its experts, whose numbers stand in gain_settings. */
static void put_experts(Sheet *s, const char *label, const char *where) {
    char words[128];
    snprintf(words, sizeof words, "%s%s%s", label, sheet_for_people(s) && *where ? "; " : "",
             sheet_for_people(s) ? where : "");
    sheet_text(s, "model", words);
}

static void put_settings(Sheet *s, const Gains *g) {
    sheet_table(s, "gain_settings", '[', "models with experts");
    for (size_t i = 0; i < g->n_settings; i++) {
        const Experts *e = &g->settings[i].experts;
        sheet_row(s, NULL);
        sheet_text(s, "model", g->settings[i].label);
        sheet_number(s, "experts", e->experts);
        sheet_number(s, "top_k", e->top_k);
        sheet_number(s, "granularity", e->granularity);
        sheet_number(s, "shared", e->shared);
    }
    sheet_end(s);
}

static void put_gain_mean(Sheet *s, const GainSetting *x, const GainMean *m) {
    sheet_row(s, NULL);
    put_experts(s, x->label, m->name);
    if (!sheet_for_people(s)) sheet_text(s, "scale", m->name);
    sheet_size(s, "dense_params", m->params);
    sheet_count(s, "cells", m->n_cells);
    sheet_count(s, "told", m->n_told);
    sheet_number(s, "loss_ratio", m->ratio);
    sheet_interval(s, "gain_in_flops", m->in_flops);
    sheet_interval(s, "gain_in_time", m->in_time);
    sheet_text(s, "range",
               m->n_told == 0    ? NULL
               : m->extrapolated ? "partly extrapolated"
                                 : "measured");
}

static void put_gain_law(Sheet *s, const Gains *g) {
    sheet_table(s, "gain_law", '.', "the law of the dense runs that gains are read on");
    sheet_text(s, "formula", g->dense.law->formula);
    sheet_count(s, "n_points", g->dense.points->n);
    sheet_text(s, "params_column", g->dense.points->n_convention);
    sheet_text(s, "status", fit_status_name(g->dense.status));
    for (int i = 0; i < g->dense.law->n_params; i++)
        sheet_interval(s, g->dense.law->params[i].name, g->dense.params[i]);
    sheet_number(s, "rms_log_residual", g->dense.rms_log_residual);
    sheet_text(s, "time", *g->time ? g->time : NULL);
    sheet_number(s, "time_exponent", g->time_exponent);
    sheet_end(s);
}

static void put_gain_cells(Sheet *s, const Gains *g) {
    sheet_table(s, "gain_cells", '[',
                "every model with experts beside its dense twin (of so many parameters, tokens)");
    for (size_t i = 0; i < g->n_cells; i++) {
        const GainCell *c = &g->cells[i];
        char params[32], tokens[32], where[72];
        snprintf(where, sizeof where, "%s, %s", count_to_text(params, c->params),
                 count_to_text(tokens, c->tokens));
        sheet_row(s, NULL);
        put_experts(s, c->label, where);
        sheet_size(s, "params_active", c->params_active);
        sheet_size(s, "params_total", c->params_total);
        if (!sheet_for_people(s)) sheet_size(s, "dense_params", c->params);
        if (!sheet_for_people(s)) sheet_size(s, "tokens", c->tokens);
        sheet_count(s, "runs", c->n);
        sheet_count(s, "twins", c->n_twins);
        sheet_number(s, "loss", c->loss);
        sheet_number(s, "loss_ratio", c->ratio);
        sheet_interval(s, "gain_in_flops", c->in_flops);
        sheet_interval(s, "gain_in_time", c->in_time);
        sheet_text(s, "range", gain_reach_name(c->reach));
    }
    sheet_end(s);
}

void gain_put(Sheet *s, const Gains *g) {
    if (!g) return;
    put_settings(s, g);
    if (!g->why) {
        put_gain_law(s, g);
        put_gain_cells(s, g);
        sheet_table(s, "gains", '[',
                    "what experts are worth: compute, and time, of a dense model of the same loss");
        for (size_t i = 0; i < g->n_settings; i++) {
            const GainSetting *x = &g->settings[i];
            for (size_t k = 0; k < x->n_scales; k++) put_gain_mean(s, x, &x->scales[k]);
            put_gain_mean(s, x, &x->all);
        }
        sheet_end(s);
    }
    sheet_table(s, "gain_trends", '[', "slope of ln gain in ln compute, size and data together");
    for (size_t i = 0; i < g->n_settings; i++) {
        const GainSetting *x = &g->settings[i];
        sheet_row(s, NULL);
        put_experts(s, x->label, "");
        sheet_number(s, "compute_range", x->range);
        sheet_interval(s, "slope_in_flops", x->in_flops.slope);
        sheet_text(s, "verdict_in_flops", x->in_flops.verdict);
        sheet_interval(s, "slope_in_time", x->in_time.slope);
        sheet_text(s, "verdict_in_time", x->in_time.verdict);
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
    Gains *g = ARENA_NEW(arena, Gains);
    (void)options, (void)err;
    *g = gains_of(arena, &study->points, &study->options->fit);
    if (g->n_settings > 0) *answer = g;
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    (void)study;
    gain_put(s, answer);
}

const Question WORTH_QUESTION = {.ask = ask, .put = put};
