/* planner_spec.h: specs that a planner writes: of all candidates, and of the chosen runs. What they
 * do not change they take from the spec that was given. */
#ifndef SWEEP_PLANNER_SPEC_H
#define SWEEP_PLANNER_SPEC_H

#include "sweep/planner_target.h"

/* The widths and lengths of the candidates. */
enum { LADDER_MOST = 12 };
typedef struct {
    int d_model[LADDER_MOST];
    uint64_t tokens[LADDER_MOST];
    int n_widths, n_lengths;
} Ladder;

/* A cell of the ladder that was chosen. */
typedef struct {
    int d_model;
    uint64_t tokens;
    int seeds; // runs of it
} ChosenCell;

/* Write the spec of every width with every length of the ladder, in the arena. */
Bytes planner_spec_all(const Spec *given, Arena *arena, const Ladder *ladder);

/* Write the spec of the chosen cells, in the arena. hero: what is to be foretold; NULL: the heroes
 * of the given spec. kept: runs of the
 * given spec that stay in it, by the side of which the chosen ones have seeds of their own; NULL:
 * none stay. */
Bytes planner_spec_chosen(const Spec *given, Arena *arena, const ChosenCell *cells, size_t n,
                          const PlannerTarget *hero, const Plan *kept);

#endif
