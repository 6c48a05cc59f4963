/* bounded.h: least squares in a few coefficients, each within bounds.
 *
 *     BoundedTriangle t = {.n = 3};
 *     for (every row) bounded_add_row(&t, (double[]){1, x, y, b}, weight);
 *     bounded_least_squares(&t, lo, hi, c);         // c minimises sum w (b - c0 - c1 x - c2 y)^2
 */
#ifndef ANALYSIS_FIT_BOUNDED_H
#define ANALYSIS_FIT_BOUNDED_H

enum { BOUNDED_MAX = 8, BOUNDED_ROWS = 56 };

/* The triangle R of the QR decomposition of rows of n columns and a right-hand side, which is all
 * that least squares needs of them. New rows are gathered below R and folded into it by Householder
 * reflections. Any number of rows takes this room, and conditioning is that of the rows and not of
 * their normal equations. */
typedef struct {
    int n, n_rows;
    double a[BOUNDED_ROWS][BOUNDED_MAX + 1];
} BoundedTriangle;
void bounded_add_row(BoundedTriangle *t, const double *row,
                     double weight);   // row: n columns and the rhs
void bounded_fold(BoundedTriangle *t); // after the last row

/* Find the coefficients c (n) with lo <= c <= hi and the least sum of squares. Nearly dependent
 * columns are fine: one of them stays at a bound. */
void bounded_least_squares(BoundedTriangle *t, const double *lo, const double *hi, double *c);

#endif
