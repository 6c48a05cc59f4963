/* problem.h: a law, an estimator and points make an objective in centred variables. problem_of.h
 * makes one of what the user asked for.
 *
 *     double value = problem_objective(&p, theta, gradient);
 *
 * The minimiser moves in z, which is theta with each coefficient replaced by ln of its term at the
 * middle of the data:
 *     z_i = theta_i - alpha * mean(ln x)                         for A of a term A / x^alpha
 *     z_i = theta_i - alpha * mean(ln x) - beta * mean(ln y)     for A of a term A / (x^alpha y^beta)
 *     z_i = alpha * (theta_i - mean(ln x))                       for x_c of a term (x_c / x)^alpha
 * A coefficient that the user fixes or bounds is not replaced, since those bounds are on theta.
 */
#ifndef ANALYSIS_FIT_PROBLEM_H
#define ANALYSIS_FIT_PROBLEM_H

#include "analysis/fit/estimator.h"
#include "analysis/laws/law.h"

typedef struct {
    const Law *law;
    const Estimator *estimator;
    double delta;     // Huber's delta, in ln L
    bool average;     // the objective is a mean over rows (loose.h)
    double tolerance; // where a loose descent ends (loose.h); 0: descent goes to the minimum
    const char *how;  // way of a law that is read off, one of its hows
    const Points *points;
    LawData data;
    const double *weights;           // (n) Point.weight of each row, or what a resample makes of it
    double centre[LAW_MAX_PARAMS];   // mean ln x of each coefficient, else 0
    double centre_y[LAW_MAX_PARAMS]; // mean ln y of each coefficient, else 0
    double lo[LAW_MAX_PARAMS], hi[LAW_MAX_PARAMS]; // bounds on z; equal where a parameter is fixed
    bool fixed[LAW_MAX_PARAMS]; // by the user or the source, or at 0: a slope of what does not vary
    bool asked[LAW_MAX_PARAMS]; // fixed or bounded by the user
    int n_free;                 // parameters that are not fixed
} Problem;

/* Return the weights (n) that the points have of themselves, in the arena. */
const double *problem_own_weights(Arena *arena, const Points *points);
double problem_weight(const Problem *p, size_t row);
double problem_total_weight(const Problem *p);
/* Return fitted minus measured, of L or ln L as the estimator has it. Fill its gradient in theta
 * unless NULL. */
double problem_residual(const Problem *p, size_t row, const double *theta, double *gradient);
/* Return the sum of weight * penalty, and fill its gradient in theta unless NULL. */
double problem_objective(const Problem *p, const double *theta, double *gradient);

/* Return z_i of theta. */
double problem_centred(const Problem *p, const double *theta, int i);
/* Fill theta from z. */
void problem_theta(const Problem *p, const double *z, double *theta);
/* Turn a gradient in theta, taken at theta, into one in z. */
void problem_gradient_to_z(const Problem *p, const double *theta, double *gradient);

/* Let z_i be theta_i itself from now on, as where the user fixes or bounds it. */
void problem_uncentre(Problem *p, int i);

/* Return what the rows with weight lack to carry the law, a sentence in the arena ("chinchilla
 * needs ..."); NULL: nothing. slack: rows needed beyond the number of free parameters. */
const char *problem_missing(Arena *arena, const Problem *p, int slack);

#endif
