/* drive_tune.h: what the driver does about a learning rate that is tuned, between its rounds of
 * runs. */
#ifndef SWEEP_DRIVE_TUNE_H
#define SWEEP_DRIVE_TUNE_H

#include "sweep/driver.h"

/* Plan anew what the runs that have ended tell of the learning rate: further tuning runs wait now,
 * or the rule stands in the ledger and the grid waits. Does nothing where nothing is open. */
Status drive_tune_go_on(Driver *d, Err *err);

/* Tell whether the round that has ended leaves nothing to do but drive_tune_go_on(): runs are open,
 * and no tuning run waits or has failed. */
bool drive_tune_is_next(const Driver *d);

/* Write down what the check says once its runs and the grid's have ended, unless that stands. */
Status drive_tune_check(Driver *d, Err *err);

#endif
