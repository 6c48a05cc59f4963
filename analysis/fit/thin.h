/* thin.h: some of the rows of a large table, evenly spread over it, for what need not see all of
 * them: where to start, and how far a refit differs.
 */
#ifndef ANALYSIS_FIT_THIN_H
#define ANALYSIS_FIT_THIN_H

#include "analysis/fit/problem.h"

enum { LARGE = 8192, RACE_ROWS = 4096 };

/* Of a problem of more than LARGE rows every so-manieth group, each with all its rows, numbered
 * anew: about `rows` rows. Any other is returned itself, as is one that has few groups. Weights
 * are the points' own. Memory is the arena's; the text of points is shared. */
const Problem *problem_thin(Arena *arena, const Problem *whole, size_t rows);

#endif
