/* problem_of.h: points and what the user asked for make a Problem, or an error that says why not.
 *
 *     Problem p;
 *     TRY(problem_of(arena, &points, &options, &p, err));
 */
#ifndef ANALYSIS_FIT_PROBLEM_OF_H
#define ANALYSIS_FIT_PROBLEM_OF_H

#include "analysis/fit/options.h"
#include "analysis/fit/problem.h"

/* Make a Problem. Unknown names in the options are E_USAGE with a suggestion; points that cannot
 * carry the law are E_FAILED and say what is missing. The problem's memory is the arena's; points
 * must outlive it. */
Status problem_of(Arena *arena, const Points *points, const FitOptions *options, Problem *out,
                  Err *err);

#endif
