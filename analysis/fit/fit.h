/* fit.h: a fitted law: values, intervals, how it was done, what it cannot tell, and what follows
 * from its theta. fit_points.h makes one; what else is asked of it stands in questions/, not here.
 *
 *     double L = law_loss(fit.law, fit.theta, &p);
 *     Optimum best = fit_optimum(&fit, 1e21);
 *
 * Intervals are percentile intervals of `fit.boots`, refits of resamples (bootstrap.h; by default
 * rows of a trunk stay together); the same resamples give those of everything derived.
 */
#ifndef ANALYSIS_FIT_FIT_H
#define ANALYSIS_FIT_FIT_H

#include <stdint.h>

#include "base/interval.h"
#include "base/json.h"
#include "analysis/fit/estimate.h"
#include "analysis/fit/noise.h"
#include "analysis/laws/isoflop.h"

typedef enum {
    FIT_OK,
    FIT_NOT_IDENTIFIED,
    FIT_AT_BOUND,
    FIT_NO_CONVERGENCE,
    FIT_UNTUNED
} FitStatus;
const char *fit_status_name(FitStatus s); // "OK", "NOT_IDENTIFIED", ...
const char *fit_stop_name(FitStop s);     // "GRADIENT", ...

enum { FIT_MAX_NOTES = 40 };

/* Training FLOPs as a function of size and length, fitted to the points: C = kappa N^q D; kappa 6
 * and q 1 where flops are 6 N D. */
typedef struct {
    double kappa, q;
    double error; // largest relative misfit of a row
} TrainingCost;

/* The compute-optimal split under C = 6 N D, in units of C/6 as published [Hoffmann et al. 2022,
 * eq. 4]: N = G (C/6)^a, D = (C/6)^b / G, L = E + K (C/6)^-eta. NaN where the law has none. */
typedef struct {
    Interval a, b, G, eta, K;
} OptimalSplit;

typedef struct {
    const Law *law;
    const char *estimator;
    const Problem *problem; // what was solved, for whatever refits a part of it
    const Problem *part;    // what was resampled, and is validated: `problem` itself, or some rows
                            // of it where it is large (thin.h)
    const Points *points, *held;

    double theta[LAW_MAX_PARAMS];
    Interval params[LAW_MAX_PARAMS]; // of theta, in the units that the law reports
    int n_free; // parameters that were fitted: all but slopes of what does not vary
    OptimalSplit split;
    TrainingCost cost;
    Noise noise;

    double objective, gradient_norm, rms_log_residual, aicc;
    FitStop stop;
    FitStatus status;
    int n_starts, n_best; // starts tried, and those that reached the best objective
    double delta;         // Huber's, in ln L

    double *boots; // (n_boots, n_params) theta of each resample
    int n_boots;
    const char *bootstrap; // how resamples were drawn: a name of BOOTSTRAPS
    double level;          // of the intervals
    uint64_t seed;

    const char *notes[FIT_MAX_NOTES]; // plain sentences for people
    int n_notes;
} Fit;

/* Sets what follows from theta and boots: params, split, cost, rms_log_residual, aicc. */
void fit_derive(Fit *fit);

/* Mean |relative error| and mean relative error (predicted - measured) / measured on held-out
 * points; n 0: NaN. */
typedef struct {
    size_t n;
    double mean_abs_rel, bias;
} Holdout;
Holdout fit_holdout(const Fit *fit);

/* Fits the cost anew, to fit->points. */
void fit_cost(Fit *fit);

/* What is known of the source beside E: floor_nat is what E would be of a perfect model,
 * entropy_nat the rate. */
bool fit_truth_known(const Fit *fit);
bool fit_E_inside(const Fit *fit); // the floor lies in the interval of E

/* L = E + K C^-eta and N*, D* for C = kappa N^q D; E etc. NaN where the law has none. */
Frontier fit_frontier(const Fit *fit, const double *theta);

/* Percentile interval of f(theta) over the resamples around its value at the estimate. */
Interval fit_interval(const Fit *fit,
                      double (*f)(const Fit *fit, const double *theta, const void *argument),
                      const void *argument);
/* Predicted loss at (N, D). new_run adds the noise of a run with a trunk of its own: a prediction
 * interval for one new run; without it, the interval of the law itself. */
Interval fit_predict(const Fit *fit, double params, double tokens, bool new_run);

/* Compute-optimal N and D at C FLOPs, with C = kappa N^q D (closed form; q = 1, kappa = 6 is
 * Hoffmann et al. eq. 4). */
typedef struct {
    Interval params, tokens, loss;
} Optimum;
Optimum fit_optimum(const Fit *fit, double flops);

/* IsoFLOP optima of the points: by the law's own way where it reads them off, else by Akima's. */
IsoFlops fit_isoflop(Arena *arena, const Fit *fit);

#endif
