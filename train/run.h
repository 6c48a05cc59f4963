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
    bool keep_trunk;     // also keep the state at branch_step(), as DIR/trunk (branch.h)
    const char *branch;  // NULL, or a trunk to begin from where there is no checkpoint yet
    int progress_fd;     // -1, or a pipe to which "tokens done\n" is written now and then
    bool live;           // progress line on stderr
    double started_s;    // wall_seconds() when the caller began
} RunOptions;
RunOptions run_options_default(void); // with the defaults, started now

/* Train and write the run directory. E_USAGE when result.json is there already, the config does not
 * fit the corpus, or a trunk is not to be had. On SIGTERM, SIGINT or SIGHUP a checkpoint is
 * written, and E_FAILED says how to go on. After the last checkpoint, while the held-out loss is
 * computed, these signals do what they did before the call. */
Status run_train(const RunConfig *config, const Corpus *corpus, const char *dir,
                 const RunOptions *options, RunResult *out, Err *err);

#endif
