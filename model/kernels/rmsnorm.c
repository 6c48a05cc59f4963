/* rmsnorm.c: see rmsnorm.h for the equations. W rows go at a time, and their sums come out as one
 * vector.
 */
#include "model/kernels/rmsnorm.h"

#include <stddef.h>

#include "model/kernels/vec.h"

/* Return 1 / rms of W rows of x; rows from `rows` on count as zero. */
static inline Vec inverse_rms(const real *x, int ldx, int rows, int n) {
    Vec squares[W];
    for (int i = 0; i < W; i++) {
        Vec sum = {0};
        for (int c = 0; i < rows && c < n; c += W) {
            const Vec v = vec_load_part(x + (size_t)i * ldx + c, n - c);
            sum += v * v;
        }
        squares[i] = sum;
    }
    return 1 / vec_sqrt(vec_sums(squares) / (real)n + (real)RMSNORM_EPS);
}

void rmsnorm_forward(real *y, int ldy, real *r, const real *x, int ldx, const real *gain, int rows,
                     int n) {
    for (int row = 0; row < rows; row += W, x += W * (size_t)ldx, y += W * (size_t)ldy) {
        const int here = min_int(rows - row, W);
        vec_store_part(r + row, inverse_rms(x, ldx, here, n), here);
        for (int c = 0; c < n; c += W) {
            const Vec g = vec_load_part(gain + c, n - c);
            for (int i = 0; i < here; i++) {
                const Vec v = vec_load_part(x + (size_t)i * ldx + c, n - c);
                vec_store_part(y + (size_t)i * ldy + c, g * v * r[row + i], n - c);
            }
        }
    }
}

/* Return the mean of g dy x over each of W rows; times r that is the mean of g dy u. */
static inline Vec mean_along(const real *dy, int ldy, const real *x, int ldx, const real *gain,
                             int rows, int n) {
    Vec along[W];
    for (int i = 0; i < W; i++) {
        Vec sum = {0};
        for (int c = 0; i < rows && c < n; c += W)
            sum += vec_load_part(gain + c, n - c) * vec_load_part(dy + (size_t)i * ldy + c, n - c) *
                   vec_load_part(x + (size_t)i * ldx + c, n - c);
        along[i] = sum;
    }
    return vec_sums(along) / (real)n;
}

void rmsnorm_backward(real *dx, real *dgain, const real *dy, int ldy, const real *x, int ldx,
                      const real *r, const real *gain, int rows, int n) {
    for (int row = 0; row < rows; row += W) {
        const int here = min_int(rows - row, W);
        real along[W];
        vec_store(along, mean_along(dy, ldy, x, ldx, gain, here, n) * vec_load_part(r + row, here));
        for (int c = 0; c < n; c += W) {
            const Vec g = vec_load_part(gain + c, n - c);
            Vec dg = vec_load_part(dgain + c, n - c);
            for (int i = 0; i < here; i++) {
                const size_t at = (size_t)i * ldx + c;
                const Vec d = vec_load_part(dy + (size_t)i * ldy + c, n - c);
                const Vec u = vec_load_part(x + at, n - c) * r[row + i];
                const Vec step = (g * d - u * along[i]) * r[row + i];
                dg += d * u;
                vec_store_part(dx + at, vec_load_part(dx + at, n - c) + step, n - c);
            }
            vec_store_part(dgain + c, dg, n - c);
        }
        dy += W * (size_t)ldy, x += W * (size_t)ldx, dx += W * (size_t)ldx;
    }
}
