/* coverage.h: many simulated tables of one design, each fitted like any other: how far estimates
 * fall from the truth, and how often intervals hold it.
 *
 *     Coverage c;
 *     TRY(coverage_of(arena, &simulation, &options, 200, 10, &c, err));
 */
#ifndef ANALYSIS_SIMULATE_COVERAGE_H
#define ANALYSIS_SIMULATE_COVERAGE_H

#include "analysis/fit/options.h"
#include "analysis/simulate/simulate.h"

/* Of one quantity over the tables that could be fitted; NaN where it could not be told. */
typedef struct {
    const char *name; // "alpha", "a", "prediction", "new run"
    double truth;     // NaN of a new run, whose truth is drawn with each table
    double mean, bias;
    double median_error, p90_error; // of |error|
    double median_width;            // of the intervals
    double covered, covered_se;     // share of the intervals that hold the truth; binomial
} Covered;

typedef struct {
    int n, n_failed;       // tables simulated, and those that could not be fitted
    const char *why;       // of the first of these; "" when none
    double factor;         // predictions are at this many times the largest compute of the grid:
    double params, tokens; // at the planted law's best there; where it has none, both grow alike
    double flops;
    double level;
    const char *bootstrap;
    double status[FIT_UNTUNED + 1]; // share of the fitted tables with each
    Covered *rows;
    size_t n_rows;
} Coverage;

/* Simulations are worked in parallel; threads change no bit. options->seed + k is the seed of
 * table k's resamples. */
Status coverage_of(Arena *arena, const Simulation *s, const FitOptions *options, int simulations,
                   double factor, Coverage *out, Err *err);

void coverage_put(Sheet *s, const Simulation *simulation, const FitOptions *options,
                  const Coverage *c);

#endif
