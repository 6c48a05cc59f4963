/* tables.h: every table of a result as files for other programs, DIR/NAME.csv, .md and .tex.
 *
 *     params             name,value,lo,hi,unit          '{': the names of its rows come first
 *     returns_10x        flops,range,loss,loss_lo,loss_hi,...          '[': a list of rows
 *
 * CSV has all digits, an interval in three columns, an empty cell where a value is missing.
 *
 * Markdown and TeX have what people are shown, "2.154 [2.146, 2.166]", and no column that is all
 * missing. TeX is one tabular with the rules of booktabs, to be taken in by \input.
 *
 *     Tables *tables = tables_open();
 *     Sheet s = sheet_tables(tables);                        // sheet.h
 *     ... whatever is told to the sheet ...
 *     status = tables_write(tables, "tables", err);
 *     tables_close(tables);
 */
#ifndef BASE_TABLES_H
#define BASE_TABLES_H

#include "base/err.h"

typedef struct Tables Tables; // what the files will hold; in memory until they are written

Tables *tables_open(void);
void tables_close(Tables *t); // NULL is fine

/* Into the directory, made where it is missing; tables without rows have no files. Each file
 * appears whole or not at all. A file of such a name that tinyscale did not write there is E_USAGE,
 * and then no file is written (base/claim.h). */
Status tables_write(const Tables *t, const char *dir, Err *err);

#endif
