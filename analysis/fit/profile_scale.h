/* profile_scale.h: how much an objective may rise by chance. The formulas stand in profile.h.
 *
 *     ProfileScale *s = profile_scale_of(arena, &problem, theta);
 *     double lambda = profile_lambda(s, i, &reach);
 */
#ifndef ANALYSIS_FIT_PROFILE_SCALE_H
#define ANALYSIS_FIT_PROFILE_SCALE_H

#include "analysis/fit/problem.h"

typedef struct {
    const Problem *problem;
    const double *theta;
    size_t n;     // rows with weight
    double psi2;  // sum of w psi^2 / (n - k)
    double bend;  // E[psi']
    double *psi;  // (points) psi of each residual, times weight
    double *g;    // (points, n_params) gradient of the residual in theta
    double df;    // n - k, or where rows share groups the groups less one
    bool grouped; // rows share groups
} ProfileScale;

/* Measure the residuals at theta. Memory is the arena's; problem and theta must outlive it. */
ProfileScale profile_scale_of(Arena *arena, const Problem *p, const double *theta);

/* Return lambda of parameter i (theta_i itself, not its centred form). *reach: its standard error
 * by lambda and curvature, a first guess of the interval's half width; 0 when curvature does not
 * tell. */
double profile_lambda(const ProfileScale *s, int i, double *reach);

/* Return the T that a true hypothesis exceeds with probability 1 - level. */
double profile_threshold(double level, double df);

#endif
