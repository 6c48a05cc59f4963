/* profile.h: profile likelihood: one parameter held at a value after another, the others fitted
 * anew; the values that the data do not contradict are its interval [Venzon & Moolgavkar 1988].
 *
 *     const Profiles *p = profiles_of(arena, &fit, 0.90);
 *     for (int k = 0; k < p->n; k++) ... p->rows[k].lo
 *
 * How far the objective Q = sum of w rho(r) may rise:
 *
 *     T = 2 (Q - Q_least) / lambda <= the level's quantile of F(1, df)
 *     lambda = [sum of w psi^2 / (n - k)] / E[psi'],   psi = rho'
 *
 * For squares lambda is 2 s^2, and this is the likelihood ratio n ln(S/S_least) of Gaussian noise
 * in its small-sample form (n - k)(S/S_least - 1) [Bates & Watts 1988, sec. 6.1]. Huber's and
 * absolute penalties are no likelihoods; lambda is what turns their rise into a chi-square: the
 * drop-in-dispersion test [Schrader & Hettmansperger 1980, Biometrika 67:93; for absolute residuals
 * Koenker & Machado 1999, JASA 94:1296]. delta is usually far below the noise, so that E[psi'] is a
 * density at 0, which counting residuals within delta would get badly wrong: it is taken from a
 * Gaussian kernel estimate of the residuals' density, as E[psi'] = E[psi(r + h z) z] / h.
 *
 * Rows that share a trunk are not independent: there lambda of each parameter is its variance by
 * the jackknife over groups, to first order, against what curvature says [Rotnitzky & Jewell 1990,
 * Biometrika 77:485], and df the groups less one: a parameter that differs between trunks (alpha)
 * gets a wider interval, one that is seen within each (beta) a narrower one. On simulated
 * sweeps 90 % intervals held the truth in 86 to 93 % with 36 and more independent rows, in 84 to
 * 88 % with 20 of them under huber-log, in 88 to 95 % with 5 and 8 trunks.
 */
#ifndef ANALYSIS_FIT_PROFILE_H
#define ANALYSIS_FIT_PROFILE_H

#include "analysis/fit/fit.h"

enum { PROFILE_SIDE = 5, PROFILE_POINTS = 2 * PROFILE_SIDE + 1 };

typedef struct {
    double value;            // of the parameter, as reported
    double objective, rise;  // Q and T at the best fit with this value
    double rms_log_residual; // of that fit
} ProfilePoint;

/* From a quarter beyond the interval's low end to a quarter beyond its high end, the ends
 * themselves at [1] and [9], the estimate at [5]; on an open side the last point is the end. */
typedef struct {
    const char *name;
    double value, lo, hi;
    bool open_lo, open_hi; // the data do not contradict even this end, the last that was tried
    double lambda;
    ProfilePoint curve[PROFILE_POINTS];
} Profile;

typedef struct {
    Profile rows[LAW_MAX_PARAMS]; // the parameters that were fitted
    int n;
    double level, df, threshold; // T at the ends of intervals
    const char *says;            // what the least pinned parameter may be, in plain words
} Profiles;

/* The fit's own objective and estimate; it and its problem must not be read off. Memory is the
 * arena's. */
const Profiles *profiles_of(Arena *arena, const Fit *fit, double level);

#endif
