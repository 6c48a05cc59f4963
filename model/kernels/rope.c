/* rope.c: the table of angles; sines are slow, so they are computed once per model. */
#include "model/kernels/rope.h"

#include <math.h>
#include <stddef.h>

void rope_table(real *table, int D, int columns) {
    for (int i = 0; i < D / 2; i++)
        for (int t = 0; t < columns; t++) {
            const double angle = t * pow(ROPE_THETA, -2.0 * i / D);
            table[(size_t)i * columns + t] = (real)cos(angle);
            table[(size_t)(i + D / 2) * columns + t] = (real)sin(angle);
        }
}
