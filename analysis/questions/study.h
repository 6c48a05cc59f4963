/* study.h: rows and options in, a law and all that is said beside it out: what `tinyscale fit`
 * prints and `tinyscale report` draws.
 *
 *     StudyOptions o = study_options_default();
 *     Study study;
 *     TRY(study_of(arena, path, &o, &study, err));
 *     fit_print(&study.fit, stdout);
 */
#ifndef ANALYSIS_QUESTIONS_STUDY_H
#define ANALYSIS_QUESTIONS_STUDY_H

#include "base/field.h"
#include "analysis/points/points.h"
#include "analysis/fit/options.h"
#include "analysis/questions/worth.h"
#include "analysis/questions/predict.h"
#include "analysis/questions/returns.h"
#include "analysis/questions/recount_table.h"

typedef struct {
    FitOptions fit; // its flags: FIT_FIELDS
    PointsOptions points;
    ReturnsOptions returns;       // its flags: RETURNS_FIELDS
    const Simulation *simulation; // rows are simulated, and the path is not looked at; or NULL
    bool profile;                 // profile likelihood of each parameter
    const char *predict;          // runs to foretell, or NULL
    bool seal;                    // ... and to write to the sweep's prediction.json
    bool recount;                 // a table of every way to count N and C
    const char *worth;            // FIELD or FIELD=BASELINE: what its settings are worth; or NULL
} StudyOptions;
StudyOptions study_options_default(void);
/* Rows from a simulation, and its law unless the user has named one. */
void study_options_simulate(StudyOptions *o, const Simulation *simulation, bool law_given);
extern const FieldTable STUDY_FIELDS; // which rows, and what else is asked; seal is not among them

/* The fit points into the study, which must stay where it is. */
typedef struct {
    Points points, held;
    Fit fit; // its sub-results hang on it
    Predictions predictions;
    Worths worths;
    ReturnsSet returns;
    RecountTable recount;
} Study;

/* path: a sweep directory or a CSV. When rows were read but no law could be fitted, points and held
 * are filled all the same, and fit.law is NULL. */
Status study_of(Arena *arena, const char *path, const StudyOptions *options, Study *out, Err *err);

#endif
