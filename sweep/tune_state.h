/* tune_state.h: what is known of a sweep's tuning; tune.h fills it in, and says how. */
#ifndef SWEEP_TUNE_STATE_H
#define SWEEP_TUNE_STATE_H

#include "sweep/spec.h"

typedef struct {
    RunConfig config; // of its runs, but for lr and seed
    TuneCurve curve;  // of the rates whose runs have all ended
    bool settled;     // no further rate is to be tried
} TuneCell;

/* One combination of "at": the least loss of each of its batches, which are its cells. */
typedef struct {
    RunConfig config; // of its runs, but for batch_tok, lr and seed
    TuneCurve curve;  // of batches, read once it is settled
    bool settled;     // no further batch is to be tried
    bool bound;       // the best batch is the last one tried, and these runs cannot have the next
} TuneSite;

/* The same run at half, one and two times its rate, of which the second is one of the grid. */
typedef struct {
    SpecRun run[3];
    double loss[3]; // ln L; NaN: has not ended; INFINITY: diverged
    bool ended;     // all three
} TuneCheck;

typedef struct {
    TuneCell *cells;
    size_t n_cells, n_settled;
    TuneSite *sites; // one of several batches each where batch_tok is tuned, else one cell each
    size_t n_sites, n_sites_settled;
    SpecRun *runs; // (n_runs) tuning runs that are wanted or have ended
    size_t n_runs;
    TuneRule rule, batch_rule;
    bool ruled;        // there is a rule
    bool noise_known;  // its noise is that of seeds, not an assumption
    bool recorded;     // the rule is in the ledger
    const char *doubt; // why the rates are not to be trusted, a sentence; NULL: no reason
    bool has_check;
    TuneCheck check;
    bool check_recorded;
    const char *check_doubt; // as doubt, by the check
    char key[17];            // hash of what is tuned: of the first tuning runs' ids
} Tune;

#endif
