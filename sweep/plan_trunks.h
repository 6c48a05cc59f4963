/* plan_trunks.h: which runs of a plan begin with the trunk of a shorter one, and what that saves.
 *
 *     d32, 1M  ├──────────── trunk of 1M ──┬─ cool-down          from scratch
 *     d32, 2M                              └──────────┬─ cool-down
 *     d32, 4M                                         └──────────────── ... ─ cool-down
 *
 * Each run begins where the next shorter one kept its trunk, so that the shortest come first and
 * every step of the trunk is made once. A run of the grid never waits for a hero.
 */
#ifndef SWEEP_PLAN_TRUNKS_H
#define SWEEP_PLAN_TRUNKS_H

#include "sweep/plan.h"

/* Fill in each row's parent, begin and keeps, from the configs alone. */
void plan_trunks_find(Plan *p, Arena *arena);

/* Fill in each row's path, once its seconds are known. */
void plan_trunks_paths(Plan *p);

double plan_trunks_tokens(const PlanRow *r);  // that it is trained on itself
double plan_trunks_seconds(const PlanRow *r); // that it is predicted to take itself

/* What the trunks of a plan save. */
typedef struct {
    size_t branches;               // runs that begin with steps of another
    double tokens, trained_tokens; // of all runs, and those that are trained on
    double flops, trained_flops;
} TrunkSavings;
TrunkSavings plan_trunks_savings(const Plan *p);

/* Predict the seconds of rows from .. to-1 as plan_seconds() does, were each from scratch. */
double plan_trunks_scratch_seconds(const Plan *p, Arena *arena, size_t from, size_t to,
                                   int workers);

#endif
