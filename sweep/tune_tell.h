/* tune_tell.h: a tuning told to people: the rule in one line, and what `sweep plan` and `sweep
 * status` say of it. */
#ifndef SWEEP_TUNE_TELL_H
#define SWEEP_TUNE_TELL_H

#include <stdio.h>

#include "sweep/plan.h"
#include "sweep/tune_state.h"

/* "lr = 0.0041 (D / 500k)^-0.12 (N / 25.1k)^0.03 (batch / 1.02k)^0.50 [presumed]"; there is a
 * rule. */
const char *tune_rule_text(const Tune *t, Arena *arena);

/* Print the cost of tuning as a share of the plan, the cells with their rates so far, the rule, how
 * uncertain it is where it is asked, and what one rate for all lengths of a trunk costs. */
void tune_print(const Tune *t, const Spec *spec, const Plan *p, Arena *arena, FILE *out);

/* Write the same as members of the open object. */
void tune_plan_to_json(const Tune *t, const Plan *p, JsonOut *out);

/* "tuning: 2 of 4 curves settled"; NULL: nothing is tuned, or there is a rule. */
const char *tune_phase(const Tune *t, Arena *arena);

#endif
