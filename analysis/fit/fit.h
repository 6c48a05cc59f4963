/* fit.h: a fitted law: values, intervals, how they were found, what they cannot tell, and what
 * follows from theta. fit_points.h makes one. What else is asked of it stands in questions/.
 *
 *     double L = law_loss(fit.law, fit.theta, &p);
 *     FitOptimum best = fit_optimum(&fit, 1e21);
 *
 * Intervals are percentile intervals of `fit.boots`, refits of resamples (bootstrap.h); by default
 * rows of a trunk stay together. What is derived from theta has its intervals from them, too.
 */
#ifndef ANALYSIS_FIT_FIT_H
#define ANALYSIS_FIT_FIT_H

#include <stdint.h>

#include "base/interval.h"
#include "base/json.h"
#include "analysis/fit/estimate.h"
#include "analysis/fit/form.h"
#include "analysis/fit/noise.h"
#include "analysis/laws/isoflop.h"

typedef enum {
    FIT_OK,
    FIT_NOT_IDENTIFIED,
    FIT_AT_BOUND,
    FIT_NO_CONVERGENCE,
    FIT_UNTUNED,
    FIT_WRONG_FORM,
    FIT_STATUSES
} FitStatus;
const char *fit_status_name(FitStatus s);  // "OK", "NOT_IDENTIFIED", ...
const char *fit_stop_name(MinimiseStop s); // "GRADIENT", ...

/* Reasons not to call a fit OK, the weightiest first. */
enum { FIT_REASONS = FIT_STATUSES - 1 };
extern const FitStatus FIT_BY_WEIGHT[FIT_REASONS];

enum { FIT_MAX_NOTES = 48 };

/* Training FLOPs as a function of size and length, C = kappa N^q D, fitted to the points. Where
 * flops are 6 N D, kappa is 6 and q is 1. */
typedef struct {
    double kappa, q;
    double error; // largest relative misfit of a row
} FitCost;

/* The compute-optimal split under C = 6 N D, in units of C/6 as published [Hoffmann et al. 2022,
 * eq. 4]: N = G (C/6)^a, D = (C/6)^b / G, L = E + K (C/6)^-eta. NaN where the law has none. */
typedef struct {
    Interval a, b, G, eta, K;
} FitSplit;

typedef struct {
    const Law *law;
    const char *estimator;
    const Problem *problem; // what was solved; other modules refit parts of it
    /* What was resampled and is validated: `problem` itself, or some rows of it where it is large
     * (thin.h). */
    const Problem *part;
    const Points *points, *held; // rows that were fitted, and rows held out or NULL

    double theta[LAW_MAX_PARAMS];    // the estimate in the law's coordinates
    Interval params[LAW_MAX_PARAMS]; // parameters in the units that the law reports
    int n_free;     // parameters that were fitted, not fixed nor slopes of what does not vary
    FitSplit split; // NaN where no_frontier is set
    /* Why nothing is told of what is best: no frontier, best size or length, exponents a and b, G,
     * nor returns (judge.c has the rule). A sentence; NULL: it is told, where the law has it. */
    const char *no_frontier;
    FitCost cost;
    Noise noise;
    Form form; // whether the law has the form of `part`

    double objective, gradient_norm; // at the estimate (estimate.h)
    double rms_log_residual;         // of the fitted rows
    double aicc;                     // of Gaussian residuals in ln L; NaN where rows are too few
    MinimiseStop stop;
    FitStatus status;     // the weightiest of the reasons; FIT_OK: there is none
    unsigned reasons;     // bit 1 << s for every FitStatus s that applies
    int n_starts, n_best; // starts tried, and those that reached the best objective
    double delta;         // Huber's delta, in ln L; NaN where a law is read off

    double *boots; // (n_boots, n_params) theta of each resample
    int n_boots;
    const char *bootstrap; // how resamples were drawn: a name of BOOTSTRAPS
    double level;          // share of truths that intervals should hold: 0.90
    uint64_t seed;         // seed of the resamples

    const char *notes[FIT_MAX_NOTES]; // plain sentences for people
    int n_notes, n_reason_notes;      // the first n_reason_notes are why the status is what it is
    bool one_rate_a_cell; // each size and length was run at one learning rate, as far as is told
} Fit;

/* Set what follows from theta and boots: params, split, cost, rms_log_residual, aicc. */
void fit_derive(Fit *fit);
/* Return the split that follows from theta and boots, whatever no_frontier says. */
FitSplit fit_split(const Fit *fit);

/* Errors (predicted - measured) / measured on held-out points: the mean of |error|, and the mean.
 * NaN where n is 0. */
typedef struct {
    size_t n;
    double mean_abs_rel, bias;
} Holdout;
/* Return the errors on fit->held. */
Holdout fit_holdout(const Fit *fit);

/* Fill out with the names of all reasons that apply, the weightiest first. Return how many. */
int fit_reasons(const Fit *fit, const char *out[FIT_REASONS]);

/* By how much runs miss the law, sd in ln L, and in which words that may be said: the noise of a
 * run is known where runs were repeated, else there is only their scatter about the law. */
typedef struct {
    double sd;
    const char *words; // "the noise of a run" or "the scatter about this law"
} FitScatter;
FitScatter fit_scatter(const Fit *fit);

/* Fit the cost anew, to fit->points. */
void fit_cost(Fit *fit);

/* Return whether the true E is known: the law has an E, and the source a floor_nat, which is the E
 * of a perfect model. The E of a law of size alone holds what its lengths lack, and is no floor of
 * the source; nor is that of a law of length alone. */
bool fit_truth_known(const Fit *fit);
bool fit_E_inside(const Fit *fit); // whether the floor lies in the interval of E

/* Return L = E + K C^-eta and N*, D* under C = kappa N^q D; NaN where the law has none, and where
 * no_frontier is set. */
Frontier fit_frontier(const Fit *fit, const double *theta);
/* Return it whatever no_frontier says, for what is read near the runs only. */
Frontier fit_frontier_any(const Fit *fit, const double *theta);

/* Return f(theta) at the estimate, and its percentile interval over the resamples. */
Interval fit_interval(const Fit *fit,
                      double (*f)(const Fit *fit, const double *theta, const void *argument),
                      const void *argument);
/* Return a blank row with this N and D, the FLOPs that the fitted cost gives it, and the batch of
 * the fitted row of most FLOPs: larger runs are made as the largest was. */
Point fit_point(const Fit *fit, double params, double tokens);
/* Predict the loss at (N, D). With new_run the interval is for one new run: it has the noise of a
 * run with a trunk of its own. Without it, the interval is that of the law itself. */
Interval fit_predict(const Fit *fit, double params, double tokens, bool new_run);
/* Predict the loss of any row, also of another batch than fit_point() gives it. */
Interval fit_predict_at(const Fit *fit, const Point *p, bool new_run);

/* Compute-optimal N and D, and their loss. */
typedef struct {
    Interval params, tokens, loss;
} FitOptimum;
/* Return the optimum at `flops` = kappa N^q D, in closed form; with q = 1 and kappa = 6 it is eq. 4
 * of Hoffmann et al. NaN where fit_frontier() is. */
FitOptimum fit_optimum(const Fit *fit, double flops);

/* Return the IsoFLOP optima of the points: by the law's own way where it reads them off, else by
 * Akima's. */
IsoFlops fit_isoflop(Arena *arena, const Fit *fit);

#endif
