/* trunks.h: how a driver hands trunks on: who waits for one, who begins with which, and when one
 * has done its duty. What is planned stands in the plan (plan.h); here is what was found on disk,
 * so that a driver that was killed anywhere is followed by one that does the same. */
#ifndef SWEEP_TRUNKS_H
#define SWEEP_TRUNKS_H

#include "sweep/driver.h"

/* Tell whether a waiting run can be started: its parent's trunk is there, or will never be, or the
 * run has a checkpoint of its own. */
bool trunks_ready(const Driver *d, size_t i);

/* Return the run with whose trunk run i begins: its parent or, where that left none, the nearest
 * run before it in the chain. PLAN_NO_PARENT when there is none, when the run has a checkpoint of
 * its own, and when it has failed before: then it must not fail for its trunk again. */
size_t trunks_source(const Driver *d, size_t i);

/* Return how many steps a run begins with that has this trunks_source(). */
uint64_t trunks_begin(const Driver *d, size_t source);

/* Remove the trunks of run i and of its parent, each if its run has ended and so have all that
 * could begin with it. */
Status trunks_tidy(const Driver *d, size_t i, Err *err);

#endif
