/* points_sweep.c: brings the run events of a ledger into the shape of a CSV, so that one reader
 * serves both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/points/points_sweep.h"
#include "base/ledger.h"
#include "base/numbers.h"

/* Return whether event i is the newest event of its run. */
static bool is_current_run(const Ledger *l, size_t i) {
    const char *id = json_string_or(ledger_event(l, i), "id", NULL);
    return id && strcmp(ledger_kind(l, i), "run") == 0 && ledger_run(l, id) == ledger_event(l, i);
}

static bool is_done(const Json *run) {
    return strcmp(json_string_or(run, "status", ""), "done") == 0;
}

/* Tell whether a run found or checked the learning rate: its rate was chosen, so that it is no
 * measurement of a law's. */
static bool is_tuning(const Json *run) {
    return strcmp(json_string_or(run, "role", ""), "tuning") == 0;
}

static bool is_scalar(const Json *v) {
    const JsonKind kind = json_kind(v);
    return kind == JSON_NUMBER || kind == JSON_STRING || kind == JSON_BOOL;
}

static const char *cell_of(Arena *arena, const Json *v) {
    char number[32];
    switch (json_kind(v)) {
    case JSON_NUMBER:
        return arena_strdup(arena, real_to_text(number, json_as_number(v)));
    case JSON_STRING:
        return arena_strdup(arena, json_as_string(v));
    case JSON_BOOL:
        return json_as_bool(v) ? "true" : "false";
    default:
        return "";
    }
}

/* Return whether event i is a row: the newest event of a run that has a loss and does not tune. */
static bool is_row(const Ledger *l, size_t i) {
    return is_current_run(l, i) && is_done(ledger_event(l, i)) && !is_tuning(ledger_event(l, i));
}

static void add_columns(Arena *arena, const Json *run, Csv *csv, size_t *room) {
    for (const Json *v = json_first(run); v; v = json_next(v)) {
        if (!is_scalar(v) || csv_column(csv, json_key(v)) >= 0) continue;
        if (csv->n_columns == *room) {
            const char **wider = ARENA_ARRAY(arena, const char *, *room = 2 * *room + 64);
            if (csv->n_columns) memcpy(wider, csv->header, csv->n_columns * sizeof *wider);
            csv->header = wider;
        }
        csv->header[csv->n_columns++] = arena_strdup(arena, json_key(v));
    }
}

static void fill_row(Arena *arena, const Json *run, int line, Csv *csv) {
    const char **row = csv->cells + csv->n_rows * csv->n_columns;
    for (size_t c = 0; c < csv->n_columns; c++) {
        const Json *v = json_get(run, csv->header[c]);
        row[c] = v ? cell_of(arena, v) : "";
    }
    csv->lines[csv->n_rows++] = line;
}

static void fill_table(Arena *arena, const Ledger *l, Csv *csv) {
    size_t room = 0, rows = 0;
    for (size_t i = 0; i < ledger_size(l); i++) {
        if (!is_row(l, i)) continue;
        add_columns(arena, ledger_event(l, i), csv, &room);
        rows++;
    }
    csv->cells = arena_array(arena, rows * csv->n_columns, sizeof *csv->cells);
    csv->lines = ARENA_ARRAY(arena, int, rows);
    for (size_t i = 0; i < ledger_size(l); i++)
        if (is_row(l, i)) fill_row(arena, ledger_event(l, i), (int)i + 1, csv);
}

static int by_id(const void *a, const void *b) {
    return strcmp(((const Dropped *)a)->id, ((const Dropped *)b)->id);
}

static void fill_dropped(Arena *arena, const Ledger *l, Points *out) {
    out->dropped = ARENA_ARRAY(arena, Dropped, ledger_size(l));
    for (size_t i = 0; i < ledger_size(l); i++) {
        const Json *run = ledger_event(l, i);
        if (!is_current_run(l, i) || is_done(run) || is_tuning(run)) continue;
        const char *why = json_string_or(run, "why", "");
        out->dropped[out->n_dropped++] =
            (Dropped){(int)i + 1, arena_strdup(arena, json_string_or(run, "id", "")),
                      arena_printf(arena, "%s%s%s", json_string_or(run, "status", "no status"),
                                   *why ? ": " : "", why),
                      1};
    }
    if (out->n_dropped) qsort(out->dropped, out->n_dropped, sizeof *out->dropped, by_id);
}

static void add_untuned(Arena *arena, const Json *event, Points *out) {
    const char *why = json_string_or(event, "untuned", NULL);
    if (why) out->untuned[out->n_untuned++] = arena_strdup(arena, why);
}

/* Take what the sweep says of its learning rates: the newest rule, and the check of that rule. */
static void fill_tuned(Arena *arena, const Ledger *l, Points *out) {
    const Json *rule = ledger_last(l, "tuned"), *check = ledger_last(l, "checked");
    if (!rule) return;
    out->tuned = true;
    add_untuned(arena, rule, out);
    if (check && strcmp(json_string_or(check, "key", ""), json_string_or(rule, "key", "")) == 0)
        add_untuned(arena, check, out);
}

static void fill_sealed(Arena *arena, const Ledger *l, Points *out) {
    const Json *event = ledger_last(l, "prediction");
    const Json *list = event ? json_get(json_get(event, "sealed"), "predictions") : NULL;
    if (!list || json_kind(list) != JSON_ARRAY) return;
    SealedRun *rows = ARENA_ARRAY(arena, SealedRun, json_size(list));
    for (const Json *v = json_first(list); v; v = json_next(v))
        if (json_kind(v) == JSON_OBJECT)
            rows[out->n_sealed++] = (SealedRun){arena_strdup(arena, json_string_or(v, "id", "")),
                                                json_number_or(v, "params", NAN),
                                                json_number_or(v, "tokens", NAN),
                                                json_number_or(v, "flops", NAN),
                                                json_number_or(v, "loss", NAN),
                                                json_number_or(v, "lo", NAN),
                                                json_number_or(v, "hi", NAN)};
    out->sealed = rows;
}

Status points_sweep_read(Arena *arena, const char *dir, Csv *csv, Points *out, Err *err) {
    Ledger *l;
    bool torn;
    TRY(ledger_open(dir, false, &l, &torn, err));
    ledger_say(l, torn);
    *csv = (Csv){.name = arena_printf(arena, "%s/ledger.jsonl", dir)};
    const Json *open = ledger_last(l, "open"), *corpus = open ? json_get(open, "corpus") : NULL;
    out->name = arena_strdup(arena, open ? json_string_or(open, "name", "") : "");
    out->entropy_nat = json_number_or(corpus, "entropy_nat", NAN);
    out->floor_nat = json_number_or(corpus, "floor_nat", NAN);
    out->unigram_nat = json_number_or(corpus, "unigram_nat", NAN);
    const char *best = json_string_or(open, "best", NULL);
    out->best = best ? arena_strdup(arena, best) : NULL;
    fill_table(arena, l, csv);
    fill_dropped(arena, l, out);
    fill_sealed(arena, l, out);
    fill_tuned(arena, l, out);
    const bool empty = csv->n_rows == 0;
    ledger_close(l);
    if (empty)
        FAIL(err, E_FAILED,
             "%s: no finished runs in ledger.jsonl; 'tinyscale sweep run' makes them", dir);
    return OK;
}
