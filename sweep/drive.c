/* drive.c: schedule, listen, write down.
 *
 * Longest predicted first, so that no long run is left for the end alone. Places of the pool that
 * no waiting run needs are shared out as threads: while there are more runs than processors each
 * has one thread (the faster way for small models), and the last ones, the hero above all, get the
 * whole machine.
 */
#include "sweep/drive.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/proc.h"
#include "base/text.h"
#include "sweep/machine.h"
#include "sweep/points_csv.h"
#include "sweep/pool.h"
#include "sweep/record.h"
#include "sweep/sweep.h"
#include "train/run_dir.h"

static const double STOP_S = 5; // for workers to write their checkpoints

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
    Progress progress;
} Driver;

/* The one mutable global: a signal handler can reach nothing else. */
static volatile sig_atomic_t stop_signal;

static void on_signal(int signal_number) {
    stop_signal = signal_number;
}

static void listen_to_signals(void (*handler)(int)) {
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < COUNT_OF(SIGNALS); i++) sigaction(SIGNALS[i], &action, NULL);
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

static Status find_results(Driver *d, Err *err) {
    size_t adopted = 0;
    for (size_t i = 0; i < d->s->plan.n; i++) {
        const PlanRow *row = row_of(d, i);
        RunResult result;
        set_state(d, i, has_row(d, i) ? ENDED : WAITING);
        if (d->state[i] == ENDED || !has_result(d, i)) continue;
        TRY(run_result_read(sweep_run_dir(d->s, row->run.id), &result, err));
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
    const Work work = {argv, arena_printf(a, "%s/stderr.txt", dir), i, threads};
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

static const char *last_line(Arena *arena, const char *path) {
    Bytes b;
    Err ignored;
    if (!file_exists(path) || file_read(arena, path, &b, &ignored) != OK) return "";
    while (b.size > 0 && b.data[b.size - 1] <= ' ') b.data[--b.size] = '\0';
    const char *newline = memrchr(b.data, '\n', b.size);
    return newline ? newline + 1 : b.data;
}

static const char *why_of(Arena *arena, const WorkerEnd *end, const char *stderr_path) {
    const char *line = last_line(arena, stderr_path);
    if (end->signal == 0 && !*line) // not even its one line could be written
        return arena_printf(arena, "exit code %d and not a word: is the disk full?",
                            end->exit_code);
    if (end->signal == 0) return line;
    return arena_printf(arena, "%s%s%s", strsignal(end->signal), *line ? "; " : "", line);
}

static Status end_failed(Driver *d, size_t i, const char *status, const char *why, Err *err) {
    const PlanRow *row = row_of(d, i);
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
                          why_of(d->s->arena, end, arena_printf(d->s->arena, "%s/stderr.txt", dir)),
                          err);
    if (run_result_read(dir, &result, &trouble) != OK)
        return end_failed(d, i, "failed", trouble.message, err);
    if (result.end == RUN_DIVERGED) {
        progress_clear(&d->progress);
        talk("run %s (%s) diverged; its row says so", row->run.id, describe(d, i));
    }
    set_state(d, i, ENDED);
    return record_result(d->s, row, &result, err);
}

/* After the stop: what ended in time is a row, what did not is simply not done yet. */
static Status end_stopped(Driver *d, Err *err) {
    progress_clear(&d->progress);
    talk("stopping: up to %.0f s for checkpoints", STOP_S);
    pool_stop(d->pool, STOP_S);
    for (WorkerEnd end; pool_ended(d->pool, &end);)
        if (end.tag < d->s->plan.n && has_result(d, end.tag)) TRY(end_run(d, &end, err));
    TRY(write_points(d, err));
    FAIL(err, E_FAILED,
         "stopped by '%s' after %zu of %zu runs; 'tinyscale sweep run %s' goes on from here",
         strsignal(stop_signal), count_state(d, 0, d->s->plan.n, ENDED), d->s->plan.n, d->s->dir);
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
        if (stop_signal) return end_stopped(d, err);
        TRY(start_runs(d, from, to, err));
        if (pool_busy(d->pool) == 0) break;
        pool_wait(d->pool, 0.5);
        if (stop_signal) continue; // ends that the signal caused are not failures
        for (WorkerEnd end; pool_ended(d->pool, &end);) {
            learn_pace(d, &end);
            TRY(start_runs(d, from, to, err)); // its place is taken before its end is written down
            TRY(end_run(d, &end, err));
        }
        show_progress(d);
    }
    progress_clear(&d->progress);
    return OK;
}

// --- the hero ----------------------------------------------------------------------------------

static const Json *first_prediction(const Json *sealed) {
    const Json *list = json_get(sealed, "predictions");
    return list ? json_first(list) : NULL;
}

static bool names_hero(const Json *sealed, const char *id) {
    for (const Json *hero = first_prediction(sealed); hero; hero = json_next(hero))
        if (strcmp(json_string_or(hero, "id", ""), id) == 0) return true;
    return false;
}

/* A sealed prediction stands while no row of the grid is newer and it covers every hero still to
 * be run. */
static bool is_sealed(const Driver *d) {
    const Json *sealed = NULL;
    for (size_t i = 0; i < ledger_size(d->s->ledger); i++) {
        const Json *e = ledger_event(d->s->ledger, i);
        if (strcmp(ledger_kind(d->s->ledger, i), "prediction") == 0) sealed = json_get(e, "sealed");
        if (strcmp(json_string_or(e, "role", ""), "grid") == 0) sealed = NULL;
    }
    for (size_t h = d->s->plan.n_grid; h < d->s->plan.n; h++)
        if (d->waiting[h] && !names_hero(sealed, row_of(d, h)->run.id)) return false;
    return true;
}

/* Of the heroes still to be run only: what is known cannot be predicted. */
static char *wanted_predictions(const Driver *d) {
    Text t = {0};
    for (size_t h = d->s->plan.n_grid; h < d->s->plan.n; h++) {
        const PlanRow *r = row_of(d, h);
        char flops[32];
        if (!d->waiting[h]) continue;
        text_add(&t, "%sid=%s,params=%llu,tokens=%.0f,flops=%s", t.size ? ";" : "", r->run.id,
                 (unsigned long long)r->params.total, r->tokens, real_to_text(flops, r->flops));
    }
    char *copy = arena_strdup(d->s->arena, t.s);
    text_close(&t);
    return copy;
}

static void print_sealed(const Json *sealed) {
    const double percent = 100 * json_number_or(sealed, "level", NAN);
    for (const Json *hero = first_prediction(sealed); hero; hero = json_next(hero)) {
        char params[16], tokens[16];
        printf(
            "sealed: run %s, N = %s, D = %s, will end at %.4f nat/token (%.0f%%: %.4f to %.4f)\n",
            json_string_or(hero, "id", "?"),
            count_to_text(params, json_number_or(hero, "params", NAN)),
            count_to_text(tokens, json_number_or(hero, "tokens", NAN)),
            json_number_or(hero, "loss", NAN), percent, json_number_or(hero, "lo", NAN),
            json_number_or(hero, "hi", NAN));
    }
    fflush(stdout);
}

/* The fit is a process of its own, as any reader of the ledger; a grid too small for a law is no
 * failure of the sweep. */
static Status seal(Driver *d, Err *err) {
    Arena *a = d->s->arena;
    const char *log = arena_printf(a, "%s/prediction.txt", d->s->dir);
    char *dir = arena_strdup(a, d->s->dir);
    char *argv[] = {d->program, "fit", dir, "--seal", "--predict", wanted_predictions(d), NULL};
    TRY(pool_start(d->pool, &(Work){argv, log, d->s->plan.n, d->o->jobs}, err));
    WorkerEnd end;
    do {
        if (stop_signal) return end_stopped(d, err);
        pool_wait(d->pool, 0.5);
    } while (!pool_ended(d->pool, &end));
    if (stop_signal) return end_stopped(d, err);
    if (end.exit_code != 0) {
        talk("no prediction of the hero: %s", why_of(a, &end, log));
        return OK;
    }
    JsonDoc *doc;
    TRY(json_open_file(arena_printf(a, "%s/prediction.json", d->s->dir), &doc, err));
    Status status = record_prediction(d->s, json_root(doc), err);
    if (status == OK) print_sealed(json_root(doc));
    json_close(doc);
    return status;
}

static Status run_heroes(Driver *d, Err *err) {
    const Plan *p = &d->s->plan;
    if (count_state(d, p->n_grid, p->n, WAITING) == 0 || count_state(d, 0, p->n_grid, WAITING) > 0)
        return OK;
    if (longest_waiting(d, p->n_grid, p->n) == p->n) return OK;
    TRY(write_points(d, err));
    if (is_sealed(d))
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

static Status finish(Driver *d, Err *err) {
    const size_t n = d->s->plan.n, failed = count_state(d, 0, n, FAILED);
    TRY(write_points(d, err));
    say_rest(d);
    printf("%zu of %zu runs done: %s/points.csv\n", count_state(d, 0, n, ENDED), n, d->s->dir);
    if (failed > 0)
        FAIL(err, E_FAILED, "%zu of %zu runs failed; 'tinyscale sweep run %s' tries them again",
             failed, n, d->s->dir);
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
    listen_to_signals(on_signal);
    Status status = drive(&d, err);
    listen_to_signals(SIG_DFL);
    pool_close(d.pool);
    sweep_close(&s);
    return status;
}
