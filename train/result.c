/* result.c: the table of results, and result.json, which is that table with an end and a checksum.
 */
#include "train/result.h"

#include <math.h>
#include <string.h>

#include "base/crc.h"
#include "base/file.h"
#include "train/run_dir.h"

// clang-format off
#define AT(member) offsetof(RunResult, member)
#define MEASURED_ROWS(name, unit, help, is)                                         \
    {#name, RESULT_REAL, AT(name), unit, help, (is) | RESULT_MEASURED},             \
    {#name "_se", RESULT_REAL, AT(name##_se), unit, ERROR_HELP, (is) | RESULT_MEASURED},
#define ERROR_HELP "its standard error over the held-out windows; null when there is one window"
static const ResultField ROWS[] = {
    MEASURE_TABLE(MEASURED_ROWS)
    {"train_loss",     RESULT_REAL,  AT(train_loss),           "nat/token", "mean training loss of the last tenth of the steps", 0},
    {"steps",          RESULT_COUNT, AT(steps),                "",          "optimizer steps done", RESULT_LEDGER_ONLY | RESULT_POINT},
    {"tokens",         RESULT_COUNT, AT(tokens),               "",          "tokens trained on", RESULT_PLANNED | RESULT_POINT},
    {"unique_tokens",  RESULT_COUNT, AT(unique_tokens),        "",          "different ones among them: at most the training part of the corpus", RESULT_POINT},
    {"flops",          RESULT_REAL,  AT(flops),                "FLOP",      "model FLOPs of the training steps, attention over causal pairs only", RESULT_PLANNED | RESULT_POINT},
    {"clipped",        RESULT_REAL,  AT(clipped),              "",          "share of the steps whose gradient was clipped", 0},
    {"wall_s",         RESULT_REAL,  AT(wall_s),               "s",         "time from the first step to the end, all sittings together", RESULT_CLOCK | RESULT_POINT},
    {"cpu_s",          RESULT_REAL,  AT(cpu_s),                "s",         "CPU time of all threads meanwhile", RESULT_CLOCK | RESULT_POINT},
    {"startup_s",      RESULT_REAL,  AT(startup_s),            "s",         "time from the command's begin to the first step, not part of wall_s", RESULT_CLOCK | RESULT_LEDGER_ONLY},
    {"eval_s",         RESULT_REAL,  AT(eval_s),               "s",         "time that the held-out loss took, part of wall_s; null when the run diverged", RESULT_CLOCK | RESULT_LEDGER_ONLY},
    {"tok_per_s",      RESULT_REAL,  AT(tok_per_s),            "token/s",   "training speed", RESULT_CLOCK},
    {"peak_bytes",     RESULT_COUNT, AT(peak_bytes),           "byte",      "largest resident memory", RESULT_CLOCK},
    {"branched_from",  RESULT_WORD,  AT(branched_from),        "",          "id of the run whose first steps this one began with", RESULT_CLOCK | RESULT_BRANCH},
    {"trained_tokens", RESULT_COUNT, AT(trained_tokens),       "",          "tokens of the run's own steps, the others being that run's; its times count both", RESULT_CLOCK | RESULT_BRANCH},
    {"cpu_path",       RESULT_WORD,  AT(cpu_path),             "",          "CPU path of the arithmetic (avx512); of all sittings when they differ (avx2+avx512)", 0},
    {"load_cv",        RESULT_REAL,  AT(routing.load_cv),      "",          "standard deviation of the experts' loads over their mean, mean of the layers", RESULT_EXPERTS},
    {"load_max",       RESULT_REAL,  AT(routing.load_max),     "",          "largest load of an expert over its layer's mean", RESULT_EXPERTS},
    {"dead_experts",   RESULT_REAL,  AT(routing.dead),         "",          "experts, in all layers, that no token visited", RESULT_EXPERTS},
    {"router_entropy", RESULT_REAL,  AT(routing.entropy),      "nat",       "entropy of the router's probabilities", RESULT_EXPERTS},
    {"dropped",        RESULT_REAL,  AT(routing.dropped),      "",          "share of the visits that full experts refused in training", RESULT_EXPERTS},
    {"balance_loss",   RESULT_REAL,  AT(routing.balance_loss), "nat/token", "the balance term that is added to the loss, per layer", RESULT_EXPERTS},
    {"router_z_loss",  RESULT_REAL,  AT(routing.z_loss),       "",          "the z-loss term that is added to the loss, per layer", RESULT_EXPERTS},
};
#undef MEASURED_ROWS
// clang-format on
const ResultTable RESULT_FIELDS = {ROWS, COUNT_OF(ROWS)};

const char *run_end_name(RunEnd end) {
    return end == RUN_DONE ? "done" : "diverged";
}

static const char UNKNOWN[] = "unknown"; // what a word is when nothing is known of it

static const void *slot_of(const ResultField *f, const RunResult *r) {
    return (const char *)r + f->offset;
}

RunResult run_result_blank(void) {
    RunResult r = {.end = RUN_DIVERGED};
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        void *at = (char *)&r + ROWS[i].offset;
        if (ROWS[i].kind == RESULT_WORD)
            memcpy(at, UNKNOWN, sizeof UNKNOWN);
        else
            *(double *)at = NAN;
    }
    return r;
}

void run_result_measured(RunResult *r, const Measured m[N_MEASURES]) {
#define RESULT_TAKE(name, ...)                                                                     \
    r->name = m[MEASURE_##name].value, r->name##_se = m[MEASURE_##name].se;
    MEASURE_TABLE(RESULT_TAKE)
#undef RESULT_TAKE
}

bool result_applies(const ResultField *f, const RunResult *r) {
    if (f->is & RESULT_BRANCH) return !isnan(r->trained_tokens);
    return !(f->is & RESULT_EXPERTS) || !isnan(r->routing.load_cv);
}

void result_field_to_json(const ResultField *f, const RunResult *r, JsonOut *out) {
    static const double EXACT = 0x1p53; // doubles are exact whole numbers up to here
    if (f->kind == RESULT_WORD) {
        json_put_string(out, f->name, slot_of(f, r));
        return;
    }
    const double x = *(const double *)slot_of(f, r);
    if (f->kind == RESULT_COUNT && x >= 0 && x <= EXACT)
        json_put_count(out, f->name, (uint64_t)x);
    else
        json_put_number(out, f->name, x);
}

static void put_rows(const RunResult *r, unsigned which, JsonOut *out) {
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        if ((f->is & which) == which && result_applies(f, r)) result_field_to_json(f, r, out);
    }
}

void run_result_to_json(const RunResult *r, JsonOut *out) {
    json_put_string(out, "end", run_end_name(r->end));
    put_rows(r, 0, out);
}

void run_result_measures_to_json(const RunResult *r, JsonOut *out) {
    put_rows(r, RESULT_MEASURED, out);
}

void run_result_routing_to_json(const RouterFacts *f, JsonOut *out) {
    RunResult r = run_result_blank();
    r.routing = *f;
    put_rows(&r, RESULT_EXPERTS, out);
}

void run_results_help(FILE *out) {
    fprintf(out, "\nresult.json, and --json, hold \"end\" (\"done\" or \"diverged\") and:\n");
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        fprintf(out, "  %-16s %s%s%s%s%s\n", f->name, f->help, *f->unit ? " [" : "", f->unit,
                *f->unit ? "]" : "",
                f->is & RESULT_EXPERTS  ? "; with experts only"
                : f->is & RESULT_BRANCH ? "; of a branch only"
                                        : "");
    }
}

/* --- result.json ------------------------------------------------------------------------------ */

Status run_result_write(const char *dir, const RunResult *r, Err *err) {
    char path[RUN_DIR_PATH];
    TRY(run_dir_path(dir, "result.json", path, err));
    JsonOut out = json_out(2);
    json_begin(&out, NULL, '{');
    run_result_to_json(r, &out);
    crc_end(&out);
    text_add(&out.text, "\n");
    const Status status = file_write(path, out.text.s, out.text.size, err);
    text_close(&out.text);
    return status;
}

static void read_row(const ResultField *f, const Json *from, RunResult *out) {
    void *at = (char *)out + f->offset;
    if (f->kind == RESULT_WORD)
        snprintf(at, CPU_PATH_NAMES, "%s", json_string_or(from, f->name, UNKNOWN));
    else
        *(double *)at = json_number_or(from, f->name, NAN);
}

Status run_result_read(const char *dir, RunResult *out, Err *err) {
    char path[RUN_DIR_PATH];
    const char *end;
    TRY(run_dir_path(dir, "result.json", path, err));
    JsonDoc *doc;
    TRY(crc_open_json(path, &doc, err));
    const Status status = json_need_string(doc, json_root(doc), "end", &end, err);
    if (status == OK) {
        *out = (RunResult){.end = strcmp(end, "done") == 0 ? RUN_DONE : RUN_DIVERGED};
        for (size_t i = 0; i < RESULT_FIELDS.n; i++)
            read_row(&RESULT_FIELDS.rows[i], json_root(doc), out);
    }
    json_close(doc);
    return status;
}
