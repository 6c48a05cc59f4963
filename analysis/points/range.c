/* range.c: see range.h. */
#include "analysis/points/range.h"

#include <math.h>

static const double SAME = 1e-9; // a smaller difference of ln x is rounding

Range range_of(const Points *points, double (*ln_x)(const Point *)) {
    double seen[RANGE_MOST_VALUES];
    Range r = {INFINITY, -INFINITY, 0};
    for (size_t i = 0; i < points->n; i++) {
        const double x = ln_x(&points->rows[i]);
        if (!(points->rows[i].weight > 0) || isnan(x)) continue;
        int k = 0;
        r.lo = fmin(r.lo, x);
        r.hi = fmax(r.hi, x);
        while (k < r.values && fabs(seen[k] - x) > SAME) k++;
        if (k == r.values && k < RANGE_MOST_VALUES) seen[r.values++] = x;
    }
    return r;
}
