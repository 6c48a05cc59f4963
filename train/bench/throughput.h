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
    int runs, threads; // so many runs at once, each on so many threads
    double seconds;    // of steps, whole ones, at least one
    double bracket_s;  // of sgemm, before and after
} ThroughputJob;

typedef struct {
    double tok_per_s;                  // of all runs together
    double decode_tok_per_s;           // of all runs together, each on one thread (decoding.h)
    double sgemm_gflops, fma_gflops;   // of all processors together, before and after averaged
    double op_s[N_OPS];                // thread time of all runs, every moment of it
    double peak_bytes, baseline_bytes; // of the largest process; before it allocated anything
} Throughput;

/* Batches, forward, backward, reduction, clipping and AdamW, from a fresh model, in steps of one
 * run's config; and afterwards, for a quarter of the time, sequences that grow. E_FAILED when
 * training diverges. */
Status throughput_measure(const ThroughputJob *job, Throughput *out, Err *err);

#endif
