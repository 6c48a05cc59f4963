/* attention_head.h: one head of one sequence, as both ways to compute its gradient see it: with
 * vectors (attention.c) and on the matrix unit (attention_amx.c). */
#ifndef MODEL_KERNELS_ATTENTION_HEAD_H
#define MODEL_KERNELS_ATTENTION_HEAD_H

#include "model/dims.h"
#include "model/kernels/attention_shape.h"
#include "model/kernels/vec.h"
#include "model/kernels/work.h"

typedef struct {
    int T, D, columns; // columns = attention_padded(T)
    real *q, *k;       // (D, columns)
    const real *v;     // (T, D) row stride ldv
    int ldv;
    real *largest, *inverse; // (columns) of each query: largest score, 1 / sum of exponentials
    Work *work;
} Head;

/* A tile of queries: from .. from + n - 1, n a multiple of ATTENTION_BLOCK. */
typedef struct {
    int from, n;
} Queries;

/* Return the tile of queries that begins at `from`. */
static inline Queries queries_from(const Head *h, int from) {
    return (Queries){from, min_int(ATTENTION_TILE, h->columns - from)};
}

/* Return how many keys the diagonal block has that begins at key j. */
static inline int keys_in_block(const Head *h, int j) {
    return min_int(ATTENTION_BLOCK, h->T - j);
}

/* Count the FLOPs of so many products over all pairs of the tile's queries with keys that they see,
 * by blocks. */
static inline void count_products(const Head *h, Queries t, unsigned products) {
    uint64_t pairs = (uint64_t)t.from * (uint64_t)t.n;
    for (int b = 0; b < t.n; b += ATTENTION_BLOCK)
        pairs += (uint64_t)keys_in_block(h, t.from + b) * (uint64_t)(t.n - b);
    h->work->gemm_flops += 2 * (uint64_t)h->D * pairs * products;
}

#endif
