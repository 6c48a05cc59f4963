/* rmsnorm.c: see rmsnorm.h for the equations. */
#include "model/rmsnorm.h"

#include <math.h>

void rmsnorm_forward(real *y, int ldy, real *r, const real *x, int ldx, const real *gain, int rows,
                     int n) {
    for (int row = 0; row < rows; row++, x += ldx, y += ldy) {
        real squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int i = 0; i < n; i++) squares += x[i] * x[i];
        const real scale = (real)1 / (real)sqrt((double)squares / n + RMSNORM_EPS);
#pragma omp simd
        for (int i = 0; i < n; i++) y[i] = gain[i] * x[i] * scale;
        r[row] = scale;
    }
}

void rmsnorm_backward(real *dx, real *dgain, const real *dy, int ldy, const real *x, int ldx,
                      const real *r, const real *gain, int rows, int n) {
    for (int row = 0; row < rows; row++, x += ldx, dx += ldx, dy += ldy) {
        const real scale = r[row];
        real along = 0; // mean of g dy u
#pragma omp simd reduction(+ : along)
        for (int i = 0; i < n; i++) along += gain[i] * dy[i] * x[i];
        along *= scale / (real)n;
#pragma omp simd
        for (int i = 0; i < n; i++) {
            const real u = x[i] * scale;
            dgain[i] += dy[i] * u;
            dx[i] += scale * (gain[i] * dy[i] - u * along);
        }
    }
}
