/* report_words.h: how the page writes numbers, intervals and tables. Texts belong to the report's
 * arena, or are static. What comes from a file goes through report_escape, our own words need not.
 */
#ifndef ANALYSIS_REPORT_REPORT_WORDS_H
#define ANALYSIS_REPORT_REPORT_WORDS_H

#include "analysis/report/report.h"
#include "base/text.h"

const char *report_escape(const Report *r, const char *text); // as HTML text
const char *report_count(const Report *r, double x);          // "14.3k"; – where missing
/* x by a printf format of one double; – where missing. */
const char *report_number(const Report *r, const char *format, double x);

/* With as many decimals as its interval lets one read: "1.21", "1.15 to 1.26", "1.21 (1.15
 * to 1.26)"; – where missing. */
const char *report_value(const Report *r, const Interval *i);
const char *report_range(const Report *r, const Interval *i);
const char *report_interval(const Report *r, const Interval *i);

const char *report_verdict(bool inside); // "inside" or "outside", in its colour
/* " ± 0.0012" behind a loss; "" of one held-out window, whose sampling error is not known. */
const char *report_plus_minus(const Report *r, double se);

/* A table inside its own scrolling box; heads are separated by '|', those that begin with '<' are
 * aligned left. */
void report_table_begin(Text *out, const char *caption, const char *heads);
void report_table_end(Text *out);

#endif
