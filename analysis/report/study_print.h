/* study_print.h: prints a fit and the answers to every question asked about it. */
#ifndef ANALYSIS_REPORT_STUDY_PRINT_H
#define ANALYSIS_REPORT_STUDY_PRINT_H

#include <stdio.h>

#include "analysis/questions/study.h"
#include "base/tables.h"

/* Write everything: as JSON (members of the open object), as tables, as text, and as parts of a
 * page, with one set of numbers in all four. The study must have a law. */
void study_print_json(const Study *study, JsonOut *out);
void study_print_tables(const Study *study, Tables *out);
void study_print_text(const Study *study, FILE *out);
void study_print_html(const Study *study, FILE *out);

#endif
