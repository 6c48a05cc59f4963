/* fit.h: a fitted law: values, intervals, how it was done, what it cannot tell, and what follows
 * from its theta. fit_points.h makes one.
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

#include "base/json.h"
#include "analysis/fit/estimate.h"
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

typedef struct {
    double value, lo, hi; // lo, hi NaN without intervals
} Interval;

/* The loss foretold for a run: asked for, or sealed in a sweep's ledger before the run began. */
typedef struct {
    const char *id; // "" when only asked for
    double params, tokens, flops;
    Interval loss; // for one new run
    bool sealed;
    double outcome; // NaN while not run
} Prediction;

enum { FIT_MAX_NOTES = 40 };
typedef struct Fit Fit;
typedef struct Profiles Profiles;     // profile.h
typedef struct Approaches Approaches; // approaches.h

typedef struct Worths Worths;             // worth.h
typedef struct Validation Validation;     // validate.h
typedef struct Comparison Comparison;     // compare.h
typedef struct Bend Bend;                 // bend.h
typedef struct ReturnsSet ReturnsSet;     // returns.h
typedef struct Simulation Simulation;     // simulate.h
typedef struct Sheet Sheet;               // sheet.h: results on their way to JSON or to people
typedef struct RecountTable RecountTable; // recount_table.h
struct Fit {
    const Law *law;
    const char *estimator;
    const Problem *problem; // as it was solved, for whatever refits a part of it
    const Problem *part; // the same, or some rows of a large one (thin.h): what it was resampled,
                         // and is validated, on
    const Points *points, *held;
    double theta[LAW_MAX_PARAMS];
    int n_free; // parameters that were fitted: all but slopes of what does not vary
    Interval params[LAW_MAX_PARAMS]; // as reported
    Interval a, b, G, eta, K;        // of the frontier under C = 6 N D; NaN where the law has none
    /* Training FLOPs per token as a power of N, fitted to the points: C = kappa N^q D; kappa 6, q 1
     * when flops are 6 N D. */
    double kappa, q, flops_error; // flops_error: largest relative misfit
    double objective, gradient_norm, rms_log_residual, aicc;
    FitStop stop;
    FitStatus status;
    int n_starts, n_best; // starts tried, and those that reached the best objective
    double *boots;        // (n_boots, n_params) theta of each resample
    int n_boots;
    const Approaches *approaches; // of --law all, else NULL
    const Profiles *profiles;     // set by the study when asked for, else NULL
    double level;
    const char *notes[FIT_MAX_NOTES]; // plain sentences for people
    int n_notes;
    double delta;
    uint64_t seed;
    double noise;                  // sd in ln L of a new run about its law: noise.h
    double noise_trunk, noise_run; // its parts; NaN where they are not told apart
    int noise_freedom;             // residuals' worth of what is known of it
    const char *bootstrap;         // how resamples were drawn: a name of BOOTSTRAPS
    const Prediction *predictions; // set by the command, shown by fit_print
    size_t n_predictions;
    const Validation *validation; // on points left out of it; NULL: not asked for
    const Fit *rivals; // of --law all: every law fitted to these points, this one among them
    size_t n_rivals;
    const Bend *bend;             // NULL: not asked for
    const Comparison *comparison; // of the rivals; NULL where one law was asked for
    const ReturnsSet *returns;    // set by the study, or NULL
    const Simulation *simulation; // what the points were simulated from, or NULL
    const Worths *worths; // set by the study where settings stand beside a baseline, else NULL
    const RecountTable *recount; // set by the study where it is asked for, else NULL
};

/* Sets what follows from theta and boots: params, a to K, kappa, q, flops_error, rms_log_residual,
 * aicc. */
void fit_derive(Fit *fit);

/* Mean |relative error| and mean relative error (predicted - measured) / measured on held-out
 * points; n 0: NaN. */
typedef struct {
    size_t n;
    double mean_abs_rel, bias;
} Holdout;
Holdout fit_holdout(const Fit *fit);

/* kappa, q and flops_error anew, of fit->points. */
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
