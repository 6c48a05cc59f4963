/* trunks.h: which rows share a training trunk, and a guess where a table does not say. */
#ifndef ANALYSIS_POINTS_TRUNKS_H
#define ANALYSIS_POINTS_TRUNKS_H

#include "analysis/points/csv.h"
#include "analysis/points/point.h"

/* Number the groups: rows of one trunk are one group, every other row is its own. */
void trunks_number(Arena *arena, Points *p);

/* Return the column, called a run, trunk, checkpoint or experiment, whose every value stands for
 * one size at several lengths, as checkpoints of a run do; NULL: none does. p: the rows of csv, in
 * its order. */
const char *trunks_guess(Arena *arena, const Csv *csv, const Points *p);

#endif
