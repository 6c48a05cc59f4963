/* run.h: one run from first to last step, or from its checkpoint on.
 *
 * Run directory: config.json (canonical), log.jsonl, checkpoint/, and result.json, written last and
 * whole: its presence means that the run ended.
 */
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include <stdint.h>

#include "base/err.h"
#include "data/corpus.h"
#include "train/config.h"
#include "train/result.h"

typedef struct {
    int threads;         // 0: as many as lanes and processors allow
    bool resume;         // go on from the checkpoint if there is one
    double checkpoint_s; // seconds between checkpoints; 0: only at the end
    int progress_fd;     // -1, or a pipe to which "tokens done\n" is written now and then
    bool live;           // progress line on stderr
    double started_s;    // wall_seconds() when the caller began
} RunOptions;
RunOptions run_options_default(void); // beginning now

/* Train and write the run directory. E_USAGE when result.json is there already or the config does
 * not fit the corpus. SIGTERM, SIGINT or SIGHUP: a checkpoint is written and E_FAILED says how to
 * go on; after the last checkpoint, while the held-out loss is computed, they do what they did
 * before the call. */
Status run_train(const RunConfig *config, const Corpus *corpus, const char *dir,
                 const RunOptions *options, RunResult *out, Err *err);

/* All measures of the run's final parameters, taken again. */
Status run_eval(const char *dir, const Corpus *corpus, Measured out[N_MEASURES], Err *err);
/* What they say of the first held-out windows, as safetensors for other programs to compare with:
 * "tokens" (B, T) and "logits" (B T, V), floats both. */
Status run_logits(const char *dir, const Corpus *corpus, const char *path, Err *err);

/* Seconds per training token of this config on one thread of this machine, from a few timed steps
 * on random tokens. */
Status run_measure_speed(const RunConfig *config, int vocab, double *seconds_per_token, Err *err);
/* Bytes that a run of this config would allocate: trainer_bytes(). */
uint64_t run_bytes(const RunConfig *config, int vocab);

#endif
