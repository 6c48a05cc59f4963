/* bench.h: training throughput of a few shapes, beside what this machine can do.
 *
 *     Bench b;
 *     TRY(bench_open(&b, arena, &options, err));      // rows: shape by shape, mode by mode
 *     TRY(bench_measure(&b, err));                    // round by round, so that a slow spell hits all rows alike
 *     bench_print_markdown(&b, stdout);
 */
#ifndef TRAIN_BENCH_BENCH_H
#define TRAIN_BENCH_BENCH_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "train/bench/ceilings.h"
#include "train/config.h"
#include "train/bench/throughput.h"

/* How a machine is put to use: all its threads work on one run, or each on a run of its own, as in
 * a sweep. */
typedef enum { BENCH_RUN, BENCH_SWEEP, N_BENCH_MODES } BenchMode;
extern const char *const BENCH_MODES[N_BENCH_MODES];

/* The vocabulary of every shape, which is that of bytes. */
enum { BENCH_VOCAB = 256 };

// clang-format off
#define BENCH_FIGURES(X) /* figures: each round gives every row one value of each */                \
    X(TOK_PER_S,     "tok_per_s")     /* tokens per second, of all runs together                 */ \
    X(DECODE,        "decode_tok_per_s") /* tokens per second of generation (decoding.h)         */ \
    X(F3_GFLOPS,     "f3_gflops")     /* tokens times count_train_flops_per_token()              */ \
    X(SGEMM_GFLOPS,  "sgemm_gflops")  /* OpenBLAS right before and after (ceilings.h)            */ \
    X(F3_OVER_SGEMM, "f3_over_sgemm") /* f3_gflops over sgemm_gflops                             */ \
    X(FMA_GFLOPS,    "fma_gflops")    /* multiply-adds in registers alone (ceilings.h)           */
// clang-format on
#define FIGURE_ID(id, name) BENCH_##id,
typedef enum { BENCH_FIGURES(FIGURE_ID) N_BENCH_FIGURES } BenchFigure;
#undef FIGURE_ID
extern const char *const BENCH_FIGURE_NAMES[N_BENCH_FIGURES];

/* One shape in one mode. */
typedef struct {
    const char *shape;
    BenchMode mode;
    RunConfig config;
    int runs, threads;                // runs at once, threads of each run
    double flops_per_tok;             // F3: count_train_flops_per_token()
    double counted_bytes;             // cost_bytes() of one run
    int rounds;                       // done so far; 0: none of the figures below is known
    double *figures[N_BENCH_FIGURES]; // (rounds) of each figure
    double op_s[N_OPS];               // thread time by Op, all rounds
    double peak_bytes;                // of one process, the largest seen
    double baseline_bytes;            // of one process before it allocated anything
} BenchRow;

typedef struct {
    double median, min, max; // over the rounds; NaN when there are none
} BenchSpread;

typedef struct {
    const char *name;
    RunConfig config; // lanes 0: one a processor in mode run, the default's in mode sweep
} BenchShape;

typedef struct {
    const BenchShape *shapes;
    int n_shapes;
    bool modes[N_BENCH_MODES];
    int rounds;
    double seconds; // per measurement
} BenchOptions;

typedef struct {
    BenchRow *rows;
    int n_rows, rounds;
    double seconds;
    double load; // of the machine before the first round; NaN when unknown
    double fma_gflops[CEILING_FMA_WIDTHS]; // each width of ceiling_fma_widths(), once
} Bench;

extern const char BENCH_SHAPES[]; // the known names, commas between

/* Find a known shape; E_USAGE lists them. out->name is the string of the table. */
Status bench_shape(const char *name, BenchShape *out, Err *err);

/* Return the most lanes, up to `most`, into which a batch's windows can be dealt, and at least as
 * many as the default config has. */
int bench_lanes(const RunConfig *c, int most);

/* Make the rows, without figures. E_USAGE when a config cannot be. */
Status bench_open(Bench *b, Arena *arena, const BenchOptions *options, Err *err);

/* Measure all rounds, with a line of progress. A row whose runs do not fit into memory together
 * stays without figures, and a message says so. */
Status bench_measure(Bench *b, Err *err);

/* Add one measurement, as a row's next round. */
void bench_add(BenchRow *row, const Throughput *t);

BenchSpread bench_spread(const BenchRow *row, BenchFigure figure);
BenchSpread bench_sgemm(const Bench *b);        // over all rows
double bench_share(const BenchRow *row, Op op); // of the thread time; NaN without rounds

/* bench_print.c */
void bench_print_markdown(const Bench *b, FILE *out);
void bench_print_json(const Bench *b, FILE *out);

#endif
