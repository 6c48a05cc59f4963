/* run.c: one run as it happens: the loop around trainer_step() with its log, its checkpoints and
 * its signals, and the result at the end. */
#include "train/run.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "model/counts.h"
#include "train/branch.h"
#include "train/checkpoint.h"
#include "train/run_dir.h"
#include "train/trainer.h"

/* The one mutable global: a signal handler can reach nothing else. */
static volatile sig_atomic_t stop_signal;
static void on_signal(int signal) {
    stop_signal = signal;
}

static const int STOPS[] = {SIGTERM, SIGINT, SIGHUP};

/* Catch the signals that stop a run, while it has steps to save. Before and after that they do what
 * the caller wants. A hangup that is ignored (nohup) stays ignored. */
static void catch_signals(struct sigaction before[]) {
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    stop_signal = 0;
    for (size_t i = 0; i < COUNT_OF(STOPS); i++) {
        sigaction(STOPS[i], NULL, &before[i]);
        if (STOPS[i] != SIGHUP || before[i].sa_handler != SIG_IGN)
            sigaction(STOPS[i], &action, NULL);
    }
}

static void release_signals(const struct sigaction before[]) {
    for (size_t i = 0; i < COUNT_OF(STOPS); i++) sigaction(STOPS[i], &before[i], NULL);
}

RunOptions run_options_default(void) {
    return (RunOptions){.checkpoint_s = 30, .progress_fd = -1, .started_s = wall_seconds()};
}

/* A run under way: where it writes and what it said last. */
typedef struct {
    Trainer trainer;
    EvalWindows windows;
    const RunOptions *options;
    const char *dir;
    FILE *log;
    // startup_s: seconds before the first step; the others: clocks when that was last done
    double startup_s, started_s, started_cpu_s, logged_s, checkpoint_s, told_s;
    Progress progress;
    bool diverged;
} Run;

static uint64_t tokens_done(const Run *run) {
    return run->trainer.tally.step * run->trainer.config.batch_tok;
}

/* Log the facts and every expert's share of its layer's load since the last line, and begin to
 * count anew. */
static void log_routes(JsonOut *j, Trainer *t) {
    const RouterFacts f = balance_facts(&t->routed, &t->dims);
    const int E = t->dims.moe.E;
    run_result_routing_to_json(&f, j);
    json_begin(j, "load", '[');
    for (int layer = 0; layer < moe_layers(&t->dims); layer++) {
        const double *load = t->routed.load + (size_t)layer * E;
        double sum = 0;
        for (int e = 0; e < E; e++) sum += load[e];
        json_begin(j, NULL, '[');
        for (int e = 0; e < E; e++) json_put_number(j, NULL, round(1e4 * load[e] / sum) / 1e4);
        json_end(j);
    }
    json_end(j);
    router_tally_clear(&t->routed, &t->dims);
}

static void log_line(Run *run, const TrainerStep *step) {
    Trainer *t = &run->trainer;
    const double now = wall_seconds(), tokens = t->tally.logged_n * (double)t->config.batch_tok;
    JsonOut j = json_out(0);
    json_begin(&j, NULL, '{');
    json_put_count(&j, "step", t->tally.step);
    json_put_count(&j, "tokens", tokens_done(run));
    json_put_number(&j, "flops", (double)tokens_done(run) * count_train_flops_per_token(&t->dims));
    json_put_number(&j, "loss", t->tally.logged_loss / t->tally.logged_n);
    json_put_number(&j, "lr", step->lr);
    json_put_number(&j, "grad_norm", step->grad_norm);
    if (moe_layers(&t->dims)) log_routes(&j, t);
    json_put_number(&j, "tok_per_s", tokens / (now - run->logged_s)); // last: it differs every time
    json_end(&j);
    fprintf(run->log, "%s\n", j.text.s);
    text_close(&j.text);
    t->tally.logged_loss = t->tally.logged_n = 0;
    run->logged_s = now;
}

static void tell(Run *run, double loss) {
    const double now = wall_seconds();
    if (now - run->told_s < 0.2) return;
    run->told_s = now;
    const Trainer *t = &run->trainer;
    if (run->options->progress_fd >= 0)
        dprintf(run->options->progress_fd, "%llu\n", (unsigned long long)tokens_done(run));
    if (run->options->live)
        progress_show(&run->progress, false, "step %llu of %llu, loss %.4f",
                      (unsigned long long)t->tally.step, (unsigned long long)t->steps, loss);
}

/* Add the time since the last call to the tally's clocks, which go on from where an earlier sitting
 * stopped. */
static void update_clocks(Run *run) {
    TrainerTally *tally = &run->trainer.tally;
    const double wall = wall_seconds(), cpu = cpu_seconds();
    tally->wall_s += wall - run->started_s;
    tally->cpu_s += cpu - run->started_cpu_s;
    run->started_s = wall;
    run->started_cpu_s = cpu;
}

static Status save(Run *run, Err *err) {
    update_clocks(run);
    if (fflush(run->log) != 0) FAIL(err, E_IO, "%s/log.jsonl: cannot be written", run->dir);
    TRY(checkpoint_save(&run->trainer, run->dir, err));
    run->checkpoint_s = wall_seconds();
    return OK;
}

/* Keep the state in which longer runs can begin, if this is the step for it. */
static Status keep_trunk(Run *run, Err *err) {
    const Trainer *t = &run->trainer;
    if (!run->options->keep_trunk || t->tally.step != branch_step(&t->config)) return OK;
    update_clocks(run);
    if (fflush(run->log) != 0) FAIL(err, E_IO, "%s/log.jsonl: cannot be written", run->dir);
    return branch_keep(t, run->dir, err);
}

static bool checkpoint_due(const Run *run) {
    const double every = run->options->checkpoint_s;
    return every > 0 && wall_seconds() - run->checkpoint_s >= every;
}

/* Stop if a signal asked for it; a checkpoint has been written. */
static Status obey_signal(const Run *run, Err *err) {
    const Trainer *t = &run->trainer;
    if (!stop_signal) return OK;
    FAIL(err, E_FAILED, "%s: stopped by signal %d at step %llu of %llu; --resume goes on", run->dir,
         (int)stop_signal, (unsigned long long)t->tally.step, (unsigned long long)t->steps);
}

static Status train_loop(Run *run, Err *err) {
    Trainer *t = &run->trainer;
    const uint64_t begun = t->tally.step;
    TRY(keep_trunk(run, err)); // an earlier sitting may have been asked for none
    while (t->tally.step < t->steps) {
        const TrainerStep step = trainer_step(t);
        if (step.diverged) {
            run->diverged = true;
            break;
        }
        t->tally.logged_loss += step.loss;
        t->tally.logged_n++;
        if (t->tally.step % (uint64_t)t->config.log_steps == 0 || t->tally.step == t->steps)
            log_line(run, &step);
        tell(run, step.loss);
        TRY(keep_trunk(run, err));
        if (checkpoint_due(run)) TRY(save(run, err));
        if (stop_signal) {
            TRY(save(run, err));
            return obey_signal(run, err);
        }
    }
    if (t->tally.step == begun && !run->diverged) return OK; // the checkpoint is up to date
    return save(run, err);
}

/* Measure the trained model on the held-out windows: all measures, and what the experts did
 * meanwhile. */
static void measure(Run *run, RunResult *out) {
    Trainer *t = &run->trainer;
    const MeasureSubject subject = {.model = &t->model,
                                    .lanes = t->lanes,
                                    .n_lanes = t->config.lanes,
                                    .threads = t->threads,
                                    .windows = &run->windows,
                                    .routed = &t->pass};
    const double start = wall_seconds();
    Measured measured[N_MEASURES];
    measures_take(&subject, measured);
    run_result_measured(out, measured);
    out->eval_s = wall_seconds() - start;
    out->routing = balance_facts(&t->pass, &t->dims);
    if (t->tally.routed > 0) out->routing.dropped = t->tally.dropped / t->tally.routed;
}

static void judge(Run *run, RunResult *out) {
    Trainer *t = &run->trainer;
    const TrainerTally *tally = &t->tally;
    const double available = (double)t->batches.n_windows * t->config.ctx;
    *out = run_result_blank();
    out->end = run->diverged ? RUN_DIVERGED : RUN_DONE;
    out->steps = (double)tally->step;
    out->tokens = (double)tokens_done(run);
    out->startup_s = run->startup_s;
    out->train_loss = tally->tail_n > 0 ? tally->tail_loss / tally->tail_n : NAN;
    out->clipped = tally->step ? tally->clipped / (double)tally->step : 0;
    if (t->branch.step > 0) {
        memcpy(out->branched_from, t->branch.from, sizeof t->branch.from);
        out->trained_tokens = out->tokens - (double)(t->branch.step * t->config.batch_tok);
    }
    out->unique_tokens = fmin(out->tokens, available);
    out->flops = out->tokens * count_train_flops_per_token(&t->dims);
    if (!run->diverged) measure(run, out);
    if (!isfinite(out->loss)) out->end = RUN_DIVERGED;
    out->tok_per_s = out->tokens / tally->wall_s;
    update_clocks(run);
    out->wall_s = tally->wall_s;
    out->cpu_s = tally->cpu_s;
    cpu_path_names((unsigned)tally->cpu_paths, out->cpu_path);
    out->peak_bytes = (double)peak_bytes();
}

/* Make the steps from the checkpoint on, if there is one, to the last, and save where they end. */
static Status do_steps(Run *run, Err *err) {
    Trainer *t = &run->trainer;
    if (checkpoint_exists(run->dir))
        TRY(checkpoint_load(t, run->dir, err));
    else if (run->options->branch)
        TRY(run_dir_log_copy(run->options->branch, run->dir, err)); // its state is loaded
    t->tally.cpu_paths = (double)((unsigned)t->tally.cpu_paths | cpu_path_bit(t->model.cpu));
    TRY(run_dir_log_open(run->dir, t->tally.step, &run->log, err));
    run->started_s = run->logged_s = run->checkpoint_s = wall_seconds();
    run->started_cpu_s = cpu_seconds();
    run->startup_s = run->started_s - run->options->started_s;
    Status status = train_loop(run, err);
    if (fclose(run->log) != 0 && status == OK)
        status = err_set(err, E_IO, "%s/log.jsonl: cannot be written", run->dir);
    progress_clear(&run->progress);
    return status;
}

/* Train, then measure. The held-out pass may last for minutes and has nothing to save, so that
 * signals are the caller's again by then: they end the program, unless the caller catches them. */
static Status work(Run *run, RunResult *out, Err *err) {
    struct sigaction before[COUNT_OF(STOPS)];
    catch_signals(before);
    Status status = do_steps(run, err);
    release_signals(before);
    if (status == OK) status = obey_signal(run, err); // for a signal that came after the last step
    if (status != OK) return status;
    judge(run, out);
    return run_result_write(run->dir, out, err);
}

static Status work_in_dir(Run *run, const RunConfig *config, RunResult *out, Err *err) {
    Lock *lock;
    TRY(run_dir_open(run->dir, config, run->options->resume, &lock, err));
    const Status status = work(run, out, err);
    lock_close(lock);
    return status;
}

Status run_train(const RunConfig *config, const Corpus *corpus, const char *dir,
                 const RunOptions *options, RunResult *out, Err *err) {
    TRY(run_config_check(config, err));
    if (options->keep_trunk) TRY(branch_check_trunk(config, err));
    Run run = {.options = options, .dir = dir};
    Arena *arena = arena_open();
    // what the corpus or the trunk does not allow is refused before the directory is touched
    Status status = eval_windows_init(&run.windows, corpus, config->ctx, config->eval_tok, err);
    if (status == OK)
        status = trainer_init(&run.trainer, arena, config, corpus, options->threads, err);
    if (status == OK && options->branch && !checkpoint_exists(dir))
        status = branch_load(&run.trainer, options->branch, err);
    if (status == OK) status = work_in_dir(&run, config, out, err);
    arena_close(arena);
    return status;
}
