/* tell.h: what a driver tells people on stderr while it drives. */
#ifndef SWEEP_TELL_H
#define SWEEP_TELL_H

#include "sweep/driver.h"

/* Name a run by its size, "d16 x 250k"; the text lives in the sweep's arena. */
const char *tell_run(const Driver *d, size_t i);

/* Say how many runs are to be done and how long that will take by the plan's predictions. */
void tell_plan(const Driver *d);

/* Rewrite the live line: runs done, share of all tokens, time left, and what runs now. */
void tell_progress(Driver *d);

/* Name the runs that the budget left waiting, and count those that tuning runs keep waiting. */
void tell_unstarted(const Driver *d);

/* Say how many runs of the ledger are not in this spec: those of an earlier one, which points.csv
 * leaves out and a fit of the directory does not. */
void tell_strangers(const Driver *d);

#endif
