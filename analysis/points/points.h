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
    const char *columns; // which column is which field, "params=\"Model Size\",tokens=D"; or NULL
    const char *where;   // rows to keep: all conditions hold, "mode=train,flops<=1e20"; or NULL
    /* Columns of which the best run of each cell is kept, "lr" (best.h); NULL: those that a sweep's
     * spec names; "": none. */
    const char *best;
    const char *holdout;       // rows to hold out, into *held: all conditions hold; or NULL
    const char *count, *flops; // how N and C are counted, names of recount.h; NULL: as given
    const char *shape;         // what the table does not say of its models (recount.h), or NULL
    const char *decimal;       // mark in the table's numbers: "comma", "point" or NULL for a point
    const char *setting;       // a column whose cells the points carry as their setting, or NULL
} PointsOptions;

/* Open a table as points. path: a sweep directory, whose ledger is read, or a CSV (csv.h). Heroes
 * of a sweep go to *held, as do rows of options->holdout. A bad cell is E_FORMAT with line and
 * column. All memory is the arena's. */
Status points_open(Arena *arena, const char *path, const PointsOptions *options, Points *out,
                   Points *held, Err *err);

#endif
