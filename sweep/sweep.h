/* sweep.h: a sweep's directory opened: its spec, corpus, plan and ledger, which belong together.
 *
 *     DIR/sweep.json   the spec as given          DIR/ledger.jsonl  events (ledger.h)
 *     DIR/corpus.tok   the corpus of all runs     DIR/points.csv    one row per run (points_csv.h)
 *     DIR/runs/ID/     the run directories        DIR/lock          held by the driver
 */
#ifndef SWEEP_SWEEP_H
#define SWEEP_SWEEP_H

#include "base/file.h"
#include "base/ledger.h"
#include "sweep/plan.h"
#include "sweep/spec.h"
#include "sweep/tune_state.h"

typedef enum {
    SWEEP_TELL,  // to tell what was done; a text that has changed since is said on stderr, no error
    SWEEP_LOOK,  // to plan: makes the directory and its corpus where missing, touches nothing else
    SWEEP_DRIVE, // to run: locks it, repairs the ledger, keeps the spec given as sweep.json
} SweepMode;

typedef struct {
    Arena *arena;
    const char *dir;
    Spec spec;
    Lock *lock; // SWEEP_DRIVE only
    Ledger *ledger;
    Corpus *corpus;
    Tune tune; // all zero where the spec tunes nothing
    Plan plan;
} Sweep;

/* Open a sweep. path is a spec, or a sweep directory (its sweep.json is the spec); out is the
 * directory, NULL for path itself when that is a directory, else for the spec's name. A directory
 * that holds a sweep of another name or corpus, or files of such names and no sweep, is refused,
 * and nothing is written. On failure *s is empty. */
Status sweep_open(Sweep *s, const char *path, const char *out, SweepMode mode, Err *err);
void sweep_close(Sweep *s);

/* Plan anew what the ledger has made known since: further tuning runs, or the rule for the learning
 * rate. Predicted seconds are kept. */
Status sweep_replan(Sweep *s, Err *err);

const char *sweep_run_dir(const Sweep *s, const char *id); // "DIR/runs/ID"

/* Tell whether a run has ended: its newest row in the ledger says done or diverged. */
bool sweep_run_ended(const Sweep *s, const char *id);

#endif
