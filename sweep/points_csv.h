/* points_csv.h: points.csv, the table of a sweep that everybody's tools read; a pure function of
 * plan order and ledger.
 *
 * One row per run that has one in the ledger (failed and diverged ones too, with an empty loss),
 * grid then heroes in plan order. `params` is the total count of parameters (record.c says why).
 * The columns that depend on the day, timing and memory, stand last: all before them are the same
 * bytes however often the sweep was interrupted.
 */
#ifndef SWEEP_POINTS_CSV_H
#define SWEEP_POINTS_CSV_H

#include "base/err.h"
#include "base/ledger.h"

/* Write the rows of ids[0..n-1] in this order; an id without a row is left out. */
Status points_csv_write(const char *path, const Ledger *ledger, const char *const *ids, size_t n,
                        Err *err);

#endif
