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
#ifndef FIT_MINIMISE_H
#define FIT_MINIMISE_H

enum { MINIMISE_MAX = 8 }; // variables

/* Why the minimiser stopped: negative failed, positive says why. READ_OFF: there was nothing to
 * minimise. */
typedef enum {
    STOP_FAILED = -1,
    STOP_EVALUATIONS = -2,
    STOP_GRADIENT = 1,
    STOP_STEP = 2,
    STOP_READ_OFF = 3
} FitStop;

/* Value at x; gradient (n) is filled unless NULL. Finite everywhere within the bounds. */
typedef double (*Objective)(const double *x, double *gradient, const void *data);

typedef struct {
    double value;
    double gradient_norm; // largest component that does not push against a bound
    FitStop stop; // STOP_GRADIENT: gradient_norm <= tolerance; STOP_STEP: no step lowers the value
} Minimum;

/* lo[i] == hi[i] keeps x[i] where it is. */
Minimum minimise(Objective f, const void *data, int n, const double *lo, const double *hi,
                 double tolerance, double *x);

#endif
