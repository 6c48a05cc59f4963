/* expect.h: how far from the truth a forecast will fall that is made from a design's runs.
 *
 * Let the truth be t, and let law j be fitted to the design by least squares. That is how forecasts
 * are fitted: trunks and seeds are not told apart. About j's fit to all places (View), its
 * gradients at the runs are X and its misses r. With g and r0 the gradient and the miss at the
 * target, R the precision of what is known beforehand and S the covariance of the noise, in units
 * of a run's variance sd^2,
 *     M = X'X + sd^2 R,   u = M^-1 g
 *     variance = sd^2 u' (X'SX + sd^2 R) u,   bias = r0 - u' X'r
 * S has three parts: of each run; of a trunk, which its runs share; and of a place, which its seeds
 * share, since no law holds exactly as far as the target: a drift that grows with the place's
 * distance from the target in ln N D. The forecast's squared error is variance + bias^2 [Box and
 * Draper 1959, J. Am. Stat. Assoc. 54:622]. The runs also tell the laws apart: the squares of j's
 * residuals are expected to add up to
 *     n - k + r'r - r'X M^-1 X'r
 * in units of the noise, from which follows its AICc, and so the weight that the forecast will give
 * it (forecast.h, but for the edges, which are not foretold). The error if t is true is the mean
 * over the laws in these weights, and the expected error the geometric mean over the truths, so
 * that no truth that cannot be foretold drowns the others.
 */
#ifndef ANALYSIS_CHOICE_EXPECT_H
#define ANALYSIS_CHOICE_EXPECT_H

#include "analysis/choice/possible.h"

/* Root mean square errors in ln L. */
typedef struct {
    double error;             // of the forecast
    double by_noise, by_form; // its parts: of a law's coefficients, and of laws that are not true
} Expected;

/* Make ready what all designs share: the part of the rows that are measured already. */
typedef struct Expectation Expectation;
Expectation *expectation_of(Arena *arena, const Possible *p, const Cells *cells,
                            const Point *target);

/* Return what to expect of runs[c] runs of each cell c, besides the measured rows. */
Expected expect(const Expectation *e, const int *runs);
/* Return the mean squared error where truth number t is true. */
double expect_square(const Expectation *e, const int *runs, size_t t);

#endif
