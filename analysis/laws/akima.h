/* akima.h: a smooth curve through points that far neighbours do not bend. It is made of cubic
 * pieces. The slope at a point is a mean of the slopes of the two chords beside it, in which the
 * side that bends less counts more [Akima 1970, J. ACM 17:589, eq. 1].
 *
 *     akima_slopes(n, x, y, slope);                // once
 *     double y0 = akima_at(n, x, y, slope, x0);
 *
 * x ascends strictly. Chords beyond the ends go on turning as the last ones do [eq. 9]. Three
 * evenly spaced points therefore give their parabola, and two points a line.
 */
#ifndef ANALYSIS_LAWS_AKIMA_H
#define ANALYSIS_LAWS_AKIMA_H

#include <stddef.h>

void akima_slopes(size_t n, const double *x, const double *y, double *slope); // n >= 2; arrays (n)

/* Return y of the curve at `at`, which lies within the points. */
double akima_at(size_t n, const double *x, const double *y, const double *slope, double at);

typedef struct {
    double x, y;
} AkimaLeast;
/* Return the curve's lowest point, from the roots of each piece's derivative. */
AkimaLeast akima_least(size_t n, const double *x, const double *y, const double *slope);

#endif
