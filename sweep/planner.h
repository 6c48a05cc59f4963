/* planner.h: `tinyscale sweep plan SPEC --budget 45m --forecast 'd_model=128,tokens=16M'`: chooses
 * the runs from which the loss of a far run can be foretold best within a time.
 *
 *     spec ──▶ ladder of sizes and lengths, timed ──▶ DIR/candidates.csv
 *         ──▶ `tinyscale fit [DIR] --choose` ──▶ DIR/choice.json ──▶ a spec that `sweep run` takes
 *
 * What a run costs is known here, and what it tells about laws is known to the analysis; the two
 * files are where they meet. The spec's smallest d_model and tokens are where the ladder begins.
 */
#ifndef SWEEP_PLANNER_H
#define SWEEP_PLANNER_H

#include <stdbool.h>

#include "base/err.h"

typedef struct {
    const char *spec;     // a spec, or a sweep directory
    const char *out;      // sweep directory; NULL: as sweep_open() has it
    int jobs;             // workers; 0: one per processor
    double budget_s;      // for all runs that are chosen, and for tuning
    double tuning_share;  // of the budget, left free for runs that tune learning rates
    const char *forecast; // the run to be foretold; "": the spec's hero
    const char *out_spec; // file that gets the chosen runs as a spec; "": none
    bool next;            // what has been run counts, and is where laws are begun with
    bool explain;         // say what each choice is for
    bool json;            // one JSON document
} PlannerOptions;

/* Choose, and print the choice on stdout. What cannot be planned is E_USAGE, a choice that cannot
 * be made E_FAILED, with the words of the fit. A file at out_spec is never replaced. */
Status planner_run(const PlannerOptions *o, Err *err);

#endif
