/* report.c: reads a sweep directory or a CSV, and fits its law. */
#include "analysis/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/questions/study_of.h"

// ---- reading the directory ------------------------------------------------------------------

static int by_size_then_length(const void *a, const void *b) {
    const ReportRun *x = a, *y = b;
    const double keys[][2] = {
        {x->hero, y->hero}, {x->params, y->params}, {x->tokens, y->tokens}, {x->seed, y->seed}};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (keys[i][0] < keys[i][1]) return -1;
        if (keys[i][0] > keys[i][1]) return 1;
    }
    return strcmp(x->id, y->id);
}

static void read_runs(Report *r) {
    const size_t n = ledger_size(r->ledger);
    r->runs = ARENA_ARRAY(r->arena, ReportRun, n + 1);
    for (size_t i = 0; i < n; i++) {
        const Json *e = ledger_event(r->ledger, i);
        if (strcmp(ledger_kind(r->ledger, i), "run") != 0) continue;
        const char *id = json_string_or(e, "id", "");
        if (ledger_run(r->ledger, id) != e) continue; // a newer event describes this run
        if (strcmp(json_string_or(e, "role", ""), "tuning") == 0) continue; // no row of the law's
        r->runs[r->n_runs++] = (ReportRun){
            .event = e,
            .id = id,
            .status = json_string_or(e, "status", "unknown"),
            .why = json_string_or(e, "why", ""),
            .params = json_number_or(e, "params", NAN),
            .tokens = json_number_or(e, "tokens", NAN),
            .flops = json_number_or(e, "flops", NAN),
            .loss = json_number_or(e, "loss", NAN),
            .seed = json_number_or(e, "seed", NAN),
            .hero = strcmp(json_string_or(e, "role", ""), "hero") == 0,
        };
        r->n_done += strcmp(r->runs[r->n_runs - 1].status, "done") == 0;
    }
    qsort(r->runs, r->n_runs, sizeof *r->runs, by_size_then_length);
}

static Status read_curves(Report *r, Err *err) {
    Curve *curves = ARENA_ARRAY(r->arena, Curve, r->n_runs + 1);
    size_t n = 0;
    /* Runs are in order of size except for the heroes, which are inserted. */
    for (int heroes = 0; heroes < 2; heroes++)
        for (size_t i = 0; i < r->n_runs; i++) {
            const ReportRun *run = &r->runs[i];
            if (run->hero != heroes) continue;
            curves[n] = (Curve){
                .id = run->id, .params = run->params, .whole = strcmp(run->status, "done") == 0};
            TRY(curve_read(r->arena, r->path, &curves[n], err));
            size_t at = n;
            if (curves[n].n > 0) n++;
            for (; at > 0 && at < n && curves[at - 1].params > curves[at].params; at--) {
                const Curve keep = curves[at];
                curves[at] = curves[at - 1];
                curves[at - 1] = keep;
            }
        }
    r->scene.curves = curves;
    r->scene.n_curves = n;
    return OK;
}

static void fit_law(Report *r, const char *why) {
    if (why) {
        const size_t n = strlen(r->path); // the page does not name the directory
        if (strncmp(why, r->path, n) == 0 && why[n] == ':') why += n + 2;
        r->why_no_fit = arena_printf(r->arena, "There is no law to show: %s.", why);
        return;
    }
    const ReturnsOptions returns = returns_options_default();
    r->scene.fit = &r->study.fit;
    r->study.called = report_name(r); // the page does not name the directory of the rows
    ReturnsSet set = {0};
    Returns *by = set.tables[RETURNS_FLOPS];
    for (int k = 0; k < 2; k++)
        by[k] = returns_table(r->arena, &r->study.fit, RETURNS_FLOPS, k ? 10 : 2, &returns);
    if (r->study.forecast) returns_foretell(&r->study.fit, r->study.forecast, &set);
    r->by2 = by[0], r->by10 = by[1];
}

/* Study the rows. Rows to which no law can be fitted still make a page; rows or options that cannot
 * be read are an error. */
static Status study_rows(Report *r, const StudyOptions *options, Err *err) {
    Err why = {0};
    const Status status = study_of(r->arena, r->path, options, &r->study, &why);
    const bool readable = report_of_sweep(r) || r->study.points.n > 0;
    if (status != OK && (status != E_FAILED || !readable)) {
        *err = why;
        return status;
    }
    fit_law(r, status == OK ? NULL : why.message);
    return OK;
}

static Status read_sweep(Report *r, Err *err) {
    TRY(ledger_open(r->path, false, &r->ledger, &r->torn, err));
    if (ledger_size(r->ledger) == 0)
        FAIL(err, E_FAILED,
             "%s: no ledger.jsonl with events; a report is drawn of a directory in which a sweep "
             "was run, or of a CSV",
             r->path);
    r->open = ledger_last(r->ledger, "open");
    read_runs(r);
    return read_curves(r, err);
}

Status report_open(Arena *arena, const char *path, const StudyOptions *options, Report *r,
                   Err *err) {
    *r = (Report){.arena = arena, .path = path};
    r->scene = (Scene){
        .arena = arena, .points = &r->study.points, .held = &r->study.held, .study = &r->study};
    if (!options->simulation && dir_exists(path)) TRY(read_sweep(r, err));
    TRY(study_rows(r, options, err));
    r->scene.iso = r->study.fit.law
                       ? fit_isoflop(arena, &r->study.fit)
                       : isoflop_optima(arena, &r->study.points, NULL, ISOFLOP_HOWS[0]);
    scene_measure(&r->scene);
    return OK;
}

void report_close(Report *r) {
    ledger_close(r->ledger);
}

bool report_of_sweep(const Report *r) {
    return r->ledger != NULL;
}

const char *report_name(const Report *r) {
    const char *slash = strrchr(r->path, '/');
    if (!report_of_sweep(r)) return slash ? slash + 1 : r->path;
    return r->open ? json_string_or(r->open, "name", "") : "";
}

const Point *report_outcome(const Report *r, const SealedRun *s) {
    for (size_t i = 0; i < r->study.held.n; i++)
        if (strcmp(r->study.held.rows[i].id, s->id) == 0) return &r->study.held.rows[i];
    return NULL;
}
