/* rope.c: the table of angles; sines are slow, so they are computed once per model. */
#include "model/rope.h"

#include <math.h>

void rope_table(real *table, int T, int D) {
    for (int t = 0; t < T; t++)
        for (int i = 0; i < D / 2; i++) {
            const double angle = t * pow(ROPE_THETA, -2.0 * i / D);
            table[t * D + i] = (real)cos(angle);
            table[t * D + D / 2 + i] = (real)sin(angle);
        }
}
