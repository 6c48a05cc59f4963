/* throughput.h: one measurement of training: real steps, each run in a process of its own, with the
 * machine's ceilings measured right before and right after. */
#ifndef TRAIN_BENCH_THROUGHPUT_H
#define TRAIN_BENCH_THROUGHPUT_H

#include "base/err.h"
#include "data/corpus.h"
#include "model/kernels/work.h"
#include "train/config.h"

typedef struct {
    const RunConfig *config;
    const Corpus *corpus;
    int runs, threads; // runs at once, threads of each run
    double seconds;    // time for steps, at least one whole step
    double bracket_s;  // time for sgemm, before and again after
} ThroughputJob;

typedef struct {
    double tok_per_s;                // of all runs together
    double decode_tok_per_s;         // of all runs together, each on one thread (decoding.h)
    double sgemm_gflops, fma_gflops; // of all processors together, the average of before and after
    double op_s[N_OPS];              // thread time of all runs by Op; together they are all of it
    double peak_bytes, baseline_bytes; // of the largest process: at its peak, at its start
} Throughput;

/* Measure whole steps of a fresh model (batches, forward, backward, reduction, clipping and AdamW)
 * and afterwards, for a quarter of the time, generation. E_FAILED when training diverges. */
Status throughput_measure(const ThroughputJob *job, Throughput *out, Err *err);

#endif
