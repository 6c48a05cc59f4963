/* adopt.h: what earlier calls of a driver left: runs whose end is in the ledger, and results that a
 * driver did not live to write down. */
#ifndef SWEEP_ADOPT_H
#define SWEEP_ADOPT_H

#include "sweep/driver.h"

/* Set each run's state from what the sweep's directory holds. A result.json without its row in the
 * ledger gets the row; one that cannot be believed is kept as result.damaged, and its run does its
 * end again from its checkpoint. */
Status adopt_results(Driver *d, Err *err);

#endif
