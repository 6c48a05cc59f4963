/* study.h: what is asked of a table, and what came of it: its rows, their law, the answers to the
 * questions. study_of.h makes one; `tinyscale fit` prints it and `tinyscale report` draws it.
 *
 *     const Predictions *said = study_answer(&study, &PREDICTIONS_QUESTION); // or NULL
 */
#ifndef ANALYSIS_QUESTIONS_STUDY_H
#define ANALYSIS_QUESTIONS_STUDY_H

#include "analysis/fit/options.h"
#include "analysis/points/points.h"
#include "analysis/questions/question.h"
#include "analysis/simulate/simulate.h"
#include "base/field.h"

typedef struct {
    FitOptions fit;       // its flags: FIT_FIELDS
    PointsOptions points; // its flags: STUDY_FIELDS
    const char *worth;    // FIELD or FIELD=BASELINE: what its settings are worth (worth.h); or NULL
    const Simulation *simulation; // rows are simulated, and the path is not looked at; or NULL
    void *asked[MAX_QUESTIONS];   // the struct behind the flags of each row of QUESTIONS, or NULL
} StudyOptions;
/* Nothing is asked yet; memory of the questions' own structs is the arena's. */
StudyOptions study_options_default(Arena *arena);
/* Rows from a simulation, and its law unless the user has named one. */
void study_options_simulate(StudyOptions *o, const Simulation *simulation, bool law_given);
/* The struct behind the flags of one question, which must have some. */
void *study_options_of(const StudyOptions *o, const Question *question);

extern const FieldTable STUDY_FIELDS; // which rows, and how they are counted
/* The flags of a study, for a command's own list: out has room for MAX_STUDY_GROUPS; returns how
 * many there are. The groups point into the options. */
enum { MAX_STUDY_GROUPS = MAX_QUESTIONS + 2 };
size_t study_groups(Arena *arena, StudyOptions *o, FieldGroup *out);

typedef struct Comparison Comparison;       // compare.h
typedef struct WorthContrast WorthContrast; // worth_field.h

/* Parts point into each other: a study must stay where it is. */
struct Study {
    const StudyOptions *options;
    Points points, held;
    Fit fit;                       // law NULL when rows were read but no law could be fitted
    const Comparison *comparison;  // of --law all, with every rival of the fit; else NULL
    const WorthContrast *contrast; // which rows are settings beside a baseline, and which is that
    const Simulation *simulation;  // what the points were simulated from, or NULL
    const char *called;            // what sheets call the table: as it was given, unless changed
    const void *answers[MAX_QUESTIONS];
};

/* What ask() of the question left, of the type that its header names; NULL: it has no answer. */
const void *study_answer(const Study *study, const Question *question);

#endif
