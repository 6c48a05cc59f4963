/* record.h: what the driver writes into the ledger: one function per kind of event (their keys are
 * in ledger.h). */
#ifndef SWEEP_RECORD_H
#define SWEEP_RECORD_H

#include "sweep/sweep.h"
#include "train/result.h"

Status record_open(Sweep *s, int workers, Err *err);
/* branched_from: id of the run whose trunk it begins with; NULL: it has no such begin. */
Status record_start(Sweep *s, const PlanRow *row, int threads, const char *branched_from, Err *err);
Status record_result(Sweep *s, const PlanRow *row, const RunResult *result, Err *err);
/* Write the row of a run that has no result; status is "failed" or "killed". */
Status record_failure(Sweep *s, const PlanRow *row, const char *status, const char *why, Err *err);
/* Write the rule for the learning rate, and what its check says. */
Status record_tuned(Sweep *s, Err *err);
Status record_checked(Sweep *s, Err *err);
/* Write how precise the seal is expected to be (expected.h), for this spec. */
Status record_expected(Sweep *s, const Json *expected, Err *err);
/* Write what was sealed, with the number of runs of the grid and of those among them that failed,
 * on which the fit could not rest. */
Status record_prediction(Sweep *s, const Json *sealed, size_t grid_runs, size_t grid_failed,
                         Err *err);

#endif
