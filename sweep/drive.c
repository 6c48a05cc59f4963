/* drive.c: schedule, listen, write down.
 *
 * Longest predicted first, so that no long run is left for the end alone. Places that no waiting
 * run needs are shared out as threads: while there are more runs than processors each
 * has one thread (the faster way for small models), and the last ones, the hero above all, get the
 * whole machine.
 */
#include "sweep/drive.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/limits.h"
#include "sweep/adopt.h"
#include "sweep/drive_tune.h"
#include "sweep/driver.h"
#include "sweep/expected.h"
#include "sweep/record.h"
#include "sweep/seal.h"
#include "sweep/stop.h"
#include "sweep/tell.h"
#include "sweep/trunks.h"
#include "train/result.h"
#include "train/run_dir.h"

static const double STOP_S = 5;     // for workers to write their checkpoints
static const double NO_ROOM = 64e3; // bytes: a disk with less left is full

// --- starting ----------------------------------------------------------------------------------

static bool fits_budget(const Driver *d, size_t i) {
    return d->budget_s <= 0 ||
           wall_seconds() + driver_seconds(d, i) * driver_pace(d) <= d->deadline;
}

static Status prepare_run(Driver *d, size_t i, Err *err) {
    const SpecRun *run = &driver_row(d, i)->run;
    if (d->prepared[i]) return OK;
    TRY(run_dir_prepare(sweep_run_dir(d->s, run->id), &run->config, err));
    d->prepared[i] = true;
    return OK;
}

static char *stderr_of(const Driver *d, size_t i) {
    return arena_printf(d->s->arena, "%s/stderr.txt",
                        sweep_run_dir(d->s, driver_row(d, i)->run.id));
}

/* Start run i. The ledger hears of it afterwards: a driver that is killed in between takes the
 * worker along, and no start is told that never was. */
static Status start_run(Driver *d, size_t i, int threads, Err *err) {
    Arena *a = d->s->arena;
    char *dir = arena_strdup(a, sweep_run_dir(d->s, driver_row(d, i)->run.id));
    char corpus_hash[17];
    corpus_hash_text(d->s->corpus, corpus_hash);
    TRY(prepare_run(d, i, err));
    const size_t parent = trunks_source(d, i);
    char *argv[24] = {d->program,
                      "train",
                      arena_printf(a, "%s/config.json", dir),
                      "--out",
                      dir,
                      "--corpus",
                      arena_strdup(a, corpus_path(d->s->corpus)),
                      "--corpus-hash",
                      corpus_hash,
                      "--resume",
                      "--threads",
                      arena_printf(a, "%d", threads),
                      "--progress-fd",
                      arena_printf(a, "%d", LAUNCH_PROGRESS_FD)};
    size_t n = 0;
    while (argv[n]) n++;
    if (driver_row(d, i)->keeps) argv[n++] = "--keep-trunk";
    if (parent != PLAN_NO_PARENT) {
        argv[n++] = "--branch-from";
        argv[n++] = arena_printf(a, "%s/trunk", sweep_run_dir(d->s, driver_row(d, parent)->run.id));
    }
    argv[n] = NULL;
    const LaunchJob job = {argv, stderr_of(d, i), i, threads};
    TRY(launch_start(d->launcher, &job, err));
    driver_set(d, i, DRIVER_RUNNING);
    d->threads[i] = threads;
    d->begin[i] = trunks_begin(d, parent);
    return record_start(d->s, driver_row(d, i), threads,
                        parent == PLAN_NO_PARENT ? NULL : driver_row(d, parent)->run.id, err);
}

/* Choose the run to start next: the one that has the longest path before it, of those that need not
 * wait for a trunk. */
static size_t longest_waiting(const Driver *d, size_t from, size_t to) {
    size_t best = to;
    for (size_t i = from; i < to; i++)
        if (d->waiting[i] && fits_budget(d, i) &&
            (best == to || driver_row(d, i)->path > driver_row(d, best)->path) &&
            trunks_ready(d, i))
            best = i;
    return best;
}

/* Count the runs that could be started now. */
static int count_ready(const Driver *d, size_t from, size_t to) {
    int n = 0;
    for (size_t i = from; i < to; i++) n += d->waiting[i] && trunks_ready(d, i);
    return n;
}

/* Fill the free places; and while all are taken, prepare what will start next. */
static Status start_runs(Driver *d, size_t from, size_t to, Err *err) {
    for (int places; (places = launch_free_places(d->launcher)) > 0;) {
        const size_t i = longest_waiting(d, from, to);
        if (i == to) return OK;
        const int runs = count_ready(d, from, to), lanes = driver_row(d, i)->run.config.lanes;
        const int share = runs < places ? (places + runs - 1) / runs : 1;
        TRY(start_run(d, i, share < lanes ? share : lanes, err));
    }
    const size_t next = longest_waiting(d, from, to);
    return next < to ? prepare_run(d, next, err) : OK;
}

// --- ending ------------------------------------------------------------------------------------

/* Tell whether a worker failed because the disk is full; if so, the next one would fail as well. */
static bool no_room(const Driver *d, const char *why) {
    struct statvfs disk;
    return strstr(why, strerror(ENOSPC)) || strstr(why, strerror(EDQUOT)) ||
           (statvfs(d->s->dir, &disk) == 0 &&
            (double)disk.f_bavail * (double)disk.f_frsize < NO_ROOM);
}

static Status end_failed(Driver *d, size_t i, const char *status, const char *why, Err *err) {
    const PlanRow *row = driver_row(d, i);
    if (no_room(d, why)) d->full = true;
    progress_clear(&d->progress);
    talk("run %s (%s) %s: %s", row->run.id, tell_run(d, i), status, why);
    driver_set(d, i, DRIVER_FAILED);
    return record_failure(d->s, row, status, why, err);
}

static void learn_pace(Driver *d, const LaunchEnd *end) {
    if (end->exit_code != 0) return;
    d->predicted_s += driver_seconds(d, end->tag);
    d->actual_s += end->seconds * end->threads;
}

static Status end_run(Driver *d, const LaunchEnd *end, Err *err) {
    const size_t i = end->tag;
    const PlanRow *row = driver_row(d, i);
    const char *dir = sweep_run_dir(d->s, row->run.id);
    RunResult result;
    Err trouble = {0};
    if (!driver_has_result(d, i))
        return end_failed(d, i, end->signal ? "killed" : "failed",
                          launch_words(d->s->arena, end, stderr_of(d, i)), err);
    if (run_result_read(dir, &result, &trouble) != OK)
        return end_failed(d, i, "failed", trouble.message, err);
    if (result.end == RUN_DIVERGED) {
        progress_clear(&d->progress);
        talk("run %s (%s) diverged; its row says so", row->run.id, tell_run(d, i));
    }
    driver_set(d, i, DRIVER_ENDED);
    TRY(record_result(d->s, row, &result, err));
    return trunks_tidy(d, i, err);
}

/* Stop all workers and end with an error. Runs that end in time still get their rows; the others
 * are neither failed nor done, and the next call goes on with them. */
static Status end_stopped(Driver *d, const char *why, Err *err) {
    progress_clear(&d->progress);
    talk("stopping: up to %.0f s for checkpoints", STOP_S);
    launch_stop(d->launcher, STOP_S);
    for (LaunchEnd end; launch_ended(d->launcher, &end);)
        if (end.tag < d->s->plan.n && driver_has_result(d, end.tag)) TRY(end_run(d, &end, err));
    TRY(driver_write_points(d, err));
    FAIL(err, E_FAILED,
         "stopped by %s after %zu of %zu runs; 'tinyscale sweep run %s' goes on from here", why,
         driver_count(d, 0, d->s->plan.n, DRIVER_ENDED), d->s->plan.n, d->s->dir);
}

static Status end_by_signal(Driver *d, Err *err) {
    return end_stopped(d, arena_printf(d->s->arena, "'%s'", strsignal(stop_signal())), err);
}

/* Run rows from .. to-1 until none is running and no waiting one fits into the budget. */
static Status run_rows(Driver *d, size_t from, size_t to, Err *err) {
    for (;;) {
        if (stop_signal()) return end_by_signal(d, err);
        if (d->full) return end_stopped(d, "a full disk", err);
        TRY(start_runs(d, from, to, err));
        if (launch_busy(d->launcher) == 0) break;
        launch_wait(d->launcher, 0.5);
        if (stop_signal()) continue; // ends that the signal caused are not failures
        for (LaunchEnd end; launch_ended(d->launcher, &end);) {
            learn_pace(d, &end);
            if (end.exit_code == 0) // its place is taken before its end is written down
                TRY(start_runs(d, from, to, err));
            TRY(end_run(d, &end, err));
        }
        tell_progress(d);
    }
    progress_clear(&d->progress);
    return OK;
}

/* Run all that comes before the heroes: tuning runs, in as many rounds as it takes, and the
 * grid. */
static Status run_grid(Driver *d, Err *err) {
    TRY(run_rows(d, 0, d->s->plan.n_grid, err));
    while (drive_tune_is_next(d)) {
        TRY(drive_tune_go_on(d, err));
        TRY(run_rows(d, 0, d->s->plan.n_grid, err));
    }
    return drive_tune_check(d, err);
}

// --- the hero ----------------------------------------------------------------------------------

/* Fit and predict in a process of its own, as any reader of the ledger would, and seal what it
 * says. */
static Status seal(Driver *d, Err *err) {
    const size_t from = d->s->plan.n_tuning, to = d->s->plan.n_grid;
    const SealGrid grid = {to - from, driver_count(d, from, to, DRIVER_FAILED)};
    TRY(seal_start(d->s, d->launcher, d->program, d->waiting, d->jobs, err));
    LaunchEnd end;
    do {
        if (stop_signal()) return end_by_signal(d, err);
        launch_wait(d->launcher, 0.5);
    } while (!launch_ended(d->launcher, &end));
    if (stop_signal()) return end_by_signal(d, err);
    return seal_finish(d->s, &end, d->waiting, grid, err);
}

/* Run the heroes, once a prediction of them is sealed: a hero tests only what was predicted before
 * it ran. They wait for a grid that is whole, or for as much of it as the spec asks for. */
static Status run_heroes(Driver *d, Err *err) {
    const Plan *p = &d->s->plan;
    if (driver_count(d, p->n_grid, p->n, DRIVER_WAITING) == 0 ||
        driver_count(d, 0, p->n_grid, DRIVER_WAITING) > 0 ||
        driver_count(d, 0, p->n, DRIVER_OPEN) > 0)
        return OK;
    if (longest_waiting(d, p->n_grid, p->n) == p->n) return OK;
    if (driver_count(d, 0, p->n_grid, DRIVER_FAILED) > 0 && !d->s->spec.seal_partial) return OK;
    TRY(driver_write_points(d, err));
    if (seal_stands(d->s, d->waiting))
        talk("the sealed prediction of the hero stands");
    else
        TRY(seal(d, err));
    return run_rows(d, p->n_grid, p->n, err);
}

// --- the whole ---------------------------------------------------------------------------------

static Status announce(Driver *d, Err *err) {
    const Plan *p = &d->s->plan;
    plan_warn(p);
    if (driver_count(d, 0, p->n, DRIVER_WAITING) == 0) return OK;
    TRY(plan_check_memory(p, d->s->arena, d->waiting, d->jobs, err));
    bool *wanted = ARENA_ARRAY(d->s->arena, bool, p->n); // and those whose turn comes once tuned
    for (size_t i = 0; i < p->n; i++) wanted[i] = d->waiting[i] || d->state[i] == DRIVER_OPEN;
    TRY(plan_measure(&d->s->plan, d->s->arena, wanted, corpus_vocab(d->s->corpus), err));
    tell_plan(d);
    TRY(record_open(d->s, d->jobs, err));
    return expected_announce(d->s, d->launcher, d->program, err);
}

static Status finish(Driver *d, Err *err) {
    const size_t n = d->s->plan.n, failed = driver_count(d, 0, n, DRIVER_FAILED);
    const size_t n_grid = d->s->plan.n_grid;
    const bool hero_waits = driver_count(d, n_grid, n, DRIVER_WAITING) > 0 &&
                            driver_count(d, 0, n_grid, DRIVER_FAILED) > 0 &&
                            !d->s->spec.seal_partial;
    TRY(driver_write_points(d, err));
    tell_unstarted(d);
    tell_strangers(d);
    seal_warn(d->s);
    printf("%zu of %zu runs done: %s/points.csv\n", driver_count(d, 0, n, DRIVER_ENDED), n,
           d->s->dir);
    if (failed > 0)
        FAIL(err, E_FAILED, "%zu of %zu runs failed%s; 'tinyscale sweep run %s' tries them again",
             failed, n,
             hero_waits
                 ? ", and the hero waits for them (\"seal\": \"partial\" in the spec would not)"
                 : "",
             d->s->dir);
    if (driver_count(d, 0, n, DRIVER_WAITING) + driver_count(d, 0, n, DRIVER_OPEN) > 0)
        printf("next: tinyscale sweep run %s\n", d->s->dir);
    else
        printf("next: tinyscale fit %s; tinyscale report %s\n", d->s->dir, d->s->dir);
    return OK;
}

static Status drive(Driver *d, const char *program, Err *err) {
    if (program)
        snprintf(d->program, sizeof d->program, "%s", program);
    else
        TRY(process_path(d->program, sizeof d->program, err));
    TRY(adopt_results(d, err));
    TRY(drive_tune_go_on(d, err));
    for (size_t i = 0; i < d->s->plan.n; i++) TRY(trunks_tidy(d, i, err));
    TRY(announce(d, err));
    TRY(run_grid(d, err));
    TRY(run_heroes(d, err));
    return finish(d, err);
}

Status drive_sweep(const DriveOptions *options, Err *err) {
    const int jobs = options->jobs > 0 ? options->jobs : cpu_count();
    const double deadline = wall_seconds() + options->budget_s;
    Sweep s;
    TRY(sweep_open(&s, options->spec, options->out, SWEEP_DRIVE, err));
    Driver d = {.s = &s,
                .jobs = jobs,
                .budget_s = options->budget_s,
                .deadline = deadline,
                .launcher = launch_open_local(jobs)};
    driver_init(&d);
    stop_listen(true);
    const Status status = drive(&d, options->program, err);
    if (status != OK) launch_stop(d.launcher, STOP_S);
    stop_listen(false);
    launch_close(d.launcher);
    sweep_close(&s);
    return status;
}
