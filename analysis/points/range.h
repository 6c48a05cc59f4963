/* range.h: what values a variable has in a table. */
#ifndef ANALYSIS_POINTS_RANGE_H
#define ANALYSIS_POINTS_RANGE_H

#include "analysis/points/point.h"

enum { RANGE_MOST_VALUES = 8 };

typedef struct {
    double lo, hi; // least and greatest ln x; INFINITY and -INFINITY where no row has one
    int values;    // different values, counted up to RANGE_MOST_VALUES
} Range;

/* Return the range of a variable, ln x of a row, over the rows that have weight and tell it. Values
 * that differ by rounding are one. */
Range range_of(const Points *points, double (*ln_x)(const Point *));

#endif
