/* points.h: rows of a sweep's ledger or of anybody's CSV opened as points.
 *
 *     Points points, held;
 *     TRY(points_open(arena, "runs.csv", &(PointsOptions){0}, &points, &held, err));
 */
#ifndef ANALYSIS_POINTS_POINTS_H
#define ANALYSIS_POINTS_POINTS_H

#include "base/err.h"
#include "analysis/points/number.h"
#include "analysis/points/point.h"

typedef struct {
    const char *columns; // "params=\"Model Size\",tokens=D" or NULL
    const char *where; // "mode=train,flops<=1e20" or NULL: keep rows for which all conditions hold
    const char *holdout; // rows for which all conditions hold are kept out of the fit, in *held
    const char *count, *flops; // names of recount.h; NULL: as given
    const char *shape;         // what the table does not say of its models (recount.h), or NULL
    const char *decimal;       // of the table's numbers: "point" or NULL, "comma"
    const char *setting;       // a column whose cells the points carry as their setting, or NULL
} PointsOptions;

/* path: a sweep directory (its ledger is read) or a CSV (separator sniffed, .gz fine). Heroes of a
 * sweep go to *held, as do rows of options->holdout. A bad cell is E_FORMAT with line and column.
 * All memory is the arena's. */
Status points_open(Arena *arena, const char *path, const PointsOptions *options, Points *out,
                   Points *held, Err *err);

/* A cell as a setting: its text, but numbers in one spelling, so that 32 and 32.0 are one. */
const char *points_setting(Arena *arena, const char *cell, Decimal decimal);

#endif
