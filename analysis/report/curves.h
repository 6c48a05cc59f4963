/* curves.h: reads the training curve of a run from its directory: loss against tokens, averaged
 * within bins of equal ratio in tokens. */
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
    bool whole;            // the run finished with status "done"
    size_t n;              // points of the curve; 0 when the run logged no loss
    double *tokens, *loss; // (n)
} Curve;

/* Fill tokens and loss from DIR/runs/<id>/log.jsonl. A killed run may leave no log, a last line
 * that is cut off, or lines without a loss: none of these is an error. A broken line elsewhere is
 * E_FORMAT. */
Status curve_read(Arena *arena, const char *dir, Curve *c, Err *err);

#endif
