/* number.h: numbers as strangers write them in the cells of a table.
 *
 *     double x;
 *     if (!number_from_cell("1.5B", DECIMAL_POINT, true, &x)) ... number_hint("1,5", DECIMAL_POINT) ...
 *
 * Three spellings are read: decimals (1.5e9), thousands in groups of three (1,234,567.8), and, for
 * counts, a letter behind the number: k, M, B or G, and T, in either case, stand for 1e3, 1e6, 1e9
 * and 1e12. With a decimal comma, comma and point change places. What could be meant in two ways is
 * no number, and the hint says why: where the table's separator is no comma, "1,234" may be 1.234.
 */
#ifndef ANALYSIS_POINTS_NUMBER_H
#define ANALYSIS_POINTS_NUMBER_H

#include <stdbool.h>

#include "base/arena.h"

typedef enum {
    DECIMAL_POINT,
    DECIMAL_POINT_GROUPS, // a point, and "1,234" is 1234
    DECIMAL_COMMA,
} Decimal;

/* Read the cell. counts: letters for powers of ten are read. Return false where the cell is no
 * number; nan and inf are numbers. */
bool number_from_cell(const char *cell, Decimal decimal, bool counts, double *out);
/* Return what would be right in the place of a cell that is no number, beginning with "; ", or
 * "". */
const char *number_hint(const char *cell, Decimal decimal);
/* Return the factor that a column's name puts before its numbers: 1e6 for "Params (M)", 1e9 for
 * "tokens [billions]", else 1. */
double number_unit(const char *header);

/* Return a cell as a setting: its text, with numbers in one spelling, so that 32 and 32.0 are one
 * setting. */
const char *number_setting(Arena *arena, const char *cell, Decimal decimal);

#endif
