/* fit_points.h: fits a law to points: solves, resamples and judges.
 *
 *     FitOptions o = fit_options_default();
 *     Fit fit;
 *     TRY(fit_points(arena, &points, &held, &o, &fit, err));
 *     double L = law_loss(fit.law, fit.theta, &p);
 */
#ifndef ANALYSIS_FIT_FIT_POINTS_H
#define ANALYSIS_FIT_FIT_POINTS_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"

/* Fit a law to points. held: rows for fit_holdout(), or NULL. Options that ask for what does not
 * exist, or what the law does not take, are E_USAGE; points that cannot carry the law are E_FAILED.
 * Whether to believe the result stands in out->status. Both tables must outlive the fit, whose
 * memory is the arena's. */
Status fit_points(Arena *arena, const Points *points, const Points *held, const FitOptions *options,
                  Fit *out, Err *err);

#endif
