/* planner_cells.h: the runs from which a planner may choose: a ladder of widths and lengths, each
 * with the seconds it takes here, and the table in which the analysis reads them. */
#ifndef SWEEP_PLANNER_CELLS_H
#define SWEEP_PLANNER_CELLS_H

#include "sweep/planner_spec.h"

typedef struct {
    Spec spec;         // of every width with every length
    Plan plan;         // its runs
    bool *within;      // (plan.n) that may be chosen
    const char **name; // (plan.n) "d_model 32, 1.00M tokens"
} PlannerCells;

/* Make and time the candidates. The ladder begins at the smallest d_model and the fewest tokens of
 * the plan's grid; widths grow by a third or more, in multiples of d_head, and lengths by doubling.
 * Candidates lie below the target in size, length and compute, read the corpus at most once, fit
 * into memory and take at most budget_s. A grid that varies anything else is E_USAGE. */
Status planner_cells_make(PlannerCells *out, Arena *arena, const Spec *spec, const Plan *plan,
                          const Corpus *corpus, const PlannerTarget *target, double budget_s,
                          Err *err);
void planner_cells_close(PlannerCells *c);

/* Write them to a CSV (analysis/design/cells.h), which replaces only such a table. */
Status planner_cells_write(const PlannerCells *c, const char *path, Err *err);

/* Return the seconds of a run of the plan by itself, with what its start and its
 * last evaluation take, which a plan leaves out and which weigh in small runs. */
double planner_cells_seconds(const PlanRow *r);

#endif
