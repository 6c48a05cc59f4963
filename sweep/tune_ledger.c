/* tune_ledger.c: the rule and its curves as JSON, and back. Losses are in nats per token, as in the
 * rows of runs; null where a run diverged. */
#include "sweep/tune_ledger.h"

#include <math.h>
#include <string.h>

double tune_loss(const Ledger *ledger, const char *id) {
    const Json *row = ledger_run(ledger, id);
    const char *status = row ? json_string_or(row, "status", "") : "";
    if (strcmp(status, "diverged") == 0) return INFINITY;
    return strcmp(status, "done") == 0 ? log(json_number_or(row, "loss", NAN)) : NAN;
}

const Json *tune_event(const Ledger *ledger, const char *kind, const char *key) {
    for (size_t i = ledger_size(ledger); i-- > 0;)
        if (strcmp(ledger_kind(ledger, i), kind) == 0 &&
            strcmp(json_string_or(ledger_event(ledger, i), "key", ""), key) == 0)
            return ledger_event(ledger, i);
    return NULL;
}

// --- the rule ----------------------------------------------------------------------------------

/* Read n numbers of an array; what is missing is NaN. Return whether all are there. */
static bool read_numbers(const Json *array, double *out, size_t n) {
    const Json *v = array ? json_first(array) : NULL;
    bool all = true;
    for (size_t i = 0; i < n; i++) {
        out[i] = v && json_kind(v) == JSON_NUMBER ? json_as_number(v) : NAN;
        all &= !isnan(out[i]);
        if (v) v = json_next(v);
    }
    return all;
}

static Status take(TuneRule *r, const Json *rule, Err *err) {
    r->params = json_number_or(rule, "params", NAN);
    r->tokens = json_number_or(rule, "tokens", NAN);
    r->batch = json_number_or(rule, "batch_tok", NAN);
    r->curvature = json_number_or(rule, "curvature", NAN);
    r->noise = json_number_or(rule, "noise", NAN);
    const bool coef = read_numbers(json_get(rule, "coefficients"), r->coef, TUNE_TERMS);
    const bool covariance =
        read_numbers(json_get(rule, "covariance"), &r->covariance[0][0], TUNE_TERMS * TUNE_TERMS);
    if (coef && covariance && r->params > 0 && r->tokens > 0 && r->batch > 0) return OK;
    FAIL(err, E_FORMAT, "ledger.jsonl: an event \"tuned\" lacks numbers of its rule");
}

Status tune_rules_take(Tune *t, const Json *event, bool batch, Err *err) {
    const Json *known = json_get(event, "noise_of_seeds");
    t->noise_known = known && json_kind(known) == JSON_BOOL && json_as_bool(known);
    TRY(take(&t->rule, json_get(event, "rule"), err));
    if (batch) TRY(take(&t->batch_rule, json_get(event, "batch_rule"), err));
    t->ruled = true;
    return OK;
}

static void put_numbers(JsonOut *out, const char *key, const double *x, size_t n) {
    json_begin(out, key, '[');
    for (size_t i = 0; i < n; i++) json_put_number(out, NULL, x[i]);
    json_end(out);
}

static void put_rule(const TuneRule *r, const char *key, const char *what, JsonOut *out) {
    json_begin(out, key, '{');
    json_put_number(out, "params", r->params);
    json_put_number(out, "tokens", r->tokens);
    json_put_number(out, "batch_tok", r->batch);
    json_put_number(out, what, exp(r->coef[0]));
    put_numbers(out, "coefficients", r->coef, TUNE_TERMS);
    put_numbers(out, "covariance", &r->covariance[0][0], TUNE_TERMS * TUNE_TERMS);
    json_put_number(out, "curvature", r->curvature);
    json_put_number(out, "noise", r->noise);
    json_end(out);
}

static void put_cell(const TuneCell *cell, JsonOut *out) {
    static const char *const PLACES[] = {
        [TUNE_INSIDE] = "inside", [TUNE_LOWEST] = "lowest", [TUNE_HIGHEST] = "highest"};
    const TuneCurve *c = &cell->curve;
    json_begin(out, NULL, '{');
    json_put_count(out, "d_model", (uint64_t)cell->config.d_model);
    json_put_number(out, "params", c->params);
    json_put_number(out, "tokens", c->tokens);
    json_put_number(out, "batch_tok", c->batch);
    json_put_bool(out, "settled", cell->settled);
    put_numbers(out, "rates", c->lr, c->n);
    json_begin(out, "losses", '[');
    for (size_t i = 0; i < c->n; i++) json_put_number(out, NULL, exp(c->loss[i]));
    json_end(out);
    if (cell->settled) {
        json_put_string(out, "best", PLACES[c->place]);
        json_put_number(out, "lr", exp(c->ln_lr));
        json_put_number(out, "ln_lr_sd", c->sd);
        json_put_number(out, "curvature", c->curvature);
    }
    json_end(out);
}

void tune_to_json(const Tune *t, JsonOut *out) {
    json_put_string(out, "key", t->key);
    json_put_count(out, "tuning_runs", t->n_runs - (t->has_check ? 2 : 0));
    if (t->ruled) {
        json_put_bool(out, "noise_of_seeds", t->noise_known);
        put_rule(&t->rule, "rule", "lr", out);
        if (t->batch_rule.batch > 0) put_rule(&t->batch_rule, "batch_rule", "best_batch_tok", out);
    }
    json_put_string(out, "untuned", t->ruled ? t->doubt : NULL);
    json_begin(out, "cells", '[');
    for (size_t i = 0; i < t->n_cells; i++) put_cell(&t->cells[i], out);
    json_end(out);
}

void tune_check_to_json(const Tune *t, JsonOut *out) {
    json_put_string(out, "key", t->key);
    json_put_string(out, "id", t->check.run[1].id);
    json_put_count(out, "d_model", (uint64_t)t->check.run[1].config.d_model);
    json_put_count(out, "tokens", t->check.run[1].config.tokens);
    json_begin(out, "rates", '[');
    for (int i = 0; i < 3; i++) json_put_number(out, NULL, t->check.run[i].config.lr);
    json_end(out);
    json_begin(out, "losses", '[');
    for (int i = 0; i < 3; i++) json_put_number(out, NULL, exp(t->check.loss[i]));
    json_end(out);
    json_put_string(out, "untuned", t->check_doubt);
}
