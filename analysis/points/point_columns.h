/* point_columns.h: which column of a table is which field of a point, and its cells read.
 *
 *     PointColumns columns;
 *     TRY(point_columns_bind(arena, &csv, "params=\"Model Size\",tokens=D", &columns, err));
 *     TRY(point_columns_read(&columns, row, &point, err));
 *
 * A column is a field's when it has its name (else when it alone has it but for case, blanks and
 * underscores), or when the user says so. What strangers usually call a field is suggested, never
 * taken: "D" is tokens here and something else there.
 */
#ifndef ANALYSIS_POINTS_POINT_COLUMNS_H
#define ANALYSIS_POINTS_POINT_COLUMNS_H

#include "analysis/points/csv.h"
#include "analysis/points/point.h"

enum { POINT_COLUMNS_MAX = 48 };
typedef struct {
    const Csv *csv;
    int of[POINT_COLUMNS_MAX];      // column of each field, -1 where the table has none
    double unit[POINT_COLUMNS_MAX]; // number_unit() of it
} PointColumns;

/* map: what the user says, or NULL. An unknown field or column is E_USAGE, a missing one E_FORMAT
 * with the --columns to type. */
Status point_columns_bind(Arena *arena, const Csv *csv, const char *map, PointColumns *out,
                          Err *err);
/* Fills every field that has a column; the others are NaN or "". A bad cell is E_FORMAT with line
 * and column. */
Status point_columns_read(const PointColumns *c, size_t row, Point *out, Err *err);

int point_field(const char *name); // its index in PointColumns, -1 when there is none
/* Sentences on what was not taken, or taken otherwise than written: how many, at most most. */
int point_columns_notes(Arena *arena, const PointColumns *c, const char **notes, int most);

#endif
