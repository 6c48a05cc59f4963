/* number.h: numbers as strangers write them in the cells of a table.
 *
 *     double x;
 *     if (!number_from_cell("1.5B", DECIMAL_POINT, true, &x)) ... number_hint("1,5", DECIMAL_POINT) ...
 *
 * Read are decimals (1.5e9), thousands in groups of three (1,234,567.8), and, of counts, k, M, B or
 * G, T behind a number, in either case, for 1e3, 1e6, 1e9, 1e12. With a decimal comma, comma and
 * point change places. What could be meant in two ways is no number, and the hint says why: "1,234"
 * in a table whose separator is no comma, where it may be 1.234.
 */
#ifndef ANALYSIS_POINTS_NUMBER_H
#define ANALYSIS_POINTS_NUMBER_H

#include <stdbool.h>

typedef enum {
    DECIMAL_POINT,
    DECIMAL_POINT_GROUPS, // a point, and a comma before three digits groups them: "1,234"
    DECIMAL_COMMA,
} Decimal;

/* False when the cell is no number; nan and inf are read as such. */
bool number_from_cell(const char *cell, Decimal decimal, bool counts, double *out);
/* What would be right in its place, beginning with "; ", or "". */
const char *number_hint(const char *cell, Decimal decimal);
/* The factor that a column's name puts before its numbers: 1e6 of "Params (M)", 1e9 of "tokens
 * [billions]"; else 1. */
double number_unit(const char *header);

#endif
