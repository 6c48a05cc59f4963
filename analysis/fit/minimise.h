/* minimise.h: the least value of a smooth function of a few variables within bounds. The only user
 * of NLopt.
 *
 *     Minimum m = minimise(objective, &data, n, lo, hi, 1e-8, x);     // x: start in, minimum out
 *     if (m.stop < 0) ...                             // x is the best found, but not a minimum
 *
 * Unlike the usual fit code, a run of the minimiser is judged by its gradient and not by its own
 * stopping rule: a fit that ended early looks like any other number (Besiroglu et al. 2024,
 * arXiv:2404.10102, found just that).
 */
#ifndef ANALYSIS_FIT_MINIMISE_H
#define ANALYSIS_FIT_MINIMISE_H

enum { MINIMISE_MAX = 8 }; // most variables

/* Why the minimiser stopped; a negative one is a failure. */
typedef enum {
    STOP_FAILED = -1,      // the value is not finite
    STOP_EVALUATIONS = -2, // too many steps were taken
    STOP_GRADIENT = 1,     // the gradient's norm is within the tolerance
    STOP_STEP = 2,         // no step lowers the value
    STOP_READ_OFF = 3,     // there was nothing to minimise
    STOP_TOLERANCE = 4     // another code's rule was met, which says nothing of the gradient
} MinimiseStop;

/* Return the value at x, and fill its gradient (n) unless NULL. It is finite within the bounds. */
typedef double (*Objective)(const double *x, double *gradient, const void *data);
/* Second derivatives (the lower triangle), and a typical curvature along each variable, by which
 * steps are damped. The typical one is positive even where the second derivative is 0 or less. */
typedef struct {
    double h[MINIMISE_MAX][MINIMISE_MAX], typical[MINIMISE_MAX];
} Curvature;
typedef void (*CurvatureAt)(const double *x, Curvature *c, const void *data);

typedef struct {
    double value;
    double gradient_norm; // largest component that does not push against a bound
    MinimiseStop stop;
} Minimum;

/* Minimise f from x, which becomes the minimum. lo[i] == hi[i] keeps x[i] where it is. */
Minimum minimise(Objective f, const void *data, int n, const double *lo, const double *hi,
                 double tolerance, double *x);

/* What to minimise, for minimise_from() and minimise_near(). */
typedef struct {
    Objective f;
    CurvatureAt curvature; // NULL: differences of the gradient
    const void *data;
    int n;
    const double *lo, *hi; // (n)
    double tolerance;      // on the norm of the gradient
} Descent;
/* Minimise from any x within the bounds, which becomes the minimum. */
Minimum minimise_from(const Descent *d, double *x);
/* Minimise from an x near a minimum, by Newton's iteration alone. */
Minimum minimise_near(const Descent *d, double *x);

/* Return the largest component of a gradient at x that does not push against a bound. */
double minimise_norm(const Descent *d, const double *x, const double *gradient);

/* Minimise by NLopt's L-BFGS, but stop as scipy's L-BFGS-B does by default, whose rule is
 * L-BFGS-B's own [Zhu et al. 1997, Algorithm 778]: the projected gradient's largest component is at
 * most d->tolerance, or one step lowers the value by at most 2.2e-9 max(|f|, 1). This shows what
 * the rule does to an objective that is everywhere far below 1. *n_evaluations counts evaluations
 * of f. */
Minimum minimise_loosely(const Descent *d, double *x, int *n_evaluations);

#endif
