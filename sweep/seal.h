/* seal.h: what a sweep expects of its heroes, written into the ledger before they run.
 *
 *     if (!seal_stands(s, waiting)) {
 *         TRY(seal_start(s, launcher, program, waiting, places, err));  // `tinyscale fit DIR --seal`
 *         ... wait for the worker's end ...
 *         TRY(seal_finish(s, &end, waiting, grid, err));                // in the ledger now, or an error
 *     }
 *
 * A hero is the test of a prediction: without one that is older than its run it tests nothing. So
 * the driver starts no hero before seal_stands(), and a seal that fails fails the command.
 */
#ifndef SWEEP_SEAL_H
#define SWEEP_SEAL_H

#include "sweep/launch.h"
#include "sweep/sweep.h"

/* How many runs the grid has, and how many of them failed, without which the law is then fitted. */
typedef struct {
    size_t planned, failed;
} SealGrid;

/* Tell whether a sealed prediction stands: the newest one in the ledger is newer than every row of
 * the grid, and names every hero h for which waiting[h] (an index into the plan's rows). */
bool seal_stands(const Sweep *s, const bool *waiting);

/* Start the fit that predicts the waiting heroes, as a worker that takes `places` places. */
Status seal_start(const Sweep *s, Launcher *launcher, char *program, const bool *waiting,
                  int places, Err *err);

/* Write the prediction of the fit that has ended into the ledger, and tell it on stdout. E_FAILED
 * with the fit's own words when it made none. */
Status seal_finish(Sweep *s, const LaunchEnd *end, const bool *waiting, SealGrid grid, Err *err);

/* Tell of heroes whose end is in the ledger and no prediction of them before it. */
void seal_warn(const Sweep *s);

#endif
