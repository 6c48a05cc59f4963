/* drive.c: schedule, listen, write down.
 *
 * Longest predicted first, so that no long run is left for the end alone. Places of the pool that
 * no waiting run needs are shared out as threads: while there are more runs than processors each
 * has one thread (the faster way for small models), and the last ones, the hero above all, get the
 * whole machine.
 */
#include "sweep/drive.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/numbers.h"
#include "base/proc.h"
#include "sweep/machine.h"
#include "sweep/points_csv.h"
#include "sweep/pool.h"
#include "sweep/record.h"
#include "sweep/seal.h"
#include "sweep/sweep.h"
#include "train/run_dir.h"

static const double STOP_S = 5;     // for workers to write their checkpoints
enum { GIVE_UP_S = 9 };             // after a signal: whatever hangs, the driver ends
static const double NO_ROOM = 64e3; // bytes: a disk with less left is full

typedef enum { WAITING, RUNNING, ENDED, FAILED } RunState;

typedef struct {
    Sweep *s;
    const DriveOptions *o;
    char program[4096];
    Pool *pool;
    RunState *state; // (plan.n)
    bool *waiting;   // (plan.n) state == WAITING, for the plan's functions
    bool *prepared;  // (plan.n) directory and config.json are there
    int *threads;    // (plan.n) of a run that was started
    double deadline;
    double predicted_s, actual_s; // thread-seconds of the runs that ended in this call
    bool full;                    // a worker failed because the disk is
    Progress progress;
} Driver;

/* The one mutable global: a signal handler can reach nothing else. */
static volatile sig_atomic_t stop_signal;

static void on_signal(int signal_number) {
    if (!stop_signal) alarm(GIVE_UP_S);
    stop_signal = signal_number;
}

/* Workers die with the driver, and the next one begins with what it finds. */
static void give_up(int signal_number) {
    static const char WORDS[] = "tinyscale: does not come to an end by itself; given up\n";
    (void)signal_number;
    if (write(STDERR_FILENO, WORDS, sizeof WORDS - 1) < 0) _exit(1);
    _exit(1);
}

static void listen_to_signals(bool listen) {
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = listen ? on_signal : SIG_DFL};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++) {
        struct sigaction before;
        sigaction(SIGNALS[i], NULL, &before);
        if (SIGNALS[i] != SIGHUP || before.sa_handler != SIG_IGN) // nohup's wish
            sigaction(SIGNALS[i], &action, NULL);
    }
    action.sa_handler = listen ? give_up : SIG_DFL;
    if (!listen) alarm(0);
    sigaction(SIGALRM, &action, NULL);
}

static const PlanRow *row_of(const Driver *d, size_t i) {
    return &d->s->plan.rows[i];
}

static void set_state(Driver *d, size_t i, RunState state) {
    d->state[i] = state;
    d->waiting[i] = state == WAITING;
}

static size_t count_state(const Driver *d, size_t from, size_t to, RunState state) {
    size_t n = 0;
    for (size_t i = from; i < to; i++) n += d->state[i] == state;
    return n;
}

static const char *describe(const Driver *d, size_t i) {
    char tokens[16];
    return arena_printf(d->s->arena, "d%d x %s", row_of(d, i)->run.config.d_model,
                        count_to_text(tokens, row_of(d, i)->tokens));
}

// --- what is there already ---------------------------------------------------------------------

/* result.json is written last: where it is, the run ended, however its worker did. */
static bool has_result(const Driver *d, size_t i) {
    return file_exists(
        arena_printf(d->s->arena, "%s/result.json", sweep_run_dir(d->s, row_of(d, i)->run.id)));
}

/* A row whose run changed its part in the sweep (a hero that now stands in the grid) is written
 * again. */
static bool has_row(const Driver *d, size_t i) {
    const SpecRun *run = &row_of(d, i)->run;
    if (!sweep_run_ended(d->s, run->id)) return false;
    const char *role = json_string_or(ledger_run(d->s->ledger, run->id), "role", "");
    return strcmp(role, run->hero ? "hero" : "grid") == 0;
}

/* A result that cannot be believed is kept, and the run does its end again from its checkpoint. */
static Status set_aside(const Driver *d, size_t i, const char *why, Err *err) {
    const char *dir = sweep_run_dir(d->s, row_of(d, i)->run.id);
    const char *path = arena_printf(d->s->arena, "%s/result.json", dir);
    if (rename(path, arena_printf(d->s->arena, "%s/result.damaged", dir)) != 0)
        FAIL(err, E_IO, "%s: cannot be renamed: %s", path, strerror(errno));
    talk("%s; kept as result.damaged, and the run's end is done again", why);
    return OK;
}

static Status find_results(Driver *d, Err *err) {
    size_t adopted = 0;
    for (size_t i = 0; i < d->s->plan.n; i++) {
        const PlanRow *row = row_of(d, i);
        RunResult result;
        Err trouble = {0};
        set_state(d, i, has_row(d, i) ? ENDED : WAITING);
        if (d->state[i] == ENDED || !has_result(d, i)) continue;
        if (run_result_read(sweep_run_dir(d->s, row->run.id), &result, &trouble) != OK) {
            TRY(set_aside(d, i, trouble.message, err));
            continue;
        }
        TRY(record_result(d->s, row, &result, err));
        set_state(d, i, ENDED);
        adopted++;
    }
    if (adopted > 0)
        talk("%zu finished run%s had no row in the ledger; written now", adopted,
             adopted == 1 ? "" : "s");
    return OK;
}

static Status write_points(const Driver *d, Err *err) {
    const Plan *plan = &d->s->plan;
    const char **ids = ARENA_ARRAY(d->s->arena, const char *, plan->n);
    for (size_t i = 0; i < plan->n; i++) ids[i] = plan->rows[i].run.id;
    return points_csv_write(arena_printf(d->s->arena, "%s/points.csv", d->s->dir), d->s->ledger,
                            ids, plan->n, err);
}

// --- starting ----------------------------------------------------------------------------------

/* How much longer than predicted runs take; drawn towards 1 by ten seconds of belief in the
 * prediction. */
static double pace(const Driver *d) {
    return (d->actual_s + 10) / (d->predicted_s + 10);
}

static bool fits_budget(const Driver *d, size_t i) {
    return d->o->budget_s <= 0 || wall_seconds() + row_of(d, i)->seconds * pace(d) <= d->deadline;
}

static Status prepare_run(Driver *d, size_t i, Err *err) {
    const SpecRun *run = &row_of(d, i)->run;
    if (d->prepared[i]) return OK;
    TRY(run_dir_prepare(sweep_run_dir(d->s, run->id), &run->config, err));
    d->prepared[i] = true;
    return OK;
}

static char *stderr_of(const Driver *d, size_t i) {
    return arena_printf(d->s->arena, "%s/stderr.txt", sweep_run_dir(d->s, row_of(d, i)->run.id));
}

/* The start is written down after it: a driver killed in between takes the worker along. */
static Status start_run(Driver *d, size_t i, int threads, Err *err) {
    Arena *a = d->s->arena;
    char *dir = arena_strdup(a, sweep_run_dir(d->s, row_of(d, i)->run.id));
    char corpus_hash[17];
    corpus_hash_text(d->s->corpus, corpus_hash);
    TRY(prepare_run(d, i, err));
    char *argv[] = {d->program,
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
                    arena_printf(a, "%d", WORKER_PROGRESS_FD),
                    NULL};
    const WorkerJob work = {argv, stderr_of(d, i), i, threads};
    TRY(pool_start(d->pool, &work, err));
    set_state(d, i, RUNNING);
    d->threads[i] = threads;
    return record_start(d->s, row_of(d, i), threads, err);
}

static size_t longest_waiting(const Driver *d, size_t from, size_t to) {
    size_t best = to;
    for (size_t i = from; i < to; i++)
        if (d->waiting[i] && fits_budget(d, i) &&
            (best == to || row_of(d, i)->seconds > row_of(d, best)->seconds))
            best = i;
    return best;
}

/* Fill the free places; and while all are taken, prepare what will start next. */
static Status start_runs(Driver *d, size_t from, size_t to, Err *err) {
    for (int places; (places = pool_free(d->pool)) > 0;) {
        const size_t i = longest_waiting(d, from, to);
        if (i == to) return OK;
        const int runs = (int)count_state(d, from, to, WAITING),
                  lanes = row_of(d, i)->run.config.lanes;
        const int share = runs < places ? (places + runs - 1) / runs : 1;
        TRY(start_run(d, i, share < lanes ? share : lanes, err));
    }
    const size_t next = longest_waiting(d, from, to);
    return next < to ? prepare_run(d, next, err) : OK;
}

// --- ending ------------------------------------------------------------------------------------

/* What the disk does not take from one worker it will not take from the next. */
static bool no_room(const Driver *d, const char *why) {
    struct statvfs disk;
    return strstr(why, strerror(ENOSPC)) || strstr(why, strerror(EDQUOT)) ||
           (statvfs(d->s->dir, &disk) == 0 &&
            (double)disk.f_bavail * (double)disk.f_frsize < NO_ROOM);
}

static Status end_failed(Driver *d, size_t i, const char *status, const char *why, Err *err) {
    const PlanRow *row = row_of(d, i);
    if (no_room(d, why)) d->full = true;
    progress_clear(&d->progress);
    talk("run %s (%s) %s: %s", row->run.id, describe(d, i), status, why);
    set_state(d, i, FAILED);
    return record_failure(d->s, row, status, why, err);
}

static void learn_pace(Driver *d, const WorkerEnd *end) {
    if (end->exit_code != 0) return;
    d->predicted_s += row_of(d, end->tag)->seconds;
    d->actual_s += end->seconds * end->threads;
}

static Status end_run(Driver *d, const WorkerEnd *end, Err *err) {
    const size_t i = end->tag;
    const PlanRow *row = row_of(d, i);
    const char *dir = sweep_run_dir(d->s, row->run.id);
    RunResult result;
    Err trouble = {0};
    if (!has_result(d, i))
        return end_failed(d, i, end->signal ? "killed" : "failed",
                          pool_words(d->s->arena, end, stderr_of(d, i)), err);
    if (run_result_read(dir, &result, &trouble) != OK)
        return end_failed(d, i, "failed", trouble.message, err);
    if (result.end == RUN_DIVERGED) {
        progress_clear(&d->progress);
        talk("run %s (%s) diverged; its row says so", row->run.id, describe(d, i));
    }
    set_state(d, i, ENDED);
    return record_result(d->s, row, &result, err);
}

/* What ended in time is a row, what did not is simply not done yet. */
static Status end_stopped(Driver *d, const char *why, Err *err) {
    progress_clear(&d->progress);
    talk("stopping: up to %.0f s for checkpoints", STOP_S);
    pool_stop(d->pool, STOP_S);
    for (WorkerEnd end; pool_ended(d->pool, &end);)
        if (end.tag < d->s->plan.n && has_result(d, end.tag)) TRY(end_run(d, &end, err));
    TRY(write_points(d, err));
    FAIL(err, E_FAILED,
         "stopped by %s after %zu of %zu runs; 'tinyscale sweep run %s' goes on from here", why,
         count_state(d, 0, d->s->plan.n, ENDED), d->s->plan.n, d->s->dir);
}

static Status end_by_signal(Driver *d, Err *err) {
    return end_stopped(d, arena_printf(d->s->arena, "'%s'", strsignal(stop_signal)), err);
}

// --- watching ----------------------------------------------------------------------------------

/* Share of run i's tokens that are done. */
static double share_done(const Driver *d, size_t i) {
    if (d->state[i] == ENDED || d->state[i] == FAILED) return 1;
    return d->state[i] == RUNNING
               ? fmin(1, (double)pool_progress(d->pool, i) / row_of(d, i)->tokens)
               : 0;
}

/* All places share what is left, but no run ends before its own rest is done; waiting heroes will
 * have all places. */
static double eta_seconds(const Driver *d, size_t from, size_t to) {
    double sum = 0, longest = 0;
    for (size_t i = from; i < to; i++) {
        if (d->state[i] == ENDED || d->state[i] == FAILED) continue;
        const int threads = d->state[i] == RUNNING   ? d->threads[i]
                            : row_of(d, i)->run.hero ? d->o->jobs
                                                     : 1;
        const double rest = row_of(d, i)->seconds * (1 - share_done(d, i));
        sum += rest;
        longest = fmax(longest, rest / threads);
    }
    return pace(d) * fmax(sum / d->o->jobs, longest);
}

static void show_progress(Driver *d) {
    const Plan *p = &d->s->plan;
    double tokens = 0, done = 0;
    char now[160] = "", eta[32];
    size_t used = 0;
    for (size_t i = 0; i < p->n; i++) {
        tokens += p->rows[i].tokens;
        done += p->rows[i].tokens * share_done(d, i);
        if (d->state[i] != RUNNING || used + 1 >= sizeof now) continue;
        char n[16];
        used += (size_t)snprintf(now + used, sizeof now - used, "%sd%d x %s %.0f%%",
                                 used ? ", " : "", p->rows[i].run.config.d_model,
                                 count_to_text(n, p->rows[i].tokens), 100 * share_done(d, i));
    }
    const double eta_s = eta_seconds(d, 0, p->n_grid) + eta_seconds(d, p->n_grid, p->n);
    progress_show(&d->progress, false, "%zu/%zu runs, %.0f%% of tokens, ETA %s | %s",
                  count_state(d, 0, p->n, ENDED), p->n, 100 * done / tokens,
                  seconds_to_text(eta, eta_s), now);
}

/* Run rows from .. to-1 until none is running and no waiting one fits into the budget. */
static Status run_rows(Driver *d, size_t from, size_t to, Err *err) {
    for (;;) {
        if (stop_signal) return end_by_signal(d, err);
        if (d->full) return end_stopped(d, "a full disk", err);
        TRY(start_runs(d, from, to, err));
        if (pool_busy(d->pool) == 0) break;
        pool_wait(d->pool, 0.5);
        if (stop_signal) continue; // ends that the signal caused are not failures
        for (WorkerEnd end; pool_ended(d->pool, &end);) {
            learn_pace(d, &end);
            if (end.exit_code == 0) // its place is taken before its end is written down
                TRY(start_runs(d, from, to, err));
            TRY(end_run(d, &end, err));
        }
        show_progress(d);
    }
    progress_clear(&d->progress);
    return OK;
}

// --- the hero ----------------------------------------------------------------------------------

/* The fit is a process of its own, as any reader of the ledger. */
static Status seal(Driver *d, Err *err) {
    const size_t n_grid = d->s->plan.n_grid;
    const SealGrid grid = {n_grid, count_state(d, 0, n_grid, FAILED)};
    TRY(seal_start(d->s, d->pool, d->program, d->waiting, d->o->jobs, err));
    WorkerEnd end;
    do {
        if (stop_signal) return end_by_signal(d, err);
        pool_wait(d->pool, 0.5);
    } while (!pool_ended(d->pool, &end));
    if (stop_signal) return end_by_signal(d, err);
    return seal_finish(d->s, &end, d->waiting, grid, err);
}

/* A hero is worth something only as the test of a prediction that was there before it: it waits
 * for one that is whole. */
static Status run_heroes(Driver *d, Err *err) {
    const Plan *p = &d->s->plan;
    if (count_state(d, p->n_grid, p->n, WAITING) == 0 || count_state(d, 0, p->n_grid, WAITING) > 0)
        return OK;
    if (longest_waiting(d, p->n_grid, p->n) == p->n) return OK;
    if (count_state(d, 0, p->n_grid, FAILED) > 0 && !d->s->spec.seal_partial) return OK;
    TRY(write_points(d, err));
    if (seal_stands(d->s, d->waiting))
        talk("the sealed prediction of the hero stands");
    else
        TRY(seal(d, err));
    return run_rows(d, p->n_grid, p->n, err);
}

// --- the whole ---------------------------------------------------------------------------------

static Status announce(Driver *d, Err *err) {
    const Plan *p = &d->s->plan;
    const size_t waiting = count_state(d, 0, p->n, WAITING);
    plan_warn(p);
    if (waiting == 0) return OK;
    TRY(plan_check_memory(p, d->s->arena, d->waiting, d->o->jobs, err));
    TRY(plan_measure(&d->s->plan, d->s->arena, d->waiting, corpus_vocab(d->s->corpus), err));
    const double grid = plan_seconds(p, d->s->arena, 0, p->n_grid, d->waiting, d->o->jobs);
    const double hero = plan_seconds(p, d->s->arena, p->n_grid, p->n, d->waiting, d->o->jobs);
    char text[32];
    talk("%s: %zu of %zu runs to do on %d workers, about %s", d->s->dir, waiting, p->n, d->o->jobs,
         seconds_to_text(text, grid + hero));
    if (machine_load() > 0.5 * cpu_count())
        talk("the load average is %.1f on %d processors already: times will be longer than "
             "predicted",
             machine_load(), cpu_count());
    return record_open(d->s, d->o->jobs, err);
}

static void say_rest(const Driver *d) {
    const Plan *p = &d->s->plan;
    for (size_t i = 0; i < p->n; i++)
        if (d->waiting[i])
            talk("not started within the budget: run %s (%s)", p->rows[i].run.id, describe(d, i));
}

static bool in_plan(const Driver *d, const char *id) {
    for (size_t i = 0; i < d->s->plan.n; i++)
        if (strcmp(row_of(d, i)->run.id, id) == 0) return true;
    return false;
}

/* Runs of an earlier spec: the ledger keeps them, and whoever reads it finds them. */
static void say_strangers(const Driver *d) {
    size_t n = 0;
    for (size_t i = 0; i < ledger_size(d->s->ledger); i++) {
        const Json *e = ledger_event(d->s->ledger, i);
        const char *id = json_string_or(e, "id", "");
        n += ledger_run(d->s->ledger, id) == e && sweep_run_ended(d->s, id) && !in_plan(d, id);
    }
    if (n > 0)
        talk("%zu run%s in the ledger %s not in this spec: points.csv leaves them out, 'tinyscale "
             "fit %s' does not",
             n, n == 1 ? "" : "s", n == 1 ? "is" : "are", d->s->dir);
}

static Status finish(Driver *d, Err *err) {
    const size_t n = d->s->plan.n, failed = count_state(d, 0, n, FAILED);
    const size_t n_grid = d->s->plan.n_grid;
    const bool hero_waits = count_state(d, n_grid, n, WAITING) > 0 &&
                            count_state(d, 0, n_grid, FAILED) > 0 && !d->s->spec.seal_partial;
    TRY(write_points(d, err));
    say_rest(d);
    say_strangers(d);
    seal_warn(d->s);
    printf("%zu of %zu runs done: %s/points.csv\n", count_state(d, 0, n, ENDED), n, d->s->dir);
    if (failed > 0)
        FAIL(err, E_FAILED, "%zu of %zu runs failed%s; 'tinyscale sweep run %s' tries them again",
             failed, n,
             hero_waits
                 ? ", and the hero waits for them (\"seal\": \"partial\" in the spec would not)"
                 : "",
             d->s->dir);
    if (count_state(d, 0, n, WAITING) > 0)
        printf("next: tinyscale sweep run %s\n", d->s->dir);
    else
        printf("next: tinyscale fit %s; tinyscale report %s\n", d->s->dir, d->s->dir);
    return OK;
}

static Status drive(Driver *d, Err *err) {
    if (d->o->program)
        snprintf(d->program, sizeof d->program, "%s", d->o->program);
    else
        TRY(self_path(d->program, sizeof d->program, err));
    TRY(find_results(d, err));
    TRY(announce(d, err));
    TRY(run_rows(d, 0, d->s->plan.n_grid, err));
    TRY(run_heroes(d, err));
    return finish(d, err);
}

Status drive_sweep(const DriveOptions *options, Err *err) {
    DriveOptions o = *options;
    Sweep s;
    if (o.jobs == 0) o.jobs = cpu_count();
    const double deadline = wall_seconds() + o.budget_s;
    TRY(sweep_open(&s, o.spec, o.out, SWEEP_DRIVE, err));
    Driver d = {.s = &s, .o = &o, .pool = pool_open(o.jobs), .deadline = deadline};
    d.state = ARENA_ARRAY(s.arena, RunState, s.plan.n);
    d.waiting = ARENA_ARRAY(s.arena, bool, s.plan.n);
    d.prepared = ARENA_ARRAY(s.arena, bool, s.plan.n);
    d.threads = ARENA_ARRAY(s.arena, int, s.plan.n);
    stop_signal = 0;
    listen_to_signals(true);
    Status status = drive(&d, err);
    if (status != OK) pool_stop(d.pool, STOP_S);
    listen_to_signals(false);
    pool_close(d.pool);
    sweep_close(&s);
    return status;
}
