/* embed.c: gather and scatter. */
#include "model/kernels/embed.h"

#include <string.h>

void embed_forward(real *y, const int *tokens, const real *table, int rows, int C) {
    for (int row = 0; row < rows; row++)
        memcpy(y + (size_t)row * C, table + (size_t)tokens[row] * C, (size_t)C * sizeof(real));
}

void embed_backward(real *dtable, const real *dy, const int *tokens, int rows, int C) {
    for (int row = 0; row < rows; row++) {
        real *to = dtable + (size_t)tokens[row] * C;
        const real *from = dy + (size_t)row * C;
#pragma omp simd
        for (int i = 0; i < C; i++) to[i] += from[i];
    }
}
