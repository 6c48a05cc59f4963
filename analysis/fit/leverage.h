/* leverage.h: what a fit takes out of the noise of its rows.
 *
 * With the law linear about its estimate the residuals of a fit by weighted least squares are
 *     r = (I - Q Q') e,      r_i = sqrt(weight_i) (ln loss_i - fitted_i),
 *                            e_i = sqrt(weight_i) (the noise in ln loss_i)
 * where the columns of Q are an orthonormal basis of the law's gradient. Rows with much leverage
 * keep little of their noise.
 */
#ifndef ANALYSIS_FIT_LEVERAGE_H
#define ANALYSIS_FIT_LEVERAGE_H

#include "analysis/fit/problem.h"

typedef struct {
    size_t n;
    int k;                // columns of Q: free parameters that rows tell apart
    const double *q;      // (n, k) the basis Q
    const double *root;   // (n) sqrt(weight)
    const double *fitted; // (n) ln L at theta
    const double *r;      // (n) residuals, one Gauss-Newton step from the estimate's own
} Leverage;

/* Compute what a fit at theta takes out. The law must have a log_loss. Memory is the arena's. */
Leverage leverage_of(Arena *arena, const Problem *p, const double *theta);

/* Fill out (n) with residuals in ln L to which is given back what the fit took of each group:
 *     (I - Q_g Q_g')^-1 r_g
 * These are what a fit without the group would leave of it [the jackknife's residuals; Bell and
 * McCaffrey 2002, CR3]. A direction that a group alone decides has no residual, and gets none back.
 */
void leverage_unfit(const Leverage *l, const Points *points, double *out);

#endif
