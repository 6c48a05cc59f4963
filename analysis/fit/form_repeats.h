/* form_repeats.h: by how much runs differ that were made again, which no law has a part in.
 *
 * A run that was made again with another seed differs by its initial weights and by the order of
 * its data; with another `perturb` alone by what rounding makes of a nudge. Windows of evaluation
 * are the same for both, so that their sampling error is no part of either.
 *
 *     deviation of a run^2 = that of its seed^2 + that of rounding^2 */
#ifndef ANALYSIS_FIT_FORM_REPEATS_H
#define ANALYSIS_FIT_FORM_REPEATS_H

#include "analysis/fit/form_rows.h"

typedef struct {
    FormDeviation run;      // of a run with a trunk of its own: between seeds, and by rounding
    FormDeviation rounding; // between runs of one cell and seed that differ in `perturb`
    double seed;            // what is left of run when rounding is taken out; NaN: not both known
} FormRepeats;

/* Estimate them. Where several cells share a trunk their seeds are not told anew in each, and a
 * trunk counts as one look: degrees of freedom are the trunks less the parts into which trunks and
 * cells fall. Where runs differ by more than their trunks, that is too few rather than too many. */
FormRepeats form_repeats(const FormRows *rows);

#endif
