/* result.h: what a run has to show at its end, and the table of results. One row is a member of
 * result.json and of `train --json`, a key of the ledger's run event, a column of points.csv and a
 * line of `train --help`.
 *
 * To measure something more of the trained model: measure.h. To tell something more of its
 * training: a member of RunResult, its row in result.c, and run.c's judge() to fill it in.
 *
 * Config fields have such a table too (base/field.h), but other needs: a user sets them, within a
 * range and from a flag, and none is ever missing. A result may be missing (NaN, in JSON null), and
 * says whether it comes out the same when the run is done again.
 */
#ifndef TRAIN_RESULT_H
#define TRAIN_RESULT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "base/json.h"
#include "model/cpu_path.h"
#include "model/router.h"
#include "train/measure.h"

/* How a run ended. A negative end is a failure of the science, not of the program. */
typedef enum { RUN_DIVERGED = -1, RUN_DONE = 0 } RunEnd;
const char *run_end_name(RunEnd end); // "diverged", "done"

/* Units and meanings stand in the table. What is not known, for whatever reason, is NaN. */
#define RESULT_MEMBERS(name, ...) double name, name##_se;
typedef struct {
    RunEnd end;
    MEASURE_TABLE(RESULT_MEMBERS) // loss, loss_se, and whatever else is measured
    double steps, tokens, unique_tokens;
    double train_loss, flops, clipped;
    RouterFacts routing; // of the held-out pass, but `dropped` of training; NaN in a dense model
    double wall_s, cpu_s, tok_per_s, startup_s, eval_s;
    double peak_bytes;
    char cpu_path[CPU_PATH_NAMES];
    char branched_from[CPU_PATH_NAMES]; // of a branch; `trained_tokens` is NaN in other runs
    double trained_tokens;
} RunResult;
#undef RESULT_MEMBERS
RunResult run_result_blank(void); // a result that diverged and of which nothing is known
/* Put what measures_take() found into the result. */
void run_result_measured(RunResult *r, const Measured m[N_MEASURES]);

typedef enum {
    RESULT_COUNT, // double that holds a whole number, or NaN
    RESULT_REAL,  // double, or NaN
    RESULT_WORD,  // char[CPU_PATH_NAMES]; "unknown" when a file lacks it
} ResultKind;

/* What else is to be known of a result, any number of these. */
enum {
    RESULT_CLOCK = 1,       // time, memory or way, which may differ when the run is done again;
                            // points.csv has it last
    RESULT_EXPERTS = 2,     // only a model with experts has it
    RESULT_PLANNED = 4,     // under this name the ledger has what was planned, not what was done
    RESULT_LEDGER_ONLY = 8, // no column of points.csv
    RESULT_POINT = 16,      // analysis/points reads it as a field of a point
    RESULT_MEASURED = 32,   // of the trained model (measure.h), not of its training
    RESULT_BRANCH = 64,     // only a run that began with steps of another one has it
};

typedef struct {
    const char *name; // key and column
    ResultKind kind;
    size_t offset;    // in RunResult
    const char *unit; // "" when it has none
    const char *help; // one line, what it is
    unsigned is;      // flags: RESULT_CLOCK, RESULT_EXPERTS, ...
} ResultField;

typedef struct {
    const ResultField *rows;
    size_t n;
} ResultTable;
extern const ResultTable RESULT_FIELDS; // in the ledger's order

/* Write one result as a member of the open object. */
void result_field_to_json(const ResultField *f, const RunResult *r, JsonOut *out);
/* Return whether this run can have a result: RESULT_EXPERTS are for runs with experts that were
 * routed, RESULT_BRANCH for those that began with steps of another run. */
bool result_applies(const ResultField *f, const RunResult *r);

/* Write the end and every result that applies, as members of the open object. */
void run_result_to_json(const RunResult *r, JsonOut *out);
/* Write the results of RESULT_MEASURED only. */
void run_result_measures_to_json(const RunResult *r, JsonOut *out);
/* Write the results of RESULT_EXPERTS only; none for a dense model. */
void run_result_routing_to_json(const RouterFacts *f, JsonOut *out);
/* Print one line per result, for people. */
void run_results_help(FILE *out);

/* Write DIR/result.json, as a whole. */
Status run_result_write(const char *dir, const RunResult *r, Err *err);
/* Read DIR/result.json. A result that it lacks, as one of an earlier version may, is NaN. E_FORMAT
 * when the file is no result or its checksum is wrong. */
Status run_result_read(const char *dir, RunResult *out, Err *err);

#endif
