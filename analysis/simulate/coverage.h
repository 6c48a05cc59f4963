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

/* How one quantity came out over the tables that could be fitted; NaN where it could not be
 * told. */
typedef struct {
    const char *name;  // "alpha", "a", "prediction", "new run"
    double truth;      // the planted value; NaN for a new run, whose truth is drawn with each table
    double mean, bias; // mean of the estimates, and of estimate less truth
    double median_error, p90_error; // median and 90 % quantile of |estimate less truth|
    double median_width;            // median width of the intervals
    double covered;                 // share of the intervals that hold the truth
    double covered_se;              // its binomial standard error
} CoverageRow;

typedef struct {
    int n, n_failed; // tables simulated, and those that could not be fitted
    const char *why; // why the first one could not be fitted; "" when all could
    double factor;   // compute of the predictions over the grid's largest
    /* Where losses are predicted: the size that the planted law finds best for that compute. Where
     * the law tells none, size and length grow alike. */
    double params, tokens;
    double flops;
    double level;
    const char *bootstrap;
    double status[FIT_STATUSES]; // share of the fitted tables with each FitStatus
    CoverageRow *rows;
    size_t n_rows;
} Coverage;

/* Simulate that many tables, fit each, and compare with the truth. Tables are worked in parallel;
 * threads change no bit. options->seed + k is the seed of the resamples of table k. */
Status coverage_of(Arena *arena, const Simulation *s, const FitOptions *options, int simulations,
                   double factor, Coverage *out, Err *err);

void coverage_put(Sheet *s, const Simulation *simulation, const FitOptions *options,
                  const Coverage *c);

#endif
