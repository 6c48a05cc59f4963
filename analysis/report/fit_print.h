/* fit_print.h: a fit and all that is said beside it, put out. */
#ifndef ANALYSIS_REPORT_FIT_PRINT_H
#define ANALYSIS_REPORT_FIT_PRINT_H

#include <stdio.h>

#include "analysis/fit/fit.h"
#include "base/tables.h"

/* Everything as JSON (members of the open object), for people, and as parts of a page; the same
 * numbers in all. */
void fit_to_json(const Fit *fit, JsonOut *out);
void fit_to_tables(const Fit *fit, Tables *out); // only the tables
void fit_print(const Fit *fit, FILE *out);
void fit_print_html(const Fit *fit, FILE *out);

#endif
