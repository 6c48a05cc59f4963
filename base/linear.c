/* linear.c: the loops. */
#include "base/linear.h"

#include <math.h>

#include "base/err.h"

double linear_dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

bool linear_solve(int n, const double *m, int stride, double least, const double *b, double *x) {
    double l[LINEAR_MAX][LINEAR_MAX], y[LINEAR_MAX];
    MUST(n >= 0 && n <= LINEAR_MAX && stride >= n);
    for (int i = 0; i < n; i++) { // row i of L, and of L y = b
        const double *row = m + (size_t)i * (size_t)stride;
        y[i] = b[i];
        for (int j = 0; j <= i; j++) {
            double sum = row[j];
            for (int k = 0; k < j; k++) sum -= l[i][k] * l[j][k];
            if (i == j && !(sum > (least > 0 ? least * row[i] : 0))) return false;
            l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
        }
        for (int k = 0; k < i; k++) y[i] -= l[i][k] * y[k];
        y[i] /= l[i][i];
    }
    for (int i = n - 1; i >= 0; i--) { // L' x = y
        for (int k = i + 1; k < n; k++) y[i] -= l[k][i] * y[k];
        y[i] /= l[i][i];
        x[i] = y[i];
    }
    return true;
}

void linear_take_out(const LinearBasis *basis, double *x, size_t step) {
    for (int c = 0; c < basis->k; c++) {
        const double *q = basis->q + (size_t)c * basis->column;
        double share = 0;
        for (size_t i = 0; i < basis->n; i++) share += q[i * basis->row] * x[i * step];
        for (size_t i = 0; i < basis->n; i++) x[i * step] -= share * q[i * basis->row];
    }
}

void linear_add_point(LinearLine *l, double weight, double x, double y) {
    const double dx = weight * (x - l->mx);
    l->weight += weight;
    l->mx += dx / l->weight;
    l->my += (y - l->my) * weight / l->weight;
    l->sxx += dx * (x - l->mx);
    l->sxy += dx * (y - l->my);
}

double linear_slope(const LinearLine *l) {
    return l->sxy / l->sxx;
}
