/* bench.c: shapes, modes and rounds, and the arithmetic on what they measured. */
#include "train/bench/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/numbers.h"
#include "base/proc.h"
#include "base/stat.h"
#include "model/counts.h"
#include "train/cost.h"
#include "train/schedule.h"

#define FIGURE_NAME(id, name) name,
const char *const BENCH_FIGURE_NAMES[N_BENCH_FIGURES] = {BENCH_FIGURES(FIGURE_NAME)};
#undef FIGURE_NAME
const char *const BENCH_MODES[N_BENCH_MODES] = {"run", "sweep"};

/* A to D: the smallest to the largest model that one trains here, with large batches. S: the widths
 * of a sweep, with its small batches. */
static const struct {
    const char *name;
    int layers, d_model, d_head, ctx;
    uint64_t batch_tok;
} SHAPES[] = {
    {"A", 2, 64, 32, 256, 4096},  {"B", 4, 128, 32, 256, 4096}, {"C", 6, 256, 64, 256, 4096},
    {"D", 8, 512, 64, 256, 4096}, {"S16", 4, 16, 16, 128, 512}, {"S32", 4, 32, 16, 128, 512},
    {"S64", 4, 64, 16, 128, 512}, {"S96", 4, 96, 16, 128, 512},
};
const char BENCH_SHAPES[] = "A,B,C,D,S16,S32,S64,S96"; // all of them

static RunConfig shape_config(size_t i) {
    RunConfig c = run_config_default();
    c.layers = SHAPES[i].layers;
    c.d_model = SHAPES[i].d_model;
    c.d_head = SHAPES[i].d_head;
    c.ctx = SHAPES[i].ctx;
    c.batch_tok = SHAPES[i].batch_tok;
    c.lanes = 0;
    return c;
}

Status bench_shape(const char *name, BenchShape *out, Err *err) {
    for (size_t i = 0; i < COUNT_OF(SHAPES); i++) {
        if (strcmp(name, SHAPES[i].name) != 0) continue;
        *out = (BenchShape){SHAPES[i].name, shape_config(i)};
        return OK;
    }
    FAIL(err, E_USAGE, "no shape '%s'; there are %s", name, BENCH_SHAPES);
}

/* --- rows ------------------------------------------------------------------------------------- */

int bench_lanes(const RunConfig *c, int most) {
    const int few = run_config_default().lanes, windows = (int)(c->batch_tok / (uint64_t)c->ctx);
    int lanes = most;
    while (lanes > few && windows % lanes != 0) lanes--;
    return lanes > few ? lanes : few;
}

static Status open_row(BenchRow *row, Arena *arena, const char *shape, const RunConfig *config,
                       BenchMode mode, int rounds, Err *err) {
    *row = (BenchRow){.shape = shape, .mode = mode, .config = *config};
    if (row->config.lanes == 0)
        row->config.lanes = bench_lanes(config, mode == BENCH_SWEEP ? 1 : cpu_count());
    row->config.tokens = (uint64_t)1e15; // never reached: time ends the steps
    // a warm-up over so many tokens would leave all gradients so small that arithmetic on them is
    // slow
    row->config.schedule = SCHEDULE_CONSTANT;
    row->config.warmup = 0;
    if (run_config_check(&row->config, err) != OK) return err_prefix(err, "shape %s", shape);
    const Dims d = run_config_dims(&row->config, BENCH_VOCAB);
    row->runs = mode == BENCH_SWEEP ? cpu_count() : 1;
    row->threads = mode == BENCH_SWEEP ? 1 : cpu_count();
    row->flops_per_tok = count_train_flops_per_token(&d);
    row->counted_bytes = (double)cost_bytes(&row->config, BENCH_VOCAB);
    for (int i = 0; i < N_BENCH_FIGURES; i++)
        row->figures[i] = ARENA_ARRAY(arena, double, (size_t)rounds);
    return OK;
}

Status bench_open(Bench *b, Arena *arena, const BenchOptions *options, Err *err) {
    MUST(options->n_shapes > 0 && options->rounds > 0);
    *b = (Bench){.rounds = options->rounds, .seconds = options->seconds};
    b->rows = ARENA_ARRAY(arena, BenchRow, (size_t)options->n_shapes * N_BENCH_MODES);
    for (int i = 0; i < options->n_shapes; i++)
        for (BenchMode mode = 0; mode < N_BENCH_MODES; mode++) {
            const BenchShape *s = &options->shapes[i];
            if (options->modes[mode])
                TRY(open_row(&b->rows[b->n_rows++], arena, s->name, &s->config, mode, b->rounds,
                             err));
        }
    return OK;
}

/* --- measuring -------------------------------------------------------------------------------- */

/* Make a corpus of a language over all byte values. Its file is removed as soon as it is mapped. */
static Status open_corpus(Corpus **out, Err *err) {
    DataSpec spec = data_spec_default();
    spec.source = "markov";
    spec.symbols = BENCH_VOCAB;
    spec.order = 1;
    spec.tokens = 1 << 20;
    spec.heldout_tok = 1;
    const char *place = getenv("TMPDIR");
    char dir[4096], path[4200];
    snprintf(dir, sizeof dir, "%s/tinyscale-bench-XXXXXX", place && *place ? place : P_tmpdir);
    *out = NULL;
    if (!mkdtemp(dir)) FAIL(err, E_IO, "%s: cannot be made", dir);
    snprintf(path, sizeof path, "%s/corpus.tok", dir);
    const Status status = corpus_prepare(&spec, path, out, NULL, err);
    unlink(path);
    rmdir(dir);
    return status;
}

static bool fits_into_memory(const BenchRow *row) {
    const MemoryLimit all = memory_limit_of_all(""), one = memory_limit();
    const double bytes = row->runs * row->counted_bytes;
    const bool together = bytes <= 0.8 * (double)all.bytes;
    if (together && row->counted_bytes <= 0.8 * (double)one.bytes) return true;
    const MemoryLimit *limit = together ? &one : &all;
    char need[32], have[32];
    talk("shape %s, mode %s: left out, %d runs at once take %s, and %s may be used (%s)",
         row->shape, BENCH_MODES[row->mode], row->runs, bytes_to_text(need, bytes),
         bytes_to_text(have, (double)limit->bytes), limit->name);
    return false;
}

static Status measure_row(const Bench *b, BenchRow *row, const Corpus *corpus, Err *err) {
    static const double BRACKET_S = 0.4;
    const ThroughputJob job = {.config = &row->config,
                               .corpus = corpus,
                               .runs = row->runs,
                               .threads = row->threads,
                               .seconds = b->seconds,
                               .bracket_s = fmin(BRACKET_S, b->seconds)};
    Throughput t;
    if (throughput_measure(&job, &t, err) != OK) return err_prefix(err, "shape %s", row->shape);
    bench_add(row, &t);
    return OK;
}

static Status measure_rounds(Bench *b, const Corpus *corpus, Progress *p, Err *err) {
    bool fits[b->n_rows];
    for (int i = 0; i < b->n_rows; i++) fits[i] = fits_into_memory(&b->rows[i]);
    for (int round = 0; round < b->rounds; round++)
        for (int i = 0; i < b->n_rows; i++) {
            BenchRow *row = &b->rows[i];
            progress_show(p, false, "round %d of %d: shape %s, mode %s", round + 1, b->rounds,
                          row->shape, BENCH_MODES[row->mode]);
            if (fits[i]) TRY(measure_row(b, row, corpus, err));
        }
    return OK;
}

Status bench_measure(Bench *b, Err *err) {
    if (getloadavg(&b->load, 1) != 1) b->load = NAN;
    for (int i = 0; i < ceiling_fma_widths(); i++)
        TRY(ceiling_fma(i, 0.2, cpu_count(), &b->fma_gflops[i], err));
    Corpus *corpus;
    TRY(open_corpus(&corpus, err));
    Progress progress = {0};
    const Status status = measure_rounds(b, corpus, &progress, err);
    progress_clear(&progress);
    corpus_close(corpus);
    return status;
}

/* --- arithmetic ------------------------------------------------------------------------------- */

void bench_add(BenchRow *row, const Throughput *t) {
    const double gflops = 1e-9 * t->tok_per_s * row->flops_per_tok;
    const int round = row->rounds++;
    row->figures[BENCH_TOK_PER_S][round] = t->tok_per_s;
    row->figures[BENCH_DECODE][round] = t->decode_tok_per_s;
    row->figures[BENCH_F3_GFLOPS][round] = gflops;
    row->figures[BENCH_SGEMM_GFLOPS][round] = t->sgemm_gflops;
    row->figures[BENCH_F3_OVER_SGEMM][round] = gflops / t->sgemm_gflops;
    row->figures[BENCH_FMA_GFLOPS][round] = t->fma_gflops;
    for (int op = 0; op < N_OPS; op++) row->op_s[op] += t->op_s[op];
    row->peak_bytes = fmax(row->peak_bytes, t->peak_bytes);
    row->baseline_bytes = fmax(row->baseline_bytes, t->baseline_bytes);
}

static BenchSpread spread(const double *x, size_t n) {
    return (BenchSpread){stat_median(x, n), stat_quantile(x, n, 0), stat_quantile(x, n, 1)};
}

BenchSpread bench_spread(const BenchRow *row, BenchFigure figure) {
    return spread(row->figures[figure], (size_t)row->rounds);
}

BenchSpread bench_sgemm(const Bench *b) {
    double all[b->n_rows * b->rounds];
    size_t n = 0;
    for (int i = 0; i < b->n_rows; i++)
        for (int round = 0; round < b->rows[i].rounds; round++)
            all[n++] = b->rows[i].figures[BENCH_SGEMM_GFLOPS][round];
    return spread(all, n);
}

double bench_share(const BenchRow *row, Op op) {
    return row->op_s[op] / stat_sum(row->op_s, N_OPS);
}
