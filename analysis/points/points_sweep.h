/* points_sweep.h: a sweep directory as a table of its finished runs, with what the ledger knows
 * beside them. */
#ifndef ANALYSIS_POINTS_POINTS_SWEEP_H
#define ANALYSIS_POINTS_POINTS_SWEEP_H

#include "analysis/points/csv.h"
#include "analysis/points/point.h"

/* csv: one row per run that is done, newest event of each id, one column per scalar member. Of out
 * are set: name, entropy_nat, floor_nat, dropped (runs that diverged, failed or were killed),
 * sealed. */
Status points_sweep_read(Arena *arena, const char *dir, Csv *csv, Points *out, Err *err);

#endif
