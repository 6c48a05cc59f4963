/* where.h: conditions on the columns of a table, all of which must hold: "mode=train,flops<=1e20".
 *
 * Operators = (also written ==) != < <= > >=. Numbers compare as numbers when both sides are
 * (number.h: 1B is one), else both as text; a cell that is no number, or nan, is in no order to a
 * number. Values that hold a comma or one of < > = are quoted: name="a,b".
 *
 * The same grammar with the one operator = and no name twice reads assignments, which is what
 * every other list of key=value on the command line is: "params=\"Model Size\",tokens=D".
 */
#ifndef ANALYSIS_POINTS_WHERE_H
#define ANALYSIS_POINTS_WHERE_H

#include "analysis/points/csv.h"

typedef enum { WHERE_EQ, WHERE_NE, WHERE_LT, WHERE_LE, WHERE_GT, WHERE_GE } WhereOp;
typedef struct {
    const char *name, *value, *text; // text: the whole condition
    const char *sign;                // the operator as it was written
    WhereOp op;
    int column;    // of the table it was bound to
    double number; // of value; NaN when it is text
} Condition;
typedef struct {
    Condition *rows;
    size_t n;
} Where;

/* what names the place in errors ("--where"). text NULL or "": no conditions. */
Status where_parse(Arena *arena, const char *text, const char *what, Where *out, Err *err);
/* Assignments, each of op WHERE_EQ. '-' counts as '_' where names are compared, as it does in
 * flags. */
Status where_assignments(Arena *arena, const char *text, const char *what, Where *out, Err *err);
/* The number that is assigned; outside lo .. hi, or whole and a fraction, it is E_USAGE. */
Status where_number(const Condition *c, const char *what, double lo, double hi, bool whole,
                    double *out, Err *err);
/* Finds the columns; an unknown one is E_USAGE. */
Status where_bind(Where *w, const Csv *csv, const char *what, Err *err);
bool where_holds(const Where *w, const Csv *csv, size_t row); // true without conditions
/* The first condition that does not hold; w->n when all do. */
size_t where_fails(const Where *w, const Csv *csv, size_t row);
/* "'mode=train' holds for 12 of 240 rows, 'flops<=1e9' for 0", and what 'mode=trian' may have
 * meant. */
const char *where_explain(Arena *arena, const Where *w, const Csv *csv);

#endif
