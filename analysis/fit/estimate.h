/* estimate.h: theta of a problem, by the minimiser from several starts.
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
    double objective; // sum of weight * penalty; NaN where a law is read off
    /* Largest component of the gradient that does not push against a bound, per unit of weight; at
     * a kink, of the best subgradient. The gradient is that of the objective in units of
     * descent_scale, in centred variables. */
    double gradient_norm;
    MinimiseStop stop;
    const char *why;               // a sentence on why a law could not be read off; else NULL
    bool at_bound[LAW_MAX_PARAMS]; // ends where its range does; never true of what is fixed
    int n_starts, n_best;          // starts tried, and those that reached the best objective
    int start;                     // number of the start that led here
    int n_evaluations;             // of a loose descent (loose.h); else 0
} Estimate;
bool estimate_converged(const Estimate *e); // whether its gradient is small

/* Descend from the start theta. A law that is read off has no use for it. */
Estimate estimate_from(Arena *scratch, const Problem *p, const double *theta);
/* Descend from a theta near the minimum, which is cheaper. The estimate of all rows is near those
 * of resamples. */
Estimate estimate_near(Arena *scratch, const Problem *p, const double *theta);
/* Fit anew where rows or weights are others than those theta was fitted to: the best of a descent
 * from theta and of n_starts of the law's own starts. */
Estimate estimate_again(Arena *scratch, const Problem *p, const double *theta, int n_starts);
/* Return the best of n_starts starts of the law. A law that is read off has none. */
Estimate estimate_best(Arena *scratch, const Problem *p, int n_starts);

#endif
