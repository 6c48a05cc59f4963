/* validate.h: how well a law predicts runs that it was not fitted to.
 *
 *     const Validation *v = validate(arena, &fit);
 *
 * Laws differ in how well they extrapolate, not in how well they describe what they were fitted to
 * [Alabdulmohsin et al. 2022, arXiv:2209.06640, sec. 3]. Whole sizes are left out, not the rows of
 * largest compute, for two reasons. A law is most often asked about a larger model. And the rows of
 * one size share its shape, its learning rate and often its training trunk: if some of them stayed
 * in the fit, so would the luck that they share with the others.
 *
 * Intervals of what is left out are Student's about the refit: the noise of a run, and what it
 * makes of the coefficients to first order (candidate.h). Those of the rows held out are the fit's
 * own. */
#ifndef ANALYSIS_QUESTIONS_VALIDATE_H
#define ANALYSIS_QUESTIONS_VALIDATE_H

#include "analysis/fit/fit.h"
#include "analysis/questions/question.h"

/* How runs came out beside what was foretold of them by a fit that had not seen them. */
typedef struct {
    size_t n, inside; // runs, and those inside the interval of one new run
    size_t too_high;  // runs of which a higher loss was foretold than they had
    double noises;    // mean of ln foretold - ln measured, in deviations of a run (fit_scatter)
    bool judged;      // there are intervals; else `inside` says nothing
} Outcome;

/* Return whether all runs missed on one side, by more than two deviations of a run on average: no
 * scatter of single runs does that. */
bool outcome_one_sided(const Outcome *o);
/* Return "all too high", "all too low" or "both sides": what was foretold, beside what came. */
const char *outcome_side(const Outcome *o);
void outcome_put(Sheet *s, const Outcome *o); // put its cells: inside, side, noises

/* The law refitted without the largest sizes. As few sizes are left out as hold a tenth of the
 * rows. */
typedef struct {
    const char *rule;     // "params >= 3e+05"
    size_t n_fitted;      // rows of the refit
    Holdout error;        // errors on the rows left out; n is 0 when there was no refit
    Outcome outcome;      // of the rows left out
    double noise;         // standard deviation of ln L about the refit, from the rows fitted
    const bool *left_out; // (points of the fit) which rows were left out
    double theta[LAW_MAX_PARAMS]; // coefficients of the refit
} LargestOut;

/* The law refitted without each size in turn, which is then predicted. With more than
 * VALIDATE_FOLDS sizes, neighbouring sizes are left out together. */
enum { VALIDATE_FOLDS = 20 };
typedef struct {
    const char *by; // variable by which sizes are told apart: "params" or "tokens"
    int n_folds;
    Holdout error; // errors over all rows; n is 0 when there was no cross-validation
    Outcome outcome;
} SizesOut;

typedef struct {
    LargestOut largest;
    SizesOut sizes;
} Validation;

/* Return how well the law predicts sizes that it was not fitted to. A size is a value of params, of
 * active params where rows have experts, or of tokens where there are fewer than five values of
 * params. What the rows are too few for has n 0: without the largest sizes four must remain, and
 * every refit of the cross-validation must have rows enough for the law. A law that predicts no
 * loss has neither. The fit is as fit_points left it; memory is the arena's. */
const Validation *validate(Arena *arena, const Fit *fit);

/* Return whether the user chose the held-out rows; false where they are only a sweep's heroes. */
bool validate_user_holdout(const Fit *fit);
/* Return how the rows that were held out of the fit came out; n is 0 where there are none. */
Outcome validate_held(const Fit *fit);

extern const Question VALIDATION_QUESTION; // its answer is a Validation

#endif
