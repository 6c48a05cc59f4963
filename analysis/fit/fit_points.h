/* fit_points.h: from points to a law fitted to them, solved, resampled and judged.
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

/* held: rows for fit_holdout(), or NULL. E_USAGE where the options ask for what there is not or the
 * law does not take, E_FAILED where points cannot carry the law. Whether what came out is to be
 * believed stands in out->status. Both tables must outlive the fit, whose memory is the arena's. */
Status fit_points(Arena *arena, const Points *points, const Points *held, const FitOptions *options,
                  Fit *out, Err *err);

#endif
