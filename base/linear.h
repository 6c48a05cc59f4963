/* linear.h: small linear algebra in double: one Cholesky, one Gram-Schmidt, one straight line.
 *
 * Sums run in the order of the indices and are plain, so that equal input gives equal bits. Nothing
 * is an error: each function says what it returns for what has no answer.
 */
#ifndef BASE_LINEAR_H
#define BASE_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

enum { LINEAR_MAX = 16 }; // unknowns of a system

double linear_dot(const double *a, const double *b, size_t n);

/* Solve m x = b for a symmetric positive definite m (n, n) by Cholesky's L L' [Golub and Van Loan,
 * Matrix Computations, sec. 4.2]. Row i of m begins at m[i * stride], and only its first i + 1
 * numbers are read; b and x (n) may be one array. False, with x left as it was, where m is not
 * positive definite: where some pivot is not above `least` times its diagonal element (0: not above
 * 0), or is NaN. */
bool linear_solve(int n, const double *m, int stride, double least, const double *b, double *x);

/* k orthonormal columns of n numbers: number i of column c is q[i * row + c * column]. */
typedef struct {
    const double *q;
    size_t n, row, column;
    int k;
} LinearBasis;

/* Subtract from x (n; number i is x[i * step]) what it shares with each column, one after another:
 * a pass of modified Gram-Schmidt. Two passes leave x orthogonal to them up to rounding, however
 * near to their span it was [Giraud, Langou and Rozloznik 2005, Comput. Math. Appl. 50:1069]. */
void linear_take_out(const LinearBasis *basis, double *x, size_t step);

/* Weighted least squares of y = intercept + slope x, one point at a time: means and sums of squares
 * about them are carried along [West 1979, Comm. ACM 22:532]. Begins as {0}. */
typedef struct {
    double weight;   // sum of the points' weights
    double mx, my;   // means of x and of y
    double sxx, sxy; // sums of weight (x - mx)^2 and of weight (x - mx) (y - my)
} LinearLine;
void linear_add_point(LinearLine *l, double weight, double x, double y); // weight > 0
/* NaN where all x are one, and where there is no point. */
double linear_slope(const LinearLine *l);

#endif
