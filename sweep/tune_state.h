/* tune_state.h: what is known of a sweep's tuning; tune.h fills it in, and says how. */
#ifndef SWEEP_TUNE_STATE_H
#define SWEEP_TUNE_STATE_H

#include "sweep/spec.h"

typedef struct {
    RunConfig config; // of its runs, but for lr and seed
    TuneCurve curve;  // of the rates whose runs have all ended
    bool settled;     // no further rate is to be tried
} TuneCell;

/* The same run at half, one and two times its rate, of which the second is one of the grid. */
typedef struct {
    SpecRun run[3];
    double loss[3]; // ln L; NaN: has not ended; INFINITY: diverged
    bool ended; // all three
} TuneCheck;

typedef struct {
    TuneCell *cells;
    size_t n_cells, n_settled;
    SpecRun *runs; // (n_runs) tuning runs that are wanted or have ended
    size_t n_runs;
    TuneRule rule;
    bool ruled;       // there is a rule
    bool noise_known; // its noise is that of seeds, not an assumption
    bool recorded;    // the rule is in the ledger
    const char *doubt; // why the rates are not to be trusted, a sentence; NULL: no reason
    bool has_check;
    TuneCheck check;
    bool check_recorded;
    const char *check_doubt; // as doubt, by the check
    char key[17];            // hash of what is tuned: of the first tuning runs' ids
} Tune;

#endif
