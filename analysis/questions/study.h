/* study.h: a table of runs, the law fitted to it, and the answers to the questions about it.
 * study_of.h makes a study, `tinyscale fit` prints it and `tinyscale report` draws it.
 *
 *     const Predictions *said = study_answer(&study, &PREDICTIONS_QUESTION); // NULL: no answer
 */
#ifndef ANALYSIS_QUESTIONS_STUDY_H
#define ANALYSIS_QUESTIONS_STUDY_H

#include "analysis/fit/options.h"
#include "analysis/forecast/forecast.h"
#include "analysis/points/points.h"
#include "analysis/questions/question.h"
#include "analysis/simulate/simulate.h"
#include "base/field.h"

typedef struct {
    FitOptions fit; // how the law is fitted; its flags are fit_fields()
    /* The user has named fit.law. It is fitted then, whatever these rows can tell; else another law
     * may stand in (design.h). */
    bool law_named;
    PointsOptions points; // which rows are read, and how; its flags are STUDY_FIELDS
    /* FIELD or FIELD=BASELINE (worth.h): the field whose settings are compared; NULL: not asked */
    const char *worth;
    /* Where rows are simulated instead of read from the path; NULL: they are read. */
    const Simulation *simulation;
    /* (QUESTIONS) the struct behind each question's flags; NULL: it has no flags */
    void *asked[MAX_QUESTIONS];
} StudyOptions;
/* Return options under which nothing is asked. The structs of the questions are the arena's. */
StudyOptions study_options_default(Arena *arena);
/* Take rows from a simulation, and its law too unless the user has named one. That law is then
 * named. */
void study_options_simulate(StudyOptions *o, const Simulation *simulation);
/* Return the struct behind the flags of one question. The question must have flags. */
void *study_options_of(const StudyOptions *o, const Question *question);

extern const FieldTable STUDY_FIELDS; // flags: which rows are read, and how N and C are counted
/* Fill out, which has room for MAX_STUDY_GROUPS, with the groups of flags of a study, and return
 * their number. The groups point into the options. */
enum { MAX_STUDY_GROUPS = MAX_QUESTIONS + 2 };
size_t study_groups(Arena *arena, StudyOptions *o, FieldGroup *out);

typedef struct Comparison Comparison;       // compare.h
typedef struct WorthContrast WorthContrast; // worth_field.h

/* A study. Its parts point into each other, so it must not be moved or copied. */
struct Study {
    /* What was asked; its law is that of `fit`, where laws were weighed to find it or another law
     * stands in. */
    const StudyOptions *options;
    const char *design; // why another law stands in; NULL: none does
    Points points, held;
    Fit fit;                      // fit.law is NULL when rows were read but no law could be fitted
    const Comparison *comparison; // with --law all: every rival of the fit; else NULL
    /* With --law auto, the default: the laws that are weighed, of which `fit` is the one that
     * forecast_describes() names; NULL: one law was asked for. */
    const Forecast *forecast;
    /* Which rows are settings beside a baseline, and which rows are that baseline. */
    const WorthContrast *contrast;
    const Simulation *simulation; // where the points were simulated; NULL: they were read
    const char *called;           // the name of the table on sheets: its path, unless changed
    const void *answers[MAX_QUESTIONS];
};

/* Return the answer of a question, of the type that its header names; NULL: it has none. */
const void *study_answer(const Study *study, const Question *question);

#endif
