/* update.c: see update.h and train/adamw.h. */
#include "model/kernels/update.h"

#include "model/kernels/vec.h"

double update_add_lanes(real *const *sum, int n_lanes, size_t size) {
    real *to = sum[0];
    for (int lane = 1; lane < n_lanes; lane++) {
        const real *from = sum[lane];
#pragma omp simd
        for (size_t i = 0; i < size; i++) to[i] += from[i];
    }
    double squares = 0;
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < size; i++) squares += (double)to[i] * (double)to[i];
    return squares;
}

void update_adamw(real *restrict w, real *restrict m, real *restrict v, const real *restrict grad,
                  size_t size, const UpdateStep *s) {
    const UpdateStep a = *s;
#pragma omp simd
    for (size_t i = 0; i < size; i++) {
        const real g = grad[i] * a.scale;
        m[i] = a.beta1 * m[i] + (1 - a.beta1) * g;
        v[i] = a.beta2 * v[i] + (1 - a.beta2) * g * g;
        w[i] = a.keep * w[i] - a.step * m[i] / (REAL_SQRT(v[i]) * a.root + a.eps);
    }
}
