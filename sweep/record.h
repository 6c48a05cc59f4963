/* record.h: what the driver writes into the ledger: one function per kind of event (their keys are
 * in ledger.h). */
#ifndef SWEEP_RECORD_H
#define SWEEP_RECORD_H

#include "sweep/sweep.h"
#include "train/result.h"

Status record_open(Sweep *s, int workers, Err *err);
Status record_start(Sweep *s, const PlanRow *row, int threads, Err *err);
Status record_result(Sweep *s, const PlanRow *row, const RunResult *result, Err *err);
/* status: "failed" or "killed". */
Status record_failure(Sweep *s, const PlanRow *row, const char *status, const char *why, Err *err);
/* grid_runs: runs of the grid; grid_failed: those of them that failed, which the fit lacks. */
Status record_prediction(Sweep *s, const Json *sealed, size_t grid_runs, size_t grid_failed,
                         Err *err);

#endif
