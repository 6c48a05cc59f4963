/* where.h: conditions on the columns of a table, all of which must hold: "mode=train,flops<=1e20".
 *
 * The operators are = (also written ==) != < <= > >=. Two numbers compare as numbers (number.h: 1B
 * is one), anything else as text. A cell that is no number, or nan, is neither below nor above a
 * number. A value that holds a comma or one of < > = is quoted: name="a,b".
 *
 * With = as the only operator, and no name twice, this grammar reads assignments. Every other list
 * of key=value on the command line is one: "params=\"Model Size\",tokens=D".
 */
#ifndef ANALYSIS_POINTS_WHERE_H
#define ANALYSIS_POINTS_WHERE_H

#include "analysis/points/csv.h"

typedef enum { WHERE_EQ, WHERE_NE, WHERE_LT, WHERE_LE, WHERE_GT, WHERE_GE } WhereOp;
typedef struct {
    const char *name, *value, *text; // text: the whole condition as written
    const char *sign;                // the operator as it was written
    WhereOp op;
    int column;    // of `name` in the table; -1 until where_bind()
    double number; // value as a number; NaN when it is text
} WhereCondition;
typedef struct {
    WhereCondition *rows;
    size_t n;
} Where;

/* Parse conditions. what names the place in errors ("--where"). text NULL or "": no conditions. */
Status where_parse(Arena *arena, const char *text, const char *what, Where *out, Err *err);
/* Parse assignments, each of op WHERE_EQ. Where names are compared '-' counts as '_', as it does in
 * flags. */
Status where_assignments(Arena *arena, const char *text, const char *what, Where *out, Err *err);
/* Read the number that c assigns. A number outside lo .. hi, or a fraction where whole is true, is
 * E_USAGE. */
Status where_number(const WhereCondition *c, const char *what, double lo, double hi, bool whole,
                    double *out, Err *err);
/* Find the columns that the conditions name; an unknown one is E_USAGE. */
Status where_bind(Where *w, const Csv *csv, const char *what, Err *err);
bool where_holds(const Where *w, const Csv *csv, size_t row); // true without any
/* Return the number of the first condition that does not hold; w->n when all do. */
size_t where_fails(const Where *w, const Csv *csv, size_t row);
/* Write for how many rows each condition holds, and which value a misspelt one may have meant:
 * "'mode=train' holds for 12 of 240 rows, 'flops<=1e9' for 0". */
const char *where_explain(Arena *arena, const Where *w, const Csv *csv);

#endif
