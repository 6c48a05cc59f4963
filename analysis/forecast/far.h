/* far.h: rows that lie far from every law, as runs that diverged do.
 *
 * Laws are weighed by squares of errors and foretell by the scatter of the rows, and one loss that
 * is 30 % too high would decide both. Such a row is set aside where it is beyond doubt: it lies far
 * from each of the laws, and few others do.
 */
#ifndef ANALYSIS_FORECAST_FAR_H
#define ANALYSIS_FORECAST_FAR_H

#include "analysis/fit/estimate.h"

/* A law as fitted to the points by an estimator that far rows hardly pull. */
typedef struct {
    const Problem *problem;
    const Estimate *at;
} FarLaw;

/* Return the points without the rows that lie further than five robust standard deviations, and one
 * percent, from every law; the deviation is 1.4826 times the median of |residual| [Huber 1981,
 * "Robust Statistics", sec. 5.1]. More than a tenth of the rows are a pattern, not accidents: then,
 * and where there are none, the points themselves are returned. *told (arena) becomes a sentence on
 * the rows that are gone, or NULL. */
const Points *far_rows_out(Arena *arena, const Points *points, const FarLaw *laws, size_t n,
                           const char **told);

#endif
