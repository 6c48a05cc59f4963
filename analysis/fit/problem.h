/* problem.h: a law, an estimator and points make an objective in centred variables. problem_of.h
 * makes one of what the user asked for.
 *
 *     double value = problem_objective(&p, theta, gradient);
 *
 * What the minimiser moves in is z, theta with each coefficient replaced by ln of its term at the
 * middle of the data:
 *     z_i = theta_i - exponent * mean(ln x)          for A of a term A / x^exponent
 *     z_i = exponent * (theta_i - mean(ln x))        for x_c of a term (x_c / x)^exponent
 * and likewise for y and its exponent, where a coefficient has two. A coefficient that is fixed or
 * bounded by the user stays itself: its bounds are of theta.
 */
#ifndef ANALYSIS_FIT_PROBLEM_H
#define ANALYSIS_FIT_PROBLEM_H

#include "analysis/fit/estimator.h"
#include "analysis/laws/law.h"

typedef struct {
    const Law *law;
    const Estimator *estimator;
    double delta;
    bool average;     // the objective is a mean: loose.h
    double tolerance; // 0; else descent ends as L-BFGS-B ends it: loose.h
    const char *how;  // of a law that is read off
    const Points *points;
    LawData data;
    const double *weights;         // (n) of each row: Point.weight, or what a resample makes of it
    double centre[LAW_MAX_PARAMS]; // mean ln x of each coefficient, else 0
    double centre_y[LAW_MAX_PARAMS];               // mean ln y of each coefficient, else 0
    double lo[LAW_MAX_PARAMS], hi[LAW_MAX_PARAMS]; // of z; equal where a parameter is fixed
    bool fixed[LAW_MAX_PARAMS]; // by the user, or a slope of what does not vary, which stays at 0
    bool asked[LAW_MAX_PARAMS]; // fixed or bounded by the user
    int n_free;                 // parameters that are not fixed
} Problem;

const double *problem_own_weights(Arena *arena, const Points *points);
double problem_weight(const Problem *p, size_t row);
double problem_total_weight(const Problem *p);
/* Fitted minus measured, of L or ln L as the estimator has it, and its gradient in theta (NULL is
 * fine). */
double problem_residual(const Problem *p, size_t row, const double *theta, double *gradient);
/* Sum of weight * penalty, and its gradient in theta (NULL is fine). */
double problem_objective(const Problem *p, const double *theta, double *gradient);

/* z of theta, all or one of them, and back. */
double problem_centred(const Problem *p, const double *theta, int i);
void problem_theta(const Problem *p, const double *z, double *theta);
/* Turn a gradient in theta, taken there, into one in z. */
void problem_gradient_to_z(const Problem *p, const double *theta, double *gradient);

/* From now on z_i is theta_i itself, as where the user fixes or bounds it. */
void problem_uncentre(Problem *p, int i);

/* Whether the rows with weight can carry the law: NULL, or what is missing, in the arena
 * ("chinchilla needs ..."). slack: rows needed beyond the number of free parameters. */
const char *problem_missing(Arena *arena, const Problem *p, int slack);

#endif
