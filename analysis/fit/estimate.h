/* estimate.h: starts and the minimiser make theta of a problem.
 *
 *     Estimate e = estimate_best(arena, &problem, 32);
 *     if (!estimate_converged(&e)) ...
 */
#ifndef ANALYSIS_FIT_ESTIMATE_H
#define ANALYSIS_FIT_ESTIMATE_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

typedef struct {
    double theta[LAW_MAX_PARAMS];
    double objective; // as stated: sum of weight * penalty; NaN where a law is read off
    /* Of the objective in units of problem_scale in centred variables, per unit of weight: its
     * largest component that does not push against a bound; at a kink of its best subgradient. */
    double gradient_norm;
    FitStop stop;
    const char *why;               // of a law that could not be read off: a sentence; else NULL
    bool at_bound[LAW_MAX_PARAMS]; // ends where its range does; never of what is fixed
    int n_starts, n_best;
    int start, n_evaluations; // the start it came from; of a loose descent (loose.h), else 0
} Estimate;
bool estimate_converged(const Estimate *e); // by its gradient

/* From one start; the best of the law's own starts. A law that is read off has neither. */
Estimate estimate_from(Arena *scratch, const Problem *p, const double *theta);
/* theta is near the minimum, as a resample's is near that of all rows: cheaper from there. */
Estimate estimate_near(Arena *scratch, const Problem *p, const double *theta);
Estimate estimate_best(Arena *scratch, const Problem *p, int n_starts);

#endif
