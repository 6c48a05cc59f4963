/* seal.h: what a sweep expects of its heroes, written into the ledger before they run.
 *
 *     if (!seal_stands(s, waiting)) {
 *         TRY(seal_start(s, launcher, program, waiting, places, err));   // `tinyscale fit DIR --seal`
 *         ... wait for the worker's end ...
 *         TRY(seal_finish(s, &end, waiting, grid, err));             // in the ledger now, or an error
 *     }
 *
 * A hero is the test of a prediction: without one that is older than its run it tests nothing. So
 * the driver starts no hero before seal_stands(), and a seal that fails fails the command.
 */
#ifndef SWEEP_SEAL_H
#define SWEEP_SEAL_H

#include "sweep/launch.h"
#include "sweep/sweep.h"

/* Runs of the grid: all, and those that failed, which the law is then fitted without. */
typedef struct {
    size_t planned, failed;
} SealGrid;

/* The newest prediction in the ledger is newer than every row of the grid and names every hero h
 * for which waiting[h] (an index into the plan's rows). */
bool seal_stands(const Sweep *s, const bool *waiting);

/* Start the fit that predicts the waiting heroes, on so many places of the launcher. */
Status seal_start(const Sweep *s, Launcher *launcher, char *program, const bool *waiting,
                  int places, Err *err);

/* The fit has ended: its prediction goes into the ledger and is told on stdout. E_FAILED with the
 * fit's own words when there is none. */
Status seal_finish(Sweep *s, const LaunchEnd *end, const bool *waiting, SealGrid grid, Err *err);

/* Tell of heroes whose end is in the ledger and no prediction of them before it. */
void seal_warn(const Sweep *s);

#endif
