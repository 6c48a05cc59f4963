/* cmd_fit.c: `tinyscale fit`: reads points, fits a law, prints the answers. */
#include <unistd.h>

#include "analysis/choice/precision.h"
#include "analysis/questions/predict.h"
#include "analysis/questions/series.h"
#include "analysis/questions/study_of.h"
#include "analysis/report/study_print.h"
#include "analysis/simulate/coverage.h"
#include "base/claim.h"
#include "base/commands.h"
#include "base/field.h"
#include "base/file.h"
#include "base/tables.h"

typedef struct {
    StudyOptions study;
    const char *simulate, *save;
    int simulations;
    double factor;
    SeriesOptions series;
    ChoiceOptions design;
    const char *tables;
    bool seal, json;
} Command;

static const char USAGE[] =
    "tinyscale fit PATH | --simulate SPEC | --series GAINS | --choose CSV | --expect CSV [--flags]";

#define AT(member) offsetof(Command, member)
static const Field FIELDS[] = {
    {"seal", FIELD_BOOL, AT(seal), 0, -1, NULL, "", "write the predictions to DIR/prediction.json"},
    {"tables", FIELD_STRING, AT(tables), 0, -1, NULL, "",
     "a directory for every table of the results as NAME.csv, .md and .tex"},
    {"json", FIELD_BOOL, AT(json), 0, -1, NULL, "", "one JSON document on stdout"},
};
static const Field SIMULATION_FIELDS[] = {
    {"simulate", FIELD_STRING, AT(simulate), 0, -1, NULL, "",
     "a file or 'law=..,E=..,params=lo:hi:n,tokens=..,seeds=2,noise=0.003,trunk=0.005'"},
    {"simulations", FIELD_INT, AT(simulations), 1, 100000, NULL, "",
     "simulated tables; with 2 or more: how often intervals hold the truth"},
    {"factor", FIELD_REAL, AT(factor), 1, 1e12, NULL, "",
     "make predictions at this many times the largest compute"},
    {"save", FIELD_STRING, AT(save), 0, -1, NULL, "", "write the simulated table to this CSV"},
};
static const FieldTable SIMULATION_TABLE = {"instead of PATH", SIMULATION_FIELDS,
                                            COUNT_OF(SIMULATION_FIELDS)};
static const FieldTable TABLE = {"output", FIELDS, COUNT_OF(FIELDS)};

static Status write_tables(const Study *study, const char *dir, Err *err) {
    Tables *tables = tables_open();
    study_print_tables(study, tables);
    const Status status = tables_write(tables, dir, err);
    tables_close(tables);
    return status;
}

static Status write_series_tables(const Series *series, const char *dir, Err *err) {
    Tables *tables = tables_open();
    Sheet sheet = sheet_tables(tables);
    series_put(&sheet, series);
    const Status status = tables_write(tables, dir, err);
    tables_close(tables);
    return status;
}

/* Write JSON to stdout if it was asked for, and to DIR/fit.json whenever `dir` is a sweep
 * directory. */
static Status put_json(const Study *study, const Command *c, const char *dir, Err *err) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    study_print_json(study, &j);
    json_end(&j);
    text_add(&j.text, "\n");
    Status status = OK;
    char path[4096];
    if (dir && snprintf(path, sizeof path, "%s/fit.json", dir) < (int)sizeof path)
        status = file_write(path, j.text.s, j.text.size, err);
    if (status == OK && c->tables) status = write_tables(study, c->tables, err);
    if (c->json) fputs(j.text.s, stdout);
    text_close(&j.text);
    return status;
}

static Status put_results(const Study *study, const Command *c, const char *dir, Err *err) {
    if (c->seal) TRY(predict_seal(study, study_answer(study, &PREDICTIONS_QUESTION), dir, err));
    if (!c->json) study_print_text(study, stdout);
    return c->json || dir || c->tables ? put_json(study, c, dir, err) : OK;
}

static void put_coverage(const Simulation *s, const Command *c, const Coverage *coverage) {
    if (!c->json) {
        Sheet sheet = sheet_text_out(stdout);
        coverage_put(&sheet, s, &c->study.fit, coverage);
        return;
    }
    JsonOut j = json_out(2);
    Sheet sheet = sheet_json(&j);
    json_begin(&j, NULL, '{');
    coverage_put(&sheet, s, &c->study.fit, coverage);
    json_end(&j);
    puts(j.text.s);
    text_close(&j.text);
}

static Status simulate(Arena *arena, Command *c, Err *err) {
    Simulation s;
    Coverage coverage;
    Study study;
    const PointsOptions *p = &c->study.points;
    if (p->where || p->best || p->holdout || p->columns)
        FAIL(err, E_USAGE,
             "--simulate: --where, --best, --holdout and --columns are for a table; --save "
             "one and fit that");
    TRY(simulation_read(arena, c->simulate, &s, err));
    study_options_simulate(&c->study, &s);
    const Points table = simulation_points(arena, &s, 0);
    if (c->save) TRY(simulation_save(&table, c->save, err));
    if (c->simulations > 1) {
        TRY(coverage_of(arena, &s, &c->study.fit, c->simulations, c->factor, &coverage, err));
        put_coverage(&s, c, &coverage);
        return OK;
    }
    TRY(study_of(arena, NULL, &c->study, &study, err));
    return put_results(&study, c, NULL, err);
}

static Status run(Arena *arena, const Command *c, const char *path, Err *err) {
    Study study;
    const char *dir = dir_exists(path) ? path : NULL;
    const PredictOptions *o = study_options_of(&c->study, &PREDICTIONS_QUESTION);
    if (c->seal && !dir) FAIL(err, E_USAGE, "--seal: %s is no sweep directory", path);
    if (c->seal && !o->predict)
        FAIL(err, E_USAGE, "--seal: needs --predict 'id=..,params=..,tokens=..'");
    TRY(study_of(arena, path, &c->study, &study, err));
    return put_results(&study, c, dir, err);
}

/* Answer the questions about a published series, which has neither rows nor a directory for its
 * results. */
static Status answer_series(const Command *c, Err *err) {
    Series series;
    Status status = OK;
    TRY(series_of(&c->series, &c->study.fit, &series, err));
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    Sheet sheet = sheet_json(&j), people = sheet_text_out(stdout);
    series_put(&sheet, &series);
    json_end(&j);
    if (c->tables) status = write_series_tables(&series, c->tables, err);
    if (c->json)
        puts(j.text.s);
    else
        series_put(&people, &series);
    text_close(&j.text);
    return status;
}

/* Print what is answered about runs that are not made yet, and keep it in a file. */
static Status put_answer(const Command *c, const void *answer,
                         void (*put)(Sheet *s, const void *answer), const FileMark *mark,
                         Err *err) {
    const char *path = c->design.save;
    Status status = path ? claim_file(path, mark, err) : OK;
    JsonOut j = json_out(2);
    Sheet sheet = sheet_json(&j), people = sheet_text_out(stdout);
    json_begin(&j, NULL, '{');
    put(&sheet, answer);
    json_end(&j);
    text_add(&j.text, "\n");
    if (status == OK && path) status = file_write(path, j.text.s, j.text.size, err);
    if (status == OK && c->json) fputs(j.text.s, stdout);
    if (status == OK && !c->json) put(&people, answer);
    text_close(&j.text);
    return status;
}

/* Choose which runs to make, given those at path; NULL: none was made. */
static Status answer_choice(Arena *arena, const Command *c, const char *path, Err *err) {
    static const FileMark CHOICE = {"{\n  \"target\": {", 0, "a choice of runs",
                                    "another --save-choice"};
    Points rows, held;
    ChoiceAnswer a;
    if (path) TRY(points_open(arena, path, &c->study.points, &rows, &held, err));
    TRY(choice_of(arena, path ? &rows : NULL, &c->study.fit, &c->design, &a, err));
    return put_answer(c, &a, choice_put, &CHOICE, err);
}

/* Tell how precise forecasts from planned runs will be. */
static Status answer_precision(Arena *arena, const Command *c, Err *err) {
    static const FileMark PRECISION = {"{\n  \"level\": ", 0, "an expected precision",
                                       "another --save-choice"};
    PlannedRuns planned;
    Precision p;
    TRY(planned_runs_open(arena, c->design.expect, &planned, err));
    TRY(precision_of(arena, &planned, &c->study.fit, &c->design, &p, err));
    return put_answer(c, &p, precision_put, &PRECISION, err);
}

/* Answer what is asked of runs that are not made yet. Laws are weighed unless one was asked for. */
static Status answer_design(Arena *arena, Command *c, const Args *args, Err *err) {
    const char *flag = c->design.choose ? "choose" : "expect";
    if (c->simulate || c->series.series)
        FAIL(err, E_USAGE, "--%s: goes with %s, not with --simulate or --series", flag,
             c->design.choose ? "a PATH or with none" : "no other table");
    if (c->design.expect && (c->design.choose || args->n_args))
        FAIL(err, E_USAGE, "--expect: tells of planned runs alone, without PATH and --choose");
    if (!c->study.law_named) c->study.fit.law = FORECAST_AUTO;
    if (c->design.expect) return answer_precision(arena, c, err);
    return answer_choice(arena, c, args->n_args ? args->args[0] : NULL, err);
}

static Status dispatch(Arena *arena, Command *c, const Args *args, Err *err) {
    if (c->simulate && c->series.series)
        FAIL(err, E_USAGE, "--simulate and --series: one of them at a time");
    if (c->seal && !args->n_args) FAIL(err, E_USAGE, "--seal: needs a sweep directory");
    if (c->simulate && args->n_args)
        FAIL(err, E_USAGE, "'%s' and --simulate: give one of them: both say where the rows are",
             args->args[0]);
    c->study.law_named = args->seen_flag[fit_field_index("law")];
    if (c->design.choose || c->design.expect) return answer_design(arena, c, args, err);
    if (c->design.forecast || c->design.save || c->design.budget_s > 0)
        FAIL(err, E_USAGE, "--%s needs --choose CANDIDATES.csv",
             c->design.forecast ? "forecast"
             : c->design.save   ? "save-choice"
                                : "budget");
    if (c->simulate) return simulate(arena, c, err);
    if (c->save || c->simulations > 1)
        FAIL(err, E_USAGE, "%s needs --simulate SPEC", c->save ? "--save" : "--simulations");
    if (c->series.series && args->n_args)
        FAIL(err, E_USAGE, "--series: stands instead of PATH, not beside it");
    if (c->series.series) return answer_series(c, err);
    if (args->n_args == 0) FAIL(err, E_USAGE, "an argument is missing; usage: %s", USAGE);
    return run(arena, c, args->args[0], err);
}

Status cmd_fit(int argc, char **argv, Err *err) {
    Arena *arena = arena_open();
    Command c = {.study = study_options_default(arena),
                 .series = series_options_default(),
                 .design = choice_options_default(),
                 .simulations = 1,
                 .factor = 10};
    Watch watch = watch_open("fit");
    c.study.fit.watch = isatty(STDERR_FILENO) ? &watch : NULL;
    FieldGroup groups[MAX_STUDY_GROUPS + 4];
    size_t n = study_groups(arena, &c.study, groups);
    groups[n++] = (FieldGroup){&SIMULATION_TABLE, &c};
    groups[n++] = (FieldGroup){&SERIES_FIELDS, &c.series};
    groups[n++] = (FieldGroup){&CHOICE_FIELDS, &c.design};
    groups[n++] = (FieldGroup){&TABLE, &c};
    const ArgSpec spec = {
        .usage = USAGE,
        .about = "Fit a scaling law to the runs of a sweep directory, or to any CSV with the "
                 "columns params, tokens and\n"
                 "loss. Intervals are from a bootstrap over training trunks. --series asks of "
                 "published gains whether they\nare one power law.",
        .groups = groups,
        .n_groups = n,
        .min_args = 0,
        .max_args = 1,
    };
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) status = dispatch(arena, &c, &args, err);
    arena_close(arena);
    return status;
}
