/* throughput.c: children make their models, wait for each other, and step at the same time. */
#include "train/bench/throughput.h"

#include <math.h>

#include "base/limits.h"
#include "base/proc.h"
#include "train/bench/ceilings.h"
#include "train/bench/child.h"
#include "train/bench/decoding.h"
#include "train/trainer.h"

enum { MAX_RUNS = 1024 };
static const double FMA_S = 0.05;   // shorter than for sgemm, because it is steadier
static const double DECODED = 0.25; // seconds of generation for each second of training

/* --- in a child ------------------------------------------------------------------------------- */

/* What a child says after its Err. */
typedef struct {
    double tokens, seconds;
    double decode_tok_per_s;
    double op_s[N_OPS];
    double peak_bytes, baseline_bytes;
} Report;

static void add_op_seconds(const Trainer *t, double sign, double op_s[N_OPS]) {
    for (int lane = 0; lane < t->config.lanes; lane++)
        for (int op = 0; op < N_OPS; op++) op_s[op] += sign * t->lanes[lane].work.seconds[op];
    op_s[OP_REDUCTION] += sign * t->reduction_s * t->threads;
    op_s[OP_OPTIMIZER] += sign * t->optimizer_s * t->threads;
}

/* Set OP_OTHER to all thread time that no lap has claimed. */
static void balance(double op_s[N_OPS], double thread_s) {
    double known = 0;
    for (int op = 0; op < N_OPS; op++)
        if (op != OP_OTHER) known += op_s[op];
    op_s[OP_OTHER] = fmax(0, thread_s - known);
}

/* Time whole steps until `seconds` have passed. The first step meets cold caches and starts the
 * threads. It counts only when it takes as long as the whole measurement, beside which its start is
 * little. */
static Status time_steps(Trainer *t, double seconds, Report *r, Err *err) {
    double began = wall_seconds();
    uint64_t first = t->tally.step;
    do {
        if (trainer_step(t).diverged)
            FAIL(err, E_FAILED, "the run diverged at step %llu: nothing is left to measure",
                 (unsigned long long)t->tally.step);
        r->seconds = wall_seconds() - began;
        if (t->tally.step == 1 && r->seconds < seconds) {
            add_op_seconds(t, -1, r->op_s);
            first = 1;
            began = wall_seconds();
            r->seconds = 0;
        }
    } while (r->seconds < seconds);
    r->tokens = (double)(t->tally.step - first) * (double)t->config.batch_tok;
    add_op_seconds(t, 1, r->op_s);
    balance(r->op_s, r->seconds * t->threads);
    return OK;
}

static void run_job(int fd, void *context) {
    const ThroughputJob *job = context;
    Report r = {.baseline_bytes = (double)peak_bytes()};
    Err err = {0};
    Trainer t;
    Arena *arena = arena_open();
    const Status ready = trainer_init(&t, arena, job->config, job->corpus, job->threads, &err);
    child_say(fd, &err, sizeof err);
    if (ready == OK) {
        child_wait_wake(fd);
        time_steps(&t, job->seconds, &r, &err);
        r.peak_bytes = (double)peak_bytes();
        arena_reset(arena); // the model that generates finds room where the trainer was
        if (err.status == OK)
            decoding_measure(job->config, corpus_vocab(job->corpus), DECODED * job->seconds,
                             &r.decode_tok_per_s, &err);
        child_say(fd, &err, sizeof err);
        child_say(fd, &r, sizeof r);
    }
    arena_close(arena);
}

/* --- in the parent ---------------------------------------------------------------------------- */

static Status hear_err(Child *c, Err *err) {
    Err said;
    TRY(child_hear(c, &said, sizeof said, err));
    if (said.status != OK) *err = said;
    return said.status;
}

/* Measure the ceilings and add half of each to out: two calls make an average. */
static Status add_ceilings(const ThroughputJob *job, Throughput *out, Err *err) {
    double sgemm, fma;
    TRY(ceiling_sgemm(job->bracket_s, cpu_count(), &sgemm, err));
    TRY(ceiling_fma(ceiling_fma_widths() - 1, FMA_S, cpu_count(), &fma, err));
    out->sgemm_gflops += sgemm / 2;
    out->fma_gflops += fma / 2;
    return OK;
}

static Status add_report(Child *c, Throughput *out, Err *err) {
    Report r;
    TRY(hear_err(c, err));
    TRY(child_hear(c, &r, sizeof r, err));
    out->tok_per_s += r.tokens / r.seconds;
    out->decode_tok_per_s += r.decode_tok_per_s;
    for (int op = 0; op < N_OPS; op++) out->op_s[op] += r.op_s[op];
    out->peak_bytes = fmax(out->peak_bytes, r.peak_bytes);
    out->baseline_bytes = fmax(out->baseline_bytes, r.baseline_bytes);
    return OK;
}

static Status measure(const ThroughputJob *job, Child *children, Throughput *out, Err *err) {
    ThroughputJob copy = *job;
    for (int i = 0; i < job->runs; i++) TRY(child_start(&children[i], run_job, &copy, err));
    for (int i = 0; i < job->runs; i++) TRY(hear_err(&children[i], err));
    TRY(add_ceilings(job, out, err));
    for (int i = 0; i < job->runs; i++) child_wake(&children[i]);
    for (int i = 0; i < job->runs; i++) TRY(add_report(&children[i], out, err));
    return add_ceilings(job, out, err);
}

Status throughput_measure(const ThroughputJob *job, Throughput *out, Err *err) {
    MUST(job->runs >= 1 && job->runs <= MAX_RUNS);
    Child children[MAX_RUNS] = {{0}};
    *out = (Throughput){0};
    const Status status = measure(job, children, out, err);
    for (int i = 0; i < job->runs; i++) child_end(&children[i]);
    return status;
}
