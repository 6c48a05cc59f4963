/* report.h: what a page shows of a sweep or a table of losses and its law: a pure function of the
 * sweep directory (its ledger and run logs) or of the CSV.
 *
 *     Report r;
 *     TRY(report_open(arena, path, &options, &r, err)); // no law is a sentence, not an error
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

bool report_of_sweep(const Report *r);
const char *report_name(const Report *r); // of the sweep, or of the file without its directory
/* The finished run of a hero that was predicted, NULL when there is none. */
const Point *report_outcome(const Report *r, const SealedRun *s);

#endif
