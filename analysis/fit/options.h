/* options.h: what may be asked of a fit: one struct, its defaults, one table of flags. */
#ifndef ANALYSIS_FIT_OPTIONS_H
#define ANALYSIS_FIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/field.h"
#include "base/watch.h"

typedef struct {
    const char *law, *estimator;
    const char *x;         // variable of a law of one: flops, params or tokens
    const char *how;       // way of a law that is read off, one of its hows; "": the first
    const char *fix;       // parameters that are known, "alpha=0.35,lnA=6"; or NULL
    const char *bound;     // ranges of parameters, "alpha=0.1:1,E=1:"; or NULL
    double delta;          // Huber's delta, in ln L
    bool average;          // to show a published failure: the objective is a mean
    double tolerance;      // to show a failure: descent ends at this gradient; 0: at the minimum
    int starts;            // starts of the point estimate
    int resamples;         // resamples of the bootstrap; 0: no intervals
    const char *bootstrap; // how resamples are drawn, a name of BOOTSTRAPS
    double level;          // share of truths that intervals should hold: 0.90
    uint64_t seed;         // seed of the resamples
    Watch *watch;          // is told how far fits are; NULL: nobody is
} FitOptions;

FitOptions fit_options_default(void);
/* Return the flags, in the arena. The help of each choice lists the names of its table: laws, their
 * variables and ways, estimators, bootstraps. */
const FieldTable *fit_fields(Arena *arena);
/* Return the place of a flag among fit_fields(). */
size_t fit_field_index(const char *name);

#endif
