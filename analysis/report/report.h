/* report.h: a sweep or a table of losses, and its law, as one HTML file: a pure function of the
 * sweep directory (its ledger and run logs) or of the CSV.
 *
 *     Report r;
 *     TRY(report_open(arena, path, &options, &r, err)); // no law is a sentence, not an error
 *     TRY(report_html(&r, &html, err));
 *     report_close(&r);
 */
#ifndef ANALYSIS_REPORT_REPORT_H
#define ANALYSIS_REPORT_REPORT_H

#include "analysis/questions/study.h"
#include "analysis/report/plots.h"
#include "base/json.h"
#include "base/ledger.h"

/* A run as the ledger last spoke of it. */
typedef struct {
    const Json *event;
    const char *id, *status, *why;
    double params, tokens, flops, loss, seed;
    bool hero;
} ReportRun;

typedef struct {
    Arena *arena;
    const char *path;
    Ledger *ledger;   // NULL of a CSV
    bool torn;        // the ledger's last line was cut off, and left out
    const Json *open; // the newest opening of the sweep: machine, corpus, version; NULL when none
    ReportRun *runs;  // heroes last, else by size, length, seed
    size_t n_runs, n_done;
    Study study;            // scene.fit is its fit when there is a law
    const char *why_no_fit; // a sentence, when there is none
    Scene scene;
    Returns by2, by10;
} Report;

/* path: a sweep directory, or a CSV with rows, or what to call the simulation in the options. Its
 * parts point into the report, which must stay where it is. */
Status report_open(Arena *arena, const char *path, const StudyOptions *options, Report *r,
                   Err *err);
void report_close(Report *r);
Status report_html(const Report *r, Text *out, Err *err);
#define REPORT_GENERATOR "<meta name=\"generator\" content=\"tinyscale" // every page, near its top

/* ---- what report.c and its sections share ---- */

/* With as many decimals as its interval lets one read: "1.21", "1.15 to 1.26", "1.21 (1.15
 * to 1.26)"; – where missing. */
const char *value_text(Arena *arena, const Interval *i);
const char *range_text(Arena *arena, const Interval *i);
const char *interval_text(Arena *arena, const Interval *i);
const Point *report_outcome(const Report *r,
                            const SealedRun *s); // the hero's finished run, NULL when there is none

/* A table inside its own scrolling box; heads are separated by '|', those that begin with '<' are
 * aligned left. */
void begin_table(Text *out, const char *caption, const char *heads);
void end_table(Text *out);

typedef struct {
    const char *id;
    const char *title; // NULL: title_of tells it
    void (*write)(const Report *r, Text *out);
    bool (*applies)(const Report *r);         // NULL: always; a section that does not is left out
    const char *picture;                      // of PLOTS, that stands in this section; NULL: none
    const char *(*title_of)(const Report *r); // as markup
} Section;
extern const Section SECTIONS_BEFORE[], SECTIONS_AFTER[]; // around the pictures
extern const size_t N_SECTIONS_BEFORE, N_SECTIONS_AFTER;
bool worth_applies(const Report *r); // report_worth.c
const char *worth_title(const Report *r);
void write_worth(const Report *r, Text *out);
bool routing_applies(const Report *r); // report_routing.c
void write_routing(const Report *r, Text *out);
void report_summary(const Report *r, Text *out);
bool report_of_sweep(const Report *r);
const char *report_name(const Report *r); // of the sweep, or of the file without its directory

#endif
