/* choice.h: `tinyscale fit [ROWS] --choose CANDIDATES.csv`: which runs to make next, so that the
 * loss of a far run is foretold best within a time.
 *
 *     ChoiceOptions o = choice_options_default();
 *     o.choose = "candidates.csv", o.forecast = "params=9e5,tokens=1.6e7", o.budget_s = 2700;
 *     ChoiceAnswer a;
 *     TRY(choice_of(arena, NULL, &fit_options, &o, &a, err));
 *     choice_put(&sheet, &a);
 */
#ifndef ANALYSIS_CHOICE_CHOICE_H
#define ANALYSIS_CHOICE_CHOICE_H

#include "analysis/choice/choose.h"
#include "base/field.h"
#include "base/sheet.h"

typedef struct {
    const char *choose;   // path of a table of cells (cells.h)
    const char *expect;   // path of a table of planned runs (precision.h)
    const char *forecast; // "params=..,tokens=..", or "flops=..": the laws' best size then
    const char *save;     // file that gets the answer as JSON; NULL: none
    double budget_s;      // until all runs have ended
    int workers;          // runs side by side
    int most_seeds;       // of one cell
    double noise, trunk;  // as Possible's; with rows those that the rows tell
    double drift;         // as Possible's
} ChoiceOptions;

extern const FieldTable CHOICE_FIELDS;
ChoiceOptions choice_options_default(void);

/* What a chosen cell buys. */
typedef struct {
    size_t cell;
    Expected without; // what would be expected without any run of the cell
} ChoicePart;

typedef struct {
    const ChoiceOptions *options;
    Cells cells;
    const Possible *possible;
    Point target;
    ChosenRuns chosen, grid; // the grid's n is 0 where none keeps to the limits
    Expected measured;       // of the rows alone; NaN where there are none
    ChoicePart *parts;       // (n_parts) of the chosen cells, those that are missed most first
    size_t n_parts;
    const char **explained; // (n_explained) sentences
    int n_explained;
} ChoiceAnswer;

/* Choose. rows: measured already, or NULL: laws are then spread over what is typical. Options that
 * lack a target or a budget are E_USAGE; candidates of which nothing can be made within the budget
 * are E_FAILED. Memory is the arena's; rows must outlive the answer. */
Status choice_of(Arena *arena, const Points *rows, const FitOptions *fit, const ChoiceOptions *o,
                 ChoiceAnswer *out, Err *err);
void choice_put(Sheet *s, const void *answer);

#endif
