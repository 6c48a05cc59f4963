/* choose.h: which runs to make within a budget: the design of least expected error that a search
 * finds, and the best uniform grid beside it.
 *
 * The search adds the run that lowers the expected error most per second, or most, until no other
 * fits, and goes on with the better of the two, or with the filled up grid if that is better still.
 * Then it exchanges: every cell in turn is forced in, what it drives out being what is missed
 * least, or has a run taken out, and what time is left is filled again; the change stays where it
 * lowers the expected error [exchange algorithms: Fedorov 1972, Theory of Optimal Experiments]. Its
 * design is never worse than the grid, and nothing is drawn at random.
 */
#ifndef ANALYSIS_CHOICE_CHOOSE_H
#define ANALYSIS_CHOICE_CHOOSE_H

#include "analysis/choice/expect.h"

typedef struct {
    double budget_s; // seconds until all runs have ended
    int workers;
    int most_seeds; // of one cell
    /* Different sizes and lengths, measured rows included, that a design has at least: fewer would
     * not show a wrong form. */
    int least_sizes, least_lengths;
} Limits;

typedef struct {
    int *runs; // (cells) of each cell
    int n;     // all runs; 0: none found that keeps to the limits
    double seconds;
    Expected expected;
} ChosenRuns;

/* Return the best design that was found. */
ChosenRuns choose(Arena *arena, const Expectation *e, const Cells *cells, const Points *rows,
                  const Limits *limits);

/* Return the best grid: neighbours or every other one of the sizes of cells, with neighbours or
 * every other one of their lengths, each with equally many seeds. */
ChosenRuns choose_grid(Arena *arena, const Expectation *e, const Cells *cells, const Points *rows,
                       const Limits *limits);

#endif
