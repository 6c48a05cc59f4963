/* validate.h: how well a law predicts runs that it was not fitted to.
 *
 *     const Validation *v = validate(arena, &fit);
 *
 * Extrapolation loss is what tells laws apart, not how well they describe what they were fitted to
 * [Alabdulmohsin et al. 2022, arXiv:2209.06640, sec. 3]. Whole sizes are left out, not the rows of
 * largest compute: what is asked of a law is most often a larger model, and the rows of one size
 * share its shape, its learning rate and often its training trunk, so that leaving out some of them
 * would leave their luck in the fit.
 */
#ifndef ANALYSIS_QUESTIONS_VALIDATE_H
#define ANALYSIS_QUESTIONS_VALIDATE_H

#include "analysis/fit/fit.h"

/* Refitted without the largest sizes: as few of them as hold a tenth of the rows. */
typedef struct {
    const char *rule;             // "params >= 3e+05"
    size_t n_fitted;              // rows it was fitted to
    Holdout error;                // of the others; n 0 when it was not done
    double noise;                 // spread of a run in ln L, from the rows fitted
    const bool *left_out;         // (n) of the fit's points
    double theta[LAW_MAX_PARAMS]; // of the refit
} LargestOut;

/* Refitted as often as there are sizes (at most VALIDATE_FOLDS; then neighbours are left out
 * together), each time without one of them, which is then predicted. */
enum { VALIDATE_FOLDS = 20 };
typedef struct {
    const char *by; // "params"
    int n_folds;
    Holdout error; // n 0 when it was not done
} SizesOut;

typedef struct {
    LargestOut largest;
    SizesOut sizes;
} Validation;

/* Sizes are params (of rows with experts the active ones), or tokens where there are fewer than
 * five sizes. What the rows are too few for has n 0: leaving the largest out wants four sizes to
 * remain, cross-validation that every refit could carry the law. A law that predicts no loss has
 * neither. The fit is as fit_points left it; memory is the arena's. */
const Validation *validate(Arena *arena, const Fit *fit);

/* Theta on the rows with weight, from `theta` and from n_starts of the law's own starts. */
Estimate validate_refit(Arena *scratch, const Problem *p, const double *theta, int n_starts);

/* The held-out rows were chosen by the user, and are more than a sweep's heroes. */
bool validate_user_holdout(const Fit *fit);

#endif
