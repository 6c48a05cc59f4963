/* options.h: what may be asked of a fit: one struct, its defaults, one table of flags. */
#ifndef ANALYSIS_FIT_OPTIONS_H
#define ANALYSIS_FIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"

typedef struct {
    const char *law, *estimator;
    const char *x;         // of a law of one variable: flops, params or tokens
    const char *how;       // of a law that is read off: one of its hows; "": its first
    const char *fix;       // "alpha=.35,lnA=6" or NULL
    const char *bound;     // "alpha=0.1:1,E=1:" or NULL
    double delta;          // Huber's, in ln L
    bool average;          // to show a published failure: the objective is a mean
    double tolerance;      // to show a failure: descent ends at this gradient; 0: at the minimum
    int starts;            // of the point estimate
    int resamples;         // of the bootstrap; 0: no intervals
    const char *bootstrap; // how they are drawn: a name of BOOTSTRAPS
    double level;          // of the intervals: 0.90
    uint64_t seed;
} FitOptions;

FitOptions fit_options_default(void);
extern const FieldTable FIT_FIELDS;
/* Copy FIT_FIELDS into the arena, where the help of each choice lists the names of its table: laws,
 * their variables and ways, estimators, bootstraps. */
const FieldTable *fit_fields_told(Arena *arena);

#endif
