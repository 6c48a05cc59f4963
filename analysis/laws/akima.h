/* akima.h: a smooth curve through points that far neighbours do not bend: cubic pieces whose slope
 * at each point is that of the two chords beside it, the flatter neighbourhood counting more
 * [Akima 1970, J. ACM 17:589, eq. 1].
 *
 *     akima_slopes(n, x, y, slope);                // once
 *     double y0 = akima_at(n, x, y, slope, x0);
 *
 * x ascends strictly. Beyond the ends chords go on turning as they did [eq. 9], so that three
 * evenly spaced points give their parabola, two points a line.
 */
#ifndef ANALYSIS_LAWS_AKIMA_H
#define ANALYSIS_LAWS_AKIMA_H

#include <stddef.h>

void akima_slopes(size_t n, const double *x, const double *y, double *slope); // n >= 2; (n) each

/* The curve at `at`, which lies within the points. */
double akima_at(size_t n, const double *x, const double *y, const double *slope, double at);

typedef struct {
    double x, y;
} AkimaLeast;
/* Its lowest point, from the roots of each piece's derivative. */
AkimaLeast akima_least(size_t n, const double *x, const double *y, const double *slope);

#endif
