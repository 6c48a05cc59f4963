/* report.h: everything that a page shows about a sweep or a table of losses. It is a pure function
 * of the sweep directory (its ledger and run logs) or of the CSV, and of the options.
 *
 *     Report r;
 *     TRY(report_open(arena, path, &options, &r, err)); // a missing law is no error
 *     TRY(page_html(&r, &html, err));
 *     report_close(&r);
 */
#ifndef ANALYSIS_REPORT_REPORT_H
#define ANALYSIS_REPORT_REPORT_H

#include "analysis/questions/returns.h"
#include "analysis/questions/study.h"
#include "analysis/report/plots.h"
#include "base/json.h"
#include "base/ledger.h"

/* A run, by the ledger's newest event about it. */
typedef struct {
    const Json *event;
    const char *id, *status, *why;
    double params, tokens, flops, loss, seed;
    bool hero;
} ReportRun;

typedef struct {
    Arena *arena;
    const char *path;
    Ledger *ledger;   // NULL for a CSV
    bool torn;        // the ledger's last line was cut off and is ignored
    const Json *open; // the newest "open" event of the sweep: machine, corpus, version; NULL: none
    ReportRun *runs;  // (n_runs) ordered by size, length and seed; heroes last
    size_t n_runs, n_done;
    Study study;            // scene.fit points to its fit when there is a law
    const char *why_no_fit; // a sentence, when no law could be fitted
    Scene scene;
    Returns by2, by10;
} Report;

/* Read and fit a path: a sweep directory, a CSV with rows, or the name for the simulation in the
 * options. The report's parts point into it, so it must not be moved or copied. */
Status report_open(Arena *arena, const char *path, const StudyOptions *options, Report *r,
                   Err *err);
void report_close(Report *r);

bool report_of_sweep(const Report *r);
/* Return the name of the sweep, or of the file without its directory. */
const char *report_name(const Report *r);
/* Return the finished run of a hero that was predicted; NULL when there is none. */
const Point *report_outcome(const Report *r, const SealedRun *s);

#endif
