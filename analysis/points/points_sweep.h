/* points_sweep.h: a sweep directory read as a table of its finished runs, with what else its ledger
 * knows. */
#ifndef ANALYSIS_POINTS_POINTS_SWEEP_H
#define ANALYSIS_POINTS_POINTS_SWEEP_H

#include "analysis/points/csv.h"
#include "analysis/points/point.h"

/* Read the ledger of the sweep at dir. csv gets a row for each finished run, from the newest event
 * of its id, and a column for each scalar member. In out are set: name, entropy_nat, floor_nat,
 * sealed, and dropped, which lists runs that diverged, failed or were killed. */
Status points_sweep_read(Arena *arena, const char *dir, Csv *csv, Points *out, Err *err);

#endif
