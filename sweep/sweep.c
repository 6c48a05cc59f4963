/* sweep.c: opening a sweep directory in the one order in which nothing can be lost: lock, look,
 * check, and only then write. Everything lives as long as the Sweep. */
#include "sweep/sweep.h"

#include <string.h>

#include "base/proc.h"
#include "model/cpu_path.h"
#include "sweep/tune.h"

const char *sweep_run_dir(const Sweep *s, const char *id) {
    return arena_printf(s->arena, "%s/runs/%s", s->dir, id);
}

bool sweep_run_ended(const Sweep *s, const char *id) {
    const Json *row = ledger_run(s->ledger, id);
    const char *status = row ? json_string_or(row, "status", "") : "";
    return strcmp(status, "done") == 0 || strcmp(status, "diverged") == 0;
}

/* Refuse a directory that holds a sweep of another name or on other data. */
static Status check_same_sweep(const Sweep *s, const char *own, Err *err) {
    if (!file_exists(own)) return OK;
    Spec old;
    TRY(spec_open(&old, s->arena, own, err));
    const bool same_name = strcmp(old.name, s->spec.name) == 0;
    const bool same_data = spec_same_data(&old, &s->spec);
    spec_close(&old);
    if (!same_name)
        FAIL(err, E_USAGE, "%s: holds the sweep '%s', not '%s'; give another --out", s->dir,
             old.name, s->spec.name);
    if (!same_data)
        FAIL(err, E_USAGE, "%s: was swept on other data than %s asks for; give another --out",
             s->dir, s->spec.path);
    return OK;
}

static Status check_same_corpus(const Sweep *s, Err *err) {
    const Json *open = ledger_last(s->ledger, "open");
    char hash[17];
    corpus_hash_text(s->corpus, hash);
    const char *old = json_string_or(json_get(open, "corpus"), "hash", hash);
    if (strcmp(old, hash) == 0) return OK;
    FAIL(err, E_USAGE,
         "%s: its runs were trained on another corpus (hash %s) than %s (%s); give another --out",
         s->dir, old, corpus_path(s->corpus), hash);
}

/* Say that DIR/sweep.json has changed since the last run: people may edit it, but a damaged file
 * would show in no other way. */
static void say_changed_spec(const Sweep *s) {
    char crc[9];
    const char *kept = json_string_or(ledger_last(s->ledger, "open"), "spec_crc32", NULL);
    if (kept && strcmp(kept, spec_crc_text(&s->spec, crc)) != 0)
        talk("%s: was edited or damaged since 'tinyscale sweep run' last read it", s->spec.path);
}

static Status open_ledger(Sweep *s, SweepMode mode, Err *err) {
    bool torn;
    TRY(ledger_open(s->dir, mode == SWEEP_DRIVE, &s->ledger, &torn, err));
    ledger_say(s->ledger, torn);
    return OK;
}

/* Refuse a directory that holds files with a sweep's names but neither spec nor ledger: they are
 * somebody else's. A name that stands for a directory or a FIFO is refused too, before any run. */
static Status check_ours(const Sweep *s, Err *err) {
    static const char *const OURS[] = {"sweep.json",  "ledger.jsonl",    "corpus.tok",
                                       "lock",        "points.csv",      "fit.json",
                                       "report.html", "prediction.json", "tuning.csv"};
    enum { SPEC, LEDGER, CORPUS, LOCK, FIRST_RESULT };
    bool there[COUNT_OF(OURS)];
    for (size_t i = 0; i < COUNT_OF(OURS); i++) {
        const char *path = arena_printf(s->arena, "%s/%s", s->dir, OURS[i]);
        TRY(file_check_output(path, err));
        there[i] = file_exists(path);
    }
    if (there[SPEC] || there[LEDGER]) return OK;
    for (size_t i = FIRST_RESULT; i < COUNT_OF(OURS); i++)
        if (there[i])
            FAIL(err, E_USAGE,
                 "%s: holds %s but neither sweep.json nor ledger.jsonl, so no sweep was run here "
                 "and it is not written over; give another --out",
                 s->dir, OURS[i]);
    return OK;
}

static Status open_corpus(Sweep *s, SweepMode mode, Err *err) {
    const char *path = arena_printf(s->arena, "%s/corpus.tok", s->dir);
    Err changed = {0};
    TRY(corpus_prepare(&s->spec.data, path, &s->corpus, mode == SWEEP_TELL ? &changed : NULL, err));
    if (changed.status != OK) talk("%s", changed.message);
    return OK;
}

static Status make_plan(Sweep *s, Err *err) {
    TRY(tune_open(&s->tune, &s->spec, s->arena, s->ledger, s->corpus, err));
    return plan_make(&s->plan, s->arena, &s->spec, s->corpus, err);
}

Status sweep_replan(Sweep *s, Err *err) {
    const Plan old = s->plan;
    TRY(make_plan(s, err));
    plan_keep_seconds(&s->plan, &old);
    return OK;
}

static Status open_parts(Sweep *s, const char *path, const char *out, SweepMode mode, Err *err) {
    const bool is_dir = dir_exists(path);
    TRY(spec_open(&s->spec, s->arena, is_dir ? arena_printf(s->arena, "%s/sweep.json", path) : path,
                  err));
    s->dir = arena_strdup(s->arena, out ? out : is_dir ? path : s->spec.name);
    TRY(check_ours(s, err));
    TRY(dir_make(s->dir, err));
    if (mode == SWEEP_DRIVE)
        TRY(lock_open(arena_printf(s->arena, "%s/lock", s->dir), "sweep run", &s->lock, err));
    if (mode == SWEEP_DRIVE) remove_leftovers(s->dir);
    const char *own = arena_printf(s->arena, "%s/sweep.json", s->dir);
    TRY(check_same_sweep(s, own, err));
    TRY(open_ledger(s, mode, err));
    if (is_dir) say_changed_spec(s);
    TRY(open_corpus(s, mode, err));
    TRY(check_same_corpus(s, err));
    TRY(make_plan(s, err));
    if (mode == SWEEP_DRIVE) TRY(file_write(own, s->spec.text.data, s->spec.text.size, err));
    return OK;
}

Status sweep_open(Sweep *s, const char *path, const char *out, SweepMode mode, Err *err) {
    const CpuPath *cpu; // the workers will choose; here, so that a wrong wish leaves nothing behind
    *s = (Sweep){.arena = NULL};
    TRY(cpu_path_choose(&cpu, err));
    s->arena = arena_open();
    Status status = open_parts(s, path, out, mode, err);
    if (status != OK) sweep_close(s);
    return status;
}

void sweep_close(Sweep *s) {
    corpus_close(s->corpus);
    ledger_close(s->ledger);
    spec_close(&s->spec);
    lock_close(s->lock);
    arena_close(s->arena);
    *s = (Sweep){0};
}
