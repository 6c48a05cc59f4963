/* design.h: `tinyscale fit [ROWS] --choose CANDIDATES.csv`: which runs to make next, so that the
 * loss of a far run is foretold best within a time.
 *
 *     DesignOptions o = design_options_default();
 *     o.choose = "candidates.csv", o.forecast = "params=9e5,tokens=1.6e7", o.budget_s = 2700;
 *     DesignAnswer a;
 *     TRY(design_of(arena, NULL, &fit_options, &o, &a, err));
 *     design_put(&sheet, &a);
 */
#ifndef ANALYSIS_DESIGN_DESIGN_H
#define ANALYSIS_DESIGN_DESIGN_H

#include "analysis/design/choose.h"
#include "base/field.h"
#include "base/sheet.h"

typedef struct {
    const char *choose;   // path of a table of cells (cells.h)
    const char *forecast; // "params=..,tokens=..", or "flops=..": the laws' best size then
    const char *save;     // file that gets the answer as JSON; NULL: none
    double budget_s;      // until all runs have ended
    int workers;          // runs side by side
    int most_seeds;       // of one cell
    double noise, trunk;  // as Possible's; with rows those that the rows tell
    double drift;         // as Possible's
} DesignOptions;

extern const FieldTable DESIGN_FIELDS;
DesignOptions design_options_default(void);

/* What a chosen cell buys. */
typedef struct {
    size_t cell;
    Expected without; // what would be expected without any run of the cell
} DesignPart;

typedef struct {
    const DesignOptions *options;
    Cells cells;
    const Possible *possible;
    Point target;
    Design chosen, grid; // the grid's n is 0 where none keeps to the limits
    Expected measured;   // of the rows alone; NaN where there are none
    DesignPart *parts;   // (n_parts) of the chosen cells, those that are missed most first
    size_t n_parts;
    const char **explained; // (n_explained) sentences
    int n_explained;
} DesignAnswer;

/* Choose. rows: measured already, or NULL: laws are then spread over what is typical. Options that
 * lack a target or a budget are E_USAGE; candidates of which nothing can be made within the budget
 * are E_FAILED. Memory is the arena's; rows must outlive the answer. */
Status design_of(Arena *arena, const Points *rows, const FitOptions *fit, const DesignOptions *o,
                 DesignAnswer *out, Err *err);
void design_put(Sheet *s, const DesignAnswer *a);
/* Write the answer as JSON to options->save, which is replaced only where it is such a file. */
Status design_save(const DesignAnswer *a, Err *err);

#endif
