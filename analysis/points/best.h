/* best.h: the best run of each cell of a table, as --best asks for: "--best lr" keeps, of runs that
 * differ in lr alone, the one of the lowest loss.
 *
 * A cell is the rows that agree in all columns known to be settings of a run (those that a sweep
 * writes, and those bound to size, tokens, experts and family), but for the named ones. Of a
 * sweep's seeds the replicate counts, for the rest of such a seed is a hash of the cell.
 *
 * The least of k noisy losses is too low by what the largest of k normal numbers is on average:
 * 0.85 deviations of the noise for 3, 1.16 for 5, all rates alike. A best rate at an end of those
 * tried may be far from the best there is. */
#ifndef ANALYSIS_POINTS_BEST_H
#define ANALYSIS_POINTS_BEST_H

#include "analysis/points/point_columns.h"

typedef struct {
    const char *rule;    // of the rows that were dropped; NULL: nothing was asked for
    const char *note;    // how many were kept, of how many runs each, and the bias
    const char *untuned; // best values at an end of those tried, beyond noise; NULL: none
    size_t n_dropped;
    int line; // of the first dropped
} Best;

/* Clear wanted[row] (n_rows) of rows that are not the best of their cell; others take no part.
 * names: columns with commas between them; NULL or "": every row stays. An unknown column is
 * E_USAGE. */
Status best_choose(Arena *arena, const char *names, const PointColumns *columns, bool sweep,
                   bool *wanted, Best *out, Err *err);

bool best_knows_setting(const char *name); // it is one that a sweep writes

/* How many deviations the largest of k independent normal numbers is above their mean, on
 * average. */
double best_bias(int k);

#endif
