/* predict.c: reads what is to be predicted, predicts it, and writes the predictions to a file. */
#include "analysis/questions/predict.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "analysis/fit/design.h"
#include "analysis/points/where.h"
#include "analysis/questions/study.h"
#include "base/file.h"
#include "base/sheet.h"
#include "base/text.h"

/* Read a number in the table's own units; a table may count parameters in billions. */
static Status read_number(const WhereCondition *c, double *out, Err *err) {
    return where_number(c, "--predict", POINT_LEAST, POINT_MOST, false, out, err);
}

/* Return the row whose loss is predicted. */
static Point point_of(const Fit *fit, const Prediction *p) {
    Point at = fit_point(fit, p->params, p->tokens);
    if (!isnan(p->batch)) at.batch_tok = p->batch;
    return at;
}

/* Read one run, "params=..,tokens=..", with id, flops and batch if known, and predict its loss. */
static Status read_run(Arena *arena, const Study *study, const char *text, Prediction *out,
                       Err *err) {
    const Fit *fit = &study->fit;
    Where keys;
    *out = (Prediction){
        .id = "", .params = NAN, .tokens = NAN, .flops = NAN, .outcome = NAN, .batch = NAN};
    TRY(where_assignments(arena, text, "--predict", &keys, err));
    for (size_t i = 0; i < keys.n; i++) {
        const WhereCondition *c = &keys.rows[i];
        if (strcmp(c->name, "id") == 0)
            out->id = c->value;
        else if (strcmp(c->name, "params") == 0)
            TRY(read_number(c, &out->params, err));
        else if (strcmp(c->name, "tokens") == 0)
            TRY(read_number(c, &out->tokens, err));
        else if (strcmp(c->name, "flops") == 0)
            TRY(read_number(c, &out->flops, err));
        else if (strcmp(c->name, "batch_tok") == 0)
            TRY(read_number(c, &out->batch, err));
        else
            FAIL(err, E_USAGE,
                 "--predict: no key '%s'; known are id, params, tokens, flops, batch_tok", c->name);
    }
    if (isnan(out->params) || isnan(out->tokens))
        FAIL(err, E_USAGE, "--predict: '%s' needs params=.. and tokens=..", text);
    if (isnan(out->flops))
        out->flops = fit->cost.kappa * pow(out->params, fit->cost.q) * out->tokens;
    const Point at = point_of(fit, out);
    out->loss = study->forecast ? forecast_predict(study->forecast, &at, true)
                                : fit_predict_at(fit, &at, true);
    return OK;
}

static Status read_asked(Arena *arena, const Study *study, const char *text, Predictions *out,
                         Err *err) {
    size_t room = 1 + study->fit.points->n_sealed;
    for (const char *p = text; p && *p; p++) room += *p == ';';
    *out = (Predictions){.rows = ARENA_ARRAY(arena, Prediction, room)};
    char *rest = text ? arena_strdup(arena, text) : NULL;
    for (char *run; (run = strsep(&rest, ";"));)
        if (*run) TRY(read_run(arena, study, run, &out->rows[out->n++], err));
    return OK;
}

/* Say what the predictions that were asked for rest on where that is less than the law seems to
 * say. */
static void add_notes(Arena *arena, const Study *study, Predictions *out) {
    const Fit *fit = &study->fit;
    const Design d = design_of(arena, fit->points);
    size_t asked = 0, off = 0;
    for (size_t i = 0; i < out->n; i++) {
        if (out->rows[i].sealed) continue;
        asked++;
        off += design_off_line(&d, out->rows[i].params, out->rows[i].tokens);
    }
    if (off > 0)
        out->notes[out->n_notes++] = arena_printf(
            arena,
            "%zu of %zu predictions asked for lie off the line of these runs (%s): what is "
            "foretold there is the law's guess, and its interval knows nothing of it.",
            off, asked, d.words);
    if (asked > 0 && !study->forecast &&
        (fit->status == FIT_AT_BOUND || fit->status == FIT_NO_CONVERGENCE))
        out->notes[out->n_notes++] = arena_printf(
            arena, "what is foretold presumes a law of status %s: take it for no more than that.",
            fit_status_name(fit->status));
}

/* Append the sealed runs. read_asked left room for them. */
static void add_sealed(const Fit *fit, Predictions *out) {
    const Points *p = fit->points;
    for (size_t i = 0; i < p->n_sealed; i++) {
        const SealedRun *s = &p->sealed[i];
        Prediction *to = &out->rows[out->n++];
        *to = (Prediction){s->id, s->params, s->tokens, s->flops, {s->loss, s->lo, s->hi},
                           true,  NAN,       NAN};
        for (size_t k = 0; fit->held && k < fit->held->n; k++)
            if (strcmp(fit->held->rows[k].id, s->id) == 0) to->outcome = fit->held->rows[k].loss;
    }
}

static void put_interval(JsonOut *j, const char *name, Interval v) {
    json_begin(j, name, '{');
    json_put_number(j, "value", v.value);
    json_put_number(j, "lo", v.lo);
    json_put_number(j, "hi", v.hi);
    json_end(j);
}

/* Put the laws whose mixture the predictions are. */
static void put_laws(JsonOut *j, const Forecast *forecast) {
    json_begin(j, "laws", '[');
    for (size_t i = 0; i < forecast->n; i++) {
        json_begin(j, NULL, '{');
        json_put_string(j, "law", forecast->laws[i].law->name);
        json_put_number(j, "weight", forecast->weight[i]);
        json_end(j);
    }
    json_end(j);
}

static void put_seal(JsonOut *j, const Study *study, const Predictions *all) {
    const Fit *fit = &study->fit;
    char now[32];
    const time_t t = time(NULL);
    struct tm utc;
    strftime(now, sizeof now, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&t, &utc));
    json_put_string(j, "time", now);
    json_put_string(j, "law", fit->law->name);
    json_put_string(j, "formula", fit->law->formula);
    if (study->forecast) put_laws(j, study->forecast);
    json_put_string(j, "estimator", fit->estimator);
    json_put_string(j, "status", fit_status_name(fit->status));
    json_begin(j, "notes", '[');
    for (int i = 0; i < all->n_notes; i++) json_put_string(j, NULL, all->notes[i]);
    json_end(j);
    json_put_number(j, "level", fit->level);
    json_begin(j, "params", '{');
    for (int i = 0; i < fit->law->n_params; i++)
        put_interval(j, fit->law->params[i].name, fit->params[i]);
    json_end(j);
    json_put_count(j, "n_points", fit->points->n);
    json_begin(j, "fitted", '[');
    for (size_t i = 0; i < fit->points->n; i++) json_put_string(j, NULL, fit->points->rows[i].id);
    json_end(j);
    json_begin(j, "predictions", '[');
    for (size_t i = 0; i < all->n; i++) {
        const Prediction *p = &all->rows[i];
        if (p->sealed) continue;
        json_begin(j, NULL, '{');
        json_put_string(j, "id", p->id);
        json_put_number(j, "params", p->params);
        json_put_number(j, "tokens", p->tokens);
        json_put_number(j, "flops", p->flops);
        json_put_number(j, "loss", p->loss.value);
        json_put_number(j, "lo", p->loss.lo);
        json_put_number(j, "hi", p->loss.hi);
        json_end(j);
    }
    json_end(j);
}

/* Fail where the runs have one length, or one size, and what is to be sealed has another: a law of
 * the other variable knows nothing of it. */
static Status can_foretell(const Study *study, const Predictions *said, Err *err) {
    Arena *scratch = arena_open();
    const Design d = design_of(scratch, study->fit.points);
    const bool one = d.kind == DESIGN_ONE_LENGTH || d.kind == DESIGN_ONE_SIZE;
    bool off = false;
    for (size_t i = 0; one && i < said->n; i++)
        off |= !said->rows[i].sealed &&
               design_off_line(&d, said->rows[i].params, said->rows[i].tokens);
    arena_close(scratch);
    if (off)
        FAIL(err, E_FAILED,
             "--seal: all runs have one %s, and what is to be foretold has another: "
             "these runs tell nothing of it",
             d.kind == DESIGN_ONE_LENGTH ? "length" : "size");
    return OK;
}

Status predict_seal(const Study *study, const Predictions *said, const char *dir, Err *err) {
    char path[4096];
    TRY(can_foretell(study, said, err));
    if (snprintf(path, sizeof path, "%s/prediction.json", dir) >= (int)sizeof path)
        FAIL(err, E_IO, "%s: the path is too long", dir);
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    put_seal(&j, study, said);
    json_end(&j);
    text_add(&j.text, "\n");
    const Status status = file_write(path, j.text.s, j.text.size, err);
    text_close(&j.text);
    return status;
}

/* ---- the question ---------------------------------------------------------------------------- */

static const Field FIELDS[] = {
    {"predict", FIELD_STRING, offsetof(PredictOptions, predict), 0, -1, NULL, "",
     "runs to predict: 'params=2e5,tokens=1e6;...'"},
};
static const FieldTable FLAGS = {QUESTION_FLAGS, FIELDS, COUNT_OF(FIELDS)};
static const PredictOptions DEFAULTS;

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    Predictions *all = ARENA_NEW(arena, Predictions);
    TRY(read_asked(arena, study, ((const PredictOptions *)options)->predict, all, err));
    add_sealed(&study->fit, all);
    add_notes(arena, study, all);
    *answer = all;
    return OK;
}

/* Put what each of several laws foretells of the runs that were asked for. */
static void put_by_law(Sheet *s, const Study *study, const Predictions *all) {
    const Forecast *f = study->forecast;
    sheet_table(s, "prediction_by_law", '[', "what each law foretells of them, as if it were true");
    for (size_t i = 0; all && f && i < all->n; i++) {
        const Point at = point_of(&study->fit, &all->rows[i]);
        for (size_t k = 0; k < f->n && !all->rows[i].sealed; k++) {
            sheet_row(s, NULL);
            sheet_text(s, "id", *all->rows[i].id ? all->rows[i].id : "-");
            sheet_text(s, "law", f->laws[k].law->name);
            sheet_number(s, "weight", f->weight[k]);
            sheet_interval(s, "loss", forecast_alone(f, k, &at, true));
        }
    }
    sheet_end(s);
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const Predictions *all = answer;
    const size_t n = all ? all->n : 0;
    if (sheet_for_people(s) && n == 0) return;
    sheet_table(s, "prediction", '[', "predictions for one run, beside their outcome");
    for (size_t i = 0; i < n; i++) {
        const Prediction *p = &all->rows[i];
        sheet_row(s, NULL);
        sheet_text(s, "id", *p->id ? p->id : "-");
        sheet_text(s, "kind", p->sealed ? "sealed" : "asked");
        sheet_size(s, "params", p->params);
        sheet_size(s, "tokens", p->tokens);
        sheet_number(s, "flops", p->flops);
        sheet_interval(s, "loss", p->loss);
        sheet_number(s, "outcome", p->outcome);
        sheet_number(s, "rel_error", p->loss.value / p->outcome - 1);
        const bool inside = p->outcome >= p->loss.lo && p->outcome <= p->loss.hi;
        sheet_text(s, "interval", isnan(p->outcome) ? NULL : inside ? "inside" : "outside");
    }
    sheet_end(s);
    if (!sheet_for_people(s) || all->n_notes > 0)
        sheet_list(s, "prediction_notes", all ? all->notes : NULL, all ? all->n_notes : 0);
    /* The first rows are those asked for. */
    const bool by_law = study->forecast && n > 0 && !all->rows[0].sealed;
    if (by_law || !sheet_for_people(s)) put_by_law(s, study, all);
}

const Question PREDICTIONS_QUESTION = {&FLAGS, &DEFAULTS, sizeof DEFAULTS, ask, put};
