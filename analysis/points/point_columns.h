/* point_columns.h: which column of a table is which field of a point, and its cells read.
 *
 *     PointColumns columns;
 *     TRY(point_columns_bind(arena, &csv, "params=\"Model Size\",tokens=D", &columns, err));
 *     TRY(point_columns_read(&columns, row, &point, err));
 *
 * A column is bound to a field when it has the field's name, when it alone has that name but for
 * case, blanks and underscores, or when the user says so. Other names that are common for a field
 * are suggested and never taken: "D" is tokens here and something else there.
 */
#ifndef ANALYSIS_POINTS_POINT_COLUMNS_H
#define ANALYSIS_POINTS_POINT_COLUMNS_H

#include "analysis/points/csv.h"
#include "analysis/points/point.h"

enum { POINT_COLUMNS_MAX = 48 };
typedef struct {
    const Csv *csv;
    int of[POINT_COLUMNS_MAX];      // column of each field, -1 where the table has none
    double unit[POINT_COLUMNS_MAX]; // what a field's cells are multiplied by: number_unit()
} PointColumns;

/* Bind columns to fields. map: the text of --columns, or NULL. An unknown field or column is
 * E_USAGE, a missing one E_FORMAT with the --columns to type. */
Status point_columns_bind(Arena *arena, const Csv *csv, const char *map, PointColumns *out,
                          Err *err);
/* Fill every field that has a column; the others are NaN or "". A bad cell is E_FORMAT with line
 * and column. */
Status point_columns_read(const PointColumns *c, size_t row, Point *out, Err *err);

int point_columns_field(const char *name); // index of a field in PointColumns, or -1
/* Write sentences on columns that were not read, or were read in other units than written. Return
 * how many, at most `most`. */
int point_columns_notes(Arena *arena, const PointColumns *c, const char **notes, int most);

#endif
