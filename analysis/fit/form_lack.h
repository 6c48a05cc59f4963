/* form_lack.h: the lack of fit of a law beside what repeats of its cells differ by (form.h). */
#ifndef ANALYSIS_FIT_FORM_LACK_H
#define ANALYSIS_FIT_FORM_LACK_H

#include "analysis/fit/form_rows.h"

typedef struct {
    int freedom, rest; // degrees of freedom: of the cells beside the law, and of pure error
    double f, p;       // NaN where nothing repeats, or the law leaves the cells nothing
    double size;       // root mean square of the cells' distance from the law beyond noise, in ln L
    double noise; // of a run, from its repeats: standard deviation in ln L; NaN: nothing repeats
} FormLack;

/* Return the rank of cells and trunks together: their number less the parts that they fall into
 * where rows join them. */
int form_rank(Arena *arena, const FormRows *rows);

/* Test the law beside a mean of its own for each cell. Where trunks have several rows, both have an
 * offset for each trunk too. */
FormLack form_lack(const FormRows *rows);

#endif
