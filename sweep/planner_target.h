/* planner_target.h: the run that a planned sweep is to foretell, as asked for on the command line.
 *
 *     d_model=128,tokens=16M    params=9e5,tokens=16M    flops=3e14
 */
#ifndef SWEEP_PLANNER_TARGET_H
#define SWEEP_PLANNER_TARGET_H

#include "sweep/plan.h"

typedef struct {
    int d_model;           // 0: not known before the laws are asked (flops alone)
    double params, tokens; // NaN: not known before then
    double flops;          // training FLOPs of the run
} PlannerTarget;

/* Read what is to be foretold; "": the plan's first hero. A text that says neither a size and a
 * length nor FLOPs alone is E_USAGE. params become the d_model whose count is nearest. */
Status planner_target_read(PlannerTarget *out, Arena *arena, const char *text, const Plan *plan,
                           const RunConfig *base, int vocab, Err *err);

/* Once the size is known, fill in all of a target that has FLOPs alone. */
void planner_target_place(PlannerTarget *t, const RunConfig *base, int vocab, double params);

/* Write the target as the text of `fit --forecast`, in the arena. */
const char *planner_target_text(const PlannerTarget *t, Arena *arena);

#endif
