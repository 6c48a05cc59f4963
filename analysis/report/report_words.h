/* report_words.h: numbers, intervals and tables as the page writes them. Texts belong to the
 * report's arena, or are static. Text from a file must pass through report_escape; our own words
 * need not. */
#ifndef ANALYSIS_REPORT_REPORT_WORDS_H
#define ANALYSIS_REPORT_REPORT_WORDS_H

#include "analysis/report/report.h"
#include "base/text.h"

const char *report_escape(const Report *r, const char *text); // return the text escaped for HTML
const char *report_count(const Report *r, double x);          // return "14.3k"; – where missing
/* Return x in a printf format for one double; – where missing. */
const char *report_number(const Report *r, const char *format, double x);

/* Return the value "1.21", its range "1.15 to 1.26", or both, "1.21 (1.15 to 1.26)", with the
 * decimals that the interval makes meaningful; – where missing. */
const char *report_value(const Report *r, const Interval *i);
const char *report_range(const Report *r, const Interval *i);
const char *report_interval(const Report *r, const Interval *i);

const char *report_verdict(bool inside); // return "inside" or "outside", coloured
/* Return " ± 0.0012", to stand behind a loss; "" when the standard error is not known, as with a
 * single held-out window. */
const char *report_plus_minus(const Report *r, double se);

/* Begin and end a table that scrolls by itself. `heads` are separated by '|'; a head that begins
 * with '<' is aligned left. */
void report_table_begin(Text *out, const char *caption, const char *heads);
void report_table_end(Text *out);

#endif
