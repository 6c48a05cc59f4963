/* expected.c: the plan's runs to the analysis, and its answer in words. */
#include "sweep/expected.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/numbers.h"
#include "base/text.h"
#include "sweep/ask.h"
#include "sweep/record.h"

/* ---- what laws know -------------------------------------------------------------------------- */

/* Fields in which runs may differ and a law of params and tokens still speaks of all of them: what
 * makes a size, what makes a length, what makes noise, and what moves no loss. */
static const char *const KNOWN[] = {"d_model", "layers",  "d_head", "d_ff",     "tokens",
                                    "seed",    "perturb", "lanes",  "eval_tok", "log_steps"};

static bool is_known(const Spec *spec, const char *field) {
    if (spec->tune.at && strcmp(field, "lr") == 0) return true; // the best one is taken everywhere
    if (spec->tune.batch && strcmp(field, "batch_tok") == 0) return true;
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++)
        if (strcmp(field, KNOWN[i]) == 0) return true;
    return false;
}

/* Return the first field that no law of forecasts knows and in which two runs differ; NULL: none
 * does. */
static const char *unknown_field(const Sweep *s) {
    const Plan *p = &s->plan;
    for (size_t f = 0; f < RUN_FIELDS.n; f++) {
        const Field *field = &RUN_FIELDS.rows[f];
        char first[64], other[64];
        if (is_known(&s->spec, field->name)) continue;
        field_to_text(field, &p->rows[p->n_tuning].run.config, first, sizeof first);
        for (size_t i = p->n_tuning + 1; i < p->n; i++) {
            field_to_text(field, &p->rows[i].run.config, other, sizeof other);
            if (strcmp(first, other) != 0) return field->name;
        }
    }
    return NULL;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static Status write_runs(const Sweep *s, const char *path, Err *err) {
    const Plan *p = &s->plan;
    char flops[32];
    Text t = {0};
    text_add(&t, "role,params,tokens,flops,trunk\n");
    for (size_t i = p->n_tuning; i < p->n; i++) {
        const PlanRow *r = &p->rows[i];
        text_add(&t, "%s,%llu,%.0f,%s,%s\n", spec_run_role(&r->run),
                 (unsigned long long)r->params.total, r->tokens, real_to_text(flops, r->flops),
                 r->run.trunk);
    }
    const Status status = file_write(path, t.s, t.size, err);
    text_close(&t);
    return status;
}

/* Name a file that a killed process leaves behind as one that remove_leftovers() knows. */
static char *in_passing(const Sweep *s, const char *name) {
    return arena_printf(s->arena, "%s/%s.tmp.%ld", s->dir, name, (long)getpid());
}

static Status ask(const Sweep *s, Launcher *l, char *program, SealExpected *out, Err *err) {
    char *runs = in_passing(s, "expected.csv"), *answer = in_passing(s, "expected.json"),
         *words = in_passing(s, "expected.txt");
    char *argv[] = {program, "fit", "--expect", runs, "--save-choice", answer, NULL};
    Status status = write_runs(s, runs, err);
    if (status == OK) status = ask_analysis(l, s->arena, argv, words, launch_free_places(l), err);
    if (status == OK) status = json_open_file(answer, &out->doc, err);
    remove(runs);
    remove(answer);
    remove(words);
    if (status == OK) out->said = json_root(out->doc);
    return status;
}

void expected_ask(const Sweep *s, Launcher *l, char *program, SealExpected *out) {
    Err err = {0};
    const char *field = unknown_field(s);
    *out = (SealExpected){.said = NULL};
    if (field)
        out->why = arena_printf(s->arena,
                                "its runs differ in %s, of which the laws that forecast know "
                                "nothing",
                                field);
    else if (ask(s, l, program, out, &err) != OK)
        out->why = arena_strdup(s->arena, err.message);
}

void expected_close(SealExpected *e) {
    json_close(e->doc);
    *e = (SealExpected){.said = NULL};
}

SealExpected expected_kept(const Sweep *s) {
    const Json *event = ledger_last(s->ledger, "expected");
    char crc[9];
    const bool same =
        event && strcmp(json_string_or(event, "spec_crc32", ""), spec_crc_text(&s->spec, crc)) == 0;
    return (SealExpected){.said = same ? json_get(event, "expected") : NULL};
}

/* ---- telling --------------------------------------------------------------------------------- */

typedef struct {
    char s[32];
} Short;

/* Write a number with two digits, or all that stand before its point. */
static Short two_digits(double x) {
    Short t;
    snprintf(t.s, sizeof t.s, x < 9.95 ? "%.1f" : "%.0f", x);
    return t;
}

static Short percent(const Json *object, const char *key) {
    return two_digits(100 * json_number_or(object, key, NAN));
}

static const Json *first_hero(const Json *said) {
    const Json *heroes = said ? json_get(said, "heroes") : NULL;
    return heroes ? json_first(heroes) : NULL;
}

static void print_hero(const Json *said, const Json *hero, bool alone, FILE *out) {
    char params[16], tokens[16];
    const double run = json_number_or(said, "noise", NAN),
                 trunk = json_number_or(said, "trunk_noise", NAN);
    fprintf(out, "expected: the hero");
    if (!alone)
        fprintf(out, " of N = %s and D = %s",
                count_to_text(params, json_number_or(hero, "params", NAN)),
                count_to_text(tokens, json_number_or(hero, "tokens", NAN)));
    fprintf(out,
            ", %s times the costliest run, will be foretold to within %s %% (%.0f %%; %s to %s %% "
            "in 8 of 10 sweeps simulated by the laws that are possible); the noise of one run "
            "alone, assumed to be %s %% (docs/planner.md), makes %s %%\n",
            two_digits(json_number_or(hero, "cost", NAN)).s, percent(hero, "half_width").s,
            100 * json_number_or(said, "level", NAN), percent(hero, "lo").s, percent(hero, "hi").s,
            two_digits(100 * hypot(run, trunk)).s, percent(said, "half_width_of_noise").s);
}

void expected_print(const SealExpected *e, FILE *out) {
    if (e->why)
        fprintf(out, "expected: how precise the forecast will be cannot be told: %s\n", e->why);
    const Json *first = first_hero(e->said);
    for (const Json *hero = first; hero; hero = json_next(hero))
        print_hero(e->said, hero, !json_next(first), out);
    fflush(out);
}

void expected_to_json(const SealExpected *e, JsonOut *out) {
    if (e->said) {
        json_put_value(out, "expected", e->said);
    } else if (e->why) {
        json_begin(out, "expected", '{');
        json_put_string(out, "why", e->why);
        json_end(out);
    } else {
        json_put_null(out, "expected");
    }
}

Status expected_announce(Sweep *s, Launcher *l, char *program, Err *err) {
    bool waits = false;
    for (size_t h = s->plan.n_grid; h < s->plan.n; h++)
        waits |= !sweep_run_ended(s, s->plan.rows[h].run.id);
    if (!waits) return OK;
    SealExpected e = expected_kept(s);
    const bool kept = e.said;
    if (!kept) expected_ask(s, l, program, &e);
    expected_print(&e, stdout);
    const Status status = kept || e.why ? OK : record_expected(s, e.said, err);
    expected_close(&e);
    return status;
}

/* Return what was expected of a sealed run. */
static const Json *expected_of(const Json *said, const Json *sealed) {
    const Json *hero = first_hero(said);
    while (hero && (json_number_or(hero, "params", NAN) != json_number_or(sealed, "params", NAN) ||
                    json_number_or(hero, "tokens", NAN) != json_number_or(sealed, "tokens", NAN)))
        hero = json_next(hero);
    return hero;
}

void expected_beside(const Sweep *s, FILE *out) {
    const SealExpected e = expected_kept(s);
    const Json *event = ledger_last(s->ledger, "prediction"),
               *list = event ? json_get(json_get(event, "sealed"), "predictions") : NULL;
    for (const Json *v = list ? json_first(list) : NULL; v; v = json_next(v)) {
        const Json *hero = expected_of(e.said, v);
        const double loss = json_number_or(v, "loss", NAN), lo = json_number_or(v, "lo", NAN),
                     hi = json_number_or(v, "hi", NAN);
        if (hero)
            fprintf(out,
                    "run %s is sealed to within %s %%, where %s %% (%s to %s %%) was expected\n",
                    json_string_or(v, "id", "?"), two_digits(100 * (hi - lo) / (2 * loss)).s,
                    percent(hero, "half_width").s, percent(hero, "lo").s, percent(hero, "hi").s);
    }
}
