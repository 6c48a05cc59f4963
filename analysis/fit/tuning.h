/* tuning.h: whether learning rates were tuned, as far as points tell. A sweep at a poor rate fits a
 * law as well as a tuned one, with other exponents: excess that grows with size to a few percent
 * moves alpha by a tenth and leaves the residuals as small as they were.
 */
#ifndef ANALYSIS_FIT_TUNING_H
#define ANALYSIS_FIT_TUNING_H

#include "analysis/fit/fit.h"

typedef enum {
    TUNING_UNKNOWN, // no rates are given
    TUNING_SINGLE,  // one rate for each size and length
    TUNING_FINE,    // several rates, or tuned ones, and nothing against those in the fit
    TUNING_POOR     // best rates at an edge, worse rates in the fit, or a sweep's own doubt
} Tuning;

/* Judge the rates, and add a note on poor ones that says where they are. A cell is the runs of one
 * size and length; rates are told from cells that were run at several. They are poor where the best
 * rate of a cell is the lowest or highest that was tried, or where rows of worse rates are in the
 * fit. Either must show by more than the noise of the best runs of each cell. A sweep that
 * tuned its rates says itself whether its optima were at an edge or a check disagreed. */
Tuning tuning_of(Arena *arena, Fit *fit);

#endif
