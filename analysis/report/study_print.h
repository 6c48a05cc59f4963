/* study_print.h: a fit and the answers to all that was asked beside it, put out. */
#ifndef ANALYSIS_REPORT_STUDY_PRINT_H
#define ANALYSIS_REPORT_STUDY_PRINT_H

#include <stdio.h>

#include "analysis/questions/study.h"
#include "base/tables.h"

/* Everything as JSON (members of the open object), for people, and as parts of a page; the same
 * numbers in all. The study must have a law. */
void study_print_json(const Study *study, JsonOut *out);
void study_print_tables(const Study *study, Tables *out); // only the tables
void study_print_text(const Study *study, FILE *out);
void study_print_html(const Study *study, FILE *out);

#endif
