/* profile_scale.h: how much an objective may rise by chance: see profile.h for the formulas.
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
    size_t n;    // rows with weight
    double psi2; // sum of w psi^2 / (n - k)
    double bend; // E[psi']
    double *psi; // (points) times weight
    double *g;   // (points, n_params) gradient of the residual in theta
    double df;
    bool grouped; // rows share groups
} ProfileScale;

ProfileScale profile_scale_of(Arena *arena, const Problem *p, const double *theta);

/* lambda of parameter i (theta_i itself, not its centred form). *reach: its standard error by
 * lambda and curvature, a first guess of the interval's half width; 0 when curvature does not tell.
 */
double profile_lambda(const ProfileScale *s, int i, double *reach);

/* T that an exact hypothesis exceeds with probability 1 - level. */
double profile_threshold(double level, double df);

#endif
