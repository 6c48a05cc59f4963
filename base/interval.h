/* interval.h: a value and where it may lie. */
#ifndef BASE_INTERVAL_H
#define BASE_INTERVAL_H

typedef struct {
    double value, lo, hi; // lo, hi NaN without intervals
} Interval;

#endif
