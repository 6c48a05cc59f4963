/* tune_ledger.h: what a ledger holds of a tuning: losses of its runs, and the events "tuned" and
 * "checked" (base/ledger.h). */
#ifndef SWEEP_TUNE_LEDGER_H
#define SWEEP_TUNE_LEDGER_H

#include "base/ledger.h"
#include "sweep/tune_state.h"

/* Return ln L of a run by its newest row: NaN: it has not ended; INFINITY: it diverged. */
double tune_loss(const Ledger *ledger, const char *id);

/* Find the newest event of this kind and key; NULL: there is none. */
const Json *tune_event(const Ledger *ledger, const char *kind, const char *key);

/* Set the rule, and with batch that of batches, to those of an event "tuned". E_FORMAT where a
 * number of them is missing. */
Status tune_rules_take(Tune *t, const Json *event, bool batch, Err *err);

/* Write the members of the events into the open object; "tuned" has members once there is a
 * rule. */
void tune_to_json(const Tune *t, JsonOut *out);
void tune_check_to_json(const Tune *t, JsonOut *out);

#endif
