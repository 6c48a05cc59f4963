/* tune_doubts.h: why the rates of a tuned sweep are not to be trusted, in sentences that the driver
 * says, that the ledger keeps, and that a fit of it repeats under the status UNTUNED. */
#ifndef SWEEP_TUNE_DOUBTS_H
#define SWEEP_TUNE_DOUBTS_H

#include "sweep/tune_state.h"

/* Of the curves: a best rate at an end of those tried, or far from the rule. NULL: no doubt. */
const char *tune_doubts_curves(const Tune *t, Arena *arena);

/* Of the check, which has ended: half or twice the rate is better by more than noise. */
const char *tune_doubts_check(const Tune *t, Arena *arena);

#endif
