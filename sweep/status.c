/* status.c: each run's newest event in the ledger, and whether somebody holds the lock. A run that
 * was started and has no end is running if a driver is there that started it, else it waits to be
 * taken up again. */
#include "sweep/status.h"

#include <math.h>
#include <string.h>

#include "base/columns.h"
#include "base/numbers.h"
#include "base/text.h"
#include "sweep/expected.h"
#include "sweep/sweep.h"
#include "sweep/tune_tell.h"

typedef struct {
    const PlanRow *row;
    const char *state; // done, diverged, failed, killed, running, pending
    const Json *event; // its newest run event, NULL when none
    const char *from;  // the run with whose trunk it was begun, NULL when it began from scratch
} Standing;

typedef struct {
    Standing *runs;
    size_t n;
    bool driven;  // a driver holds the lock
    double eta_s; // NaN without one
} Overview;

static const char *const STATES[] = {"done", "diverged", "failed", "killed", "running", "pending"};

static bool is_driven(const Sweep *s) {
    const char *path = arena_printf(s->arena, "%s/lock", s->dir);
    Lock *lock;
    Err held;
    if (!file_exists(path) || lock_open(path, "sweep status", &lock, &held) != OK)
        return file_exists(path);
    lock_close(lock);
    return false;
}

/* Return whose trunk a run was begun with: its result tells, or its first start, for a later one
 * goes on from a checkpoint. NULL when it was none, or the run was never started. */
static const char *began_with(const Sweep *s, const char *id, const Json *event) {
    if (json_get(event, "trained_tokens")) return json_string_or(event, "branched_from", NULL);
    for (size_t i = 0; i < ledger_size(s->ledger) && !sweep_run_ended(s, id); i++) {
        const Json *e = ledger_event(s->ledger, i);
        const char *from = json_string_or(e, "branched_from", NULL);
        if (strcmp(ledger_kind(s->ledger, i), "start") == 0 &&
            strcmp(json_string_or(e, "id", ""), id) == 0 && from)
            return from;
    }
    return NULL;
}

/* Find a run's state: its newest row tells it, unless it was started after that row and the driver
 * that started it is still at work. */
static Standing stand(const Sweep *s, const PlanRow *row, bool driven) {
    if (row->run.open) return (Standing){row, "pending", NULL, NULL};
    Standing st = {row, "pending", ledger_run(s->ledger, row->run.id), NULL};
    st.from = began_with(s, row->run.id, st.event);
    if (st.event) st.state = json_string_or(st.event, "status", "");
    if (!driven || sweep_run_ended(s, row->run.id)) return st;
    for (size_t i = ledger_size(s->ledger); i-- > 0;) {
        const char *kind = ledger_kind(s->ledger, i);
        const bool mine =
            strcmp(json_string_or(ledger_event(s->ledger, i), "id", ""), row->run.id) == 0;
        if (mine && strcmp(kind, "start") == 0) st.state = "running";
        if (mine || strcmp(kind, "open") == 0) break;
    }
    return st;
}

static size_t count(const Overview *o, const char *state) {
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) n += strcmp(o->runs[i].state, state) == 0;
    return n;
}

static bool unfinished(const Standing *st) {
    return strcmp(st->state, "running") == 0 || strcmp(st->state, "pending") == 0;
}

/* Predict the seconds left: the FLOPs left at the speed so far, half of every running run taken for
 * done; NaN when no run has ended yet or no driver is at work. */
static double eta(const Sweep *s, const Overview *o) {
    double flops = 0, seconds = 0, left = 0;
    for (size_t i = 0; i < o->n; i++) {
        const Standing *st = &o->runs[i];
        const double wall = json_number_or(st->event, "wall_s", NAN);
        const double own = st->row->flops * plan_trunks_tokens(st->row) / st->row->tokens;
        if (unfinished(st)) left += own * (strcmp(st->state, "running") == 0 ? 0.5 : 1);
        if (isnan(wall)) continue;
        flops += st->row->flops;
        seconds += wall * json_number_or(st->event, "threads", 1);
    }
    const double workers = json_number_or(ledger_last(s->ledger, "open"), "workers", NAN);
    return o->driven && flops > 0 ? left * seconds / flops / workers : NAN;
}

static void overview(const Sweep *s, Overview *o) {
    *o = (Overview){.n = s->plan.n, .driven = is_driven(s)};
    o->runs = ARENA_ARRAY(s->arena, Standing, o->n);
    for (size_t i = 0; i < o->n; i++) o->runs[i] = stand(s, &s->plan.rows[i], o->driven);
    o->eta_s = eta(s, o);
}

/* Say what the sweep is at: the first of its phases of which some run has not ended. */
static const char *phase(const Sweep *s, const Overview *o) {
    const char *tuning = tune_phase(&s->tune, s->arena);
    if (tuning) return tuning;
    for (size_t i = 0; i < o->n; i++)
        if (!sweep_run_ended(s, o->runs[i].row->run.id))
            return i < s->plan.n_grid ? "grid" : "hero";
    return "done";
}

static void print_text(const Sweep *s, const Overview *o, FILE *out) {
    bool branches = false;
    for (size_t i = 0; i < o->n; i++) branches |= o->runs[i].from != NULL;
    Columns *c = columns_open(branches ? 8 : 7); // the last word of each row is for branches
    columns_row(c, "run", "role", "d_model", "D", "state", "loss", "why", "branch of");
    for (size_t i = 0; i < o->n; i++) {
        const Standing *st = &o->runs[i];
        const double loss = json_number_or(st->event, "loss", NAN);
        const bool past = unfinished(st);
        char tokens[16];
        columns_row(c, st->row->run.open ? "-" : st->row->run.id, spec_run_role(&st->row->run),
                    arena_printf(s->arena, "%d", st->row->run.config.d_model),
                    count_to_text(tokens, st->row->tokens), st->state,
                    isnan(loss) ? "" : arena_printf(s->arena, "%.4f", loss),
                    past ? "" : json_string_or(st->event, "why", ""), st->from ? st->from : "");
    }
    columns_print(c, out);
    columns_close(c);
    char eta_text[32];
    fprintf(out, "\n%zu runs", o->n);
    for (size_t i = 0; i < COUNT_OF(STATES); i++)
        if (count(o, STATES[i]) > 0) fprintf(out, ", %zu %s", count(o, STATES[i]), STATES[i]);
    fprintf(out, "; %s", o->driven ? "a driver is at work" : "no driver is at work");
    if (!isnan(o->eta_s)) fprintf(out, ", about %s left", seconds_to_text(eta_text, o->eta_s));
    fprintf(out, "\n");
    if (s->tune.n_cells > 0) fprintf(out, "phase: %s\n", phase(s, o));
    if (!ledger_last(s->ledger, "prediction"))
        expected_print(&(SealExpected){.said = expected_kept(s).said}, out);
    else
        expected_beside(s, out);
}

static void print_json(const Sweep *s, const Overview *o, FILE *out) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    json_put_string(&j, "name", s->spec.name);
    json_put_bool(&j, "driver", o->driven);
    json_put_number(&j, "eta_s", o->eta_s);
    if (s->tune.n_cells > 0) json_put_string(&j, "phase", phase(s, o));
    json_begin(&j, "counts", '{');
    for (size_t i = 0; i < COUNT_OF(STATES); i++)
        json_put_count(&j, STATES[i], count(o, STATES[i]));
    json_end(&j);
    json_begin(&j, "runs", '[');
    for (size_t i = 0; i < o->n; i++) {
        const Standing *st = &o->runs[i];
        json_begin(&j, NULL, '{');
        json_put_string(&j, "id", st->row->run.open ? NULL : st->row->run.id);
        json_put_string(&j, "role", spec_run_role(&st->row->run));
        json_put_string(&j, "state", st->state);
        json_put_string(&j, "why", json_string_or(st->event, "why", NULL));
        json_put_count(&j, "params", st->row->params.total);
        json_put_number(&j, "tokens", st->row->tokens);
        json_put_number(&j, "flops", st->row->flops);
        json_put_number(&j, "loss", json_number_or(st->event, "loss", NAN));
        json_put_string(&j, "branch_of", st->from);
        json_end(&j);
    }
    json_end(&j);
    const SealExpected e = expected_kept(s);
    expected_to_json(&e, &j);
    json_end(&j);
    fprintf(out, "%s\n", j.text.s);
    text_close(&j.text);
}

static Status need_sweep(const char *dir, Err *err) {
    char spec[4096];
    snprintf(spec, sizeof spec, "%s/sweep.json", dir);
    if (!dir_exists(dir)) FAIL(err, E_USAGE, "%s: no such sweep directory", dir);
    if (!file_exists(spec)) FAIL(err, E_USAGE, "%s: has no sweep.json: no sweep was run here", dir);
    return OK;
}

Status status_print(const char *dir, bool json, FILE *out, Err *err) {
    Sweep s;
    Overview o;
    TRY(need_sweep(dir, err));
    TRY(sweep_open(&s, dir, NULL, SWEEP_TELL, err));
    overview(&s, &o);
    (json ? print_json : print_text)(&s, &o, out);
    sweep_close(&s);
    return OK;
}
