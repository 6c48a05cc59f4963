/* tables.h: every table of a result as files for other programs: the lists of rows that a JSON
 * document holds, each as DIR/NAME.csv, NAME.md and NAME.tex.
 *
 *     params             name,value,lo,hi,unit          an object of rows: their names come first
 *     returns_10x        flops,range,loss,loss_lo,loss_hi,...          a list of rows
 *
 * CSV has all digits, an interval in three columns, an empty cell where a value is missing.
 *
 * Markdown and TeX have what people are shown, "2.154 [2.146, 2.166]", and no column that is all
 * missing. TeX is one tabular with the rules of booktabs, to be taken in by \input.
 */
#ifndef ANALYSIS_REPORT_TABLES_H
#define ANALYSIS_REPORT_TABLES_H

#include "base/err.h"
#include "base/json.h"

/* Into the directory, made where it is missing; tables without rows have no files. Each file
 * appears whole or not at all. A file of such a name that tinyscale did not write there is E_USAGE,
 * and then no file is written (base/claim.h). */
Status tables_write(const Json *root, const char *dir, Err *err);

#endif
