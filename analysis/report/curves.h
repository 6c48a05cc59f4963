/* curves.h: training curves out of run directories: loss against tokens, thinned by averaging in
 * steps of equal ratio. */
#ifndef ANALYSIS_REPORT_CURVES_H
#define ANALYSIS_REPORT_CURVES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

enum { CURVE_BINS = 120 };

typedef struct {
    const char *id;
    double params;
    bool whole;            // the run ended well
    size_t n;              // 0 when the run left no losses
    double *tokens, *loss; // (n)
} Curve;

/* Fill tokens and loss from DIR/runs/<id>/log.jsonl. A missing log, a torn last line and lines
 * without a loss are nothing unusual (a run may have been killed); a broken line elsewhere is
 * E_FORMAT. */
Status curve_read(Arena *arena, const char *dir, Curve *c, Err *err);

#endif
