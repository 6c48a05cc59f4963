/* thin.h: some of the rows of a large table, evenly spread over it, for what need not see all of
 * them: where to start, and how far a refit differs.
 */
#ifndef ANALYSIS_FIT_THIN_H
#define ANALYSIS_FIT_THIN_H

#include "analysis/fit/problem.h"

enum {
    THIN_LARGE = 8192,    // up to so many rows nothing is thinned
    THIN_RACE_ROWS = 4096 // rows on which starts are compared
};

/* Return every k-th group of a problem of more than THIN_LARGE rows, each with all its rows and
 * numbered anew; k makes it about `rows` rows. A smaller problem is returned itself, as is one that
 * has few groups. Weights are the points' own. Memory is the arena's; points share their text. */
const Problem *thin_problem(Arena *arena, const Problem *whole, size_t rows);

#endif
