/* rope.h: rotary position embedding, half-split layout (the first half of a head's channels pairs
 * with the second).
 *   (x_i, x_{i+D/2}) -> rotated by angle t theta_i,  theta_i = 10000^(-2i/D)     [Su et al. 2021, arXiv:2104.09864, eq. 15]
 * Backward is the rotation by the opposite angle.
 */
#ifndef MODEL_ROPE_H
#define MODEL_ROPE_H

#include "model/dims.h"

#define ROPE_THETA 10000.0

/* cos and sin of t theta_i into table (T, D): cosines in the first half of a row, sines in the
 * second. */
void rope_table(real *table, int T, int D);

/* Rotate one vector x (D) in place with its position's row of the table; sign +1 forward, -1
 * backward. */
static inline void rope_rotate(real *x, const real *row, int D, real sign) {
    const int half = D / 2;
#pragma omp simd
    for (int i = 0; i < half; i++) {
        const real c = row[i], s = sign * row[half + i], a = x[i], b = x[half + i];
        x[i] = a * c - b * s;
        x[half + i] = a * s + b * c;
    }
}

#endif
