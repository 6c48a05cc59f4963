/* tables.h: writes every table of a result to files for other programs: DIR/NAME.csv, .md and .tex.
 *
 *     params             name,value,lo,hi,unit          '{': the names of its rows come first
 *     returns_10x        flops,range,loss,loss_lo,loss_hi,...          '[': a list of rows
 *
 * CSV has all digits, an interval in three columns, and an empty cell for a missing value.
 *
 * Markdown and TeX have what people see, "2.154 [2.146, 2.166]", without columns in which every
 * value is missing. TeX is one tabular with the rules of booktabs, for \input.
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

typedef struct Tables Tables; // the texts of the files, in memory until they are written

Tables *tables_open(void);
void tables_close(Tables *t); // t may be NULL

/* Write the files into a directory, which is made if it is missing. A table without rows has no
 * files. Each file appears whole or not at all. If a file with one of these names is there that
 * tinyscale did not write, that is E_USAGE and no file is written (base/claim.h). */
Status tables_write(const Tables *t, const char *dir, Err *err);

#endif
