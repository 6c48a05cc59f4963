/* measure_in_context.c: how much better a model predicts when it has seen more of a window.
 *
 *     score = mean loss of the last quarter of positions - mean loss of the second eighth
 *
 * Olsson et al. 2022 ("In-context Learning and Induction Heads", arXiv:2209.11895) take the loss of
 * the 500th token of a window less that of the 50th, and see it fall at once when heads appear that
 * copy what followed the same token before. A window is shorter here, and single positions are
 * noisy: at ctx 128 these are means of positions 96 to 127 and of 16 to 31, at ctx 64 of 48 to 63
 * and of 8 to 15. The first eighth is left out, where even a model of neighbouring tokens lacks
 * some. Both means are of one window, so that how hard its text is cancels in part. */
#include <math.h>

#include "base/stat.h"
#include "train/measure.h"

double measure_in_context(const MeasureWindow *w) {
    const size_t T = (size_t)w->T, eighth = T / 8, quarter = T / 4;
    if (eighth == 0) return NAN;
    return stat_mean(w->loss + T - quarter, quarter) -
           stat_mean(w->loss + eighth, quarter - eighth);
}
