/* attention_cached.h: attention where the keys and values of earlier positions are kept (a KV
 * cache), for sequences that grow by one token or by a few at a time. A row is one new token; rows
 * of one pass may belong to any sequences.
 *   s_j = q k_j / sqrt(D),  p = softmax over j <= t,  y = sum_j p_j v_j          row t of what attention.h says
 *
 * Keys lie transposed, as they do in attention.c, and values by rows, so that both products are
 * those of tile.h, with up to KV_ROWS queries of one sequence on the left.
 */
#ifndef MODEL_KERNELS_ATTENTION_CACHED_H
#define MODEL_KERNELS_ATTENTION_CACHED_H

#include <stddef.h>

#include "model/dims.h"
#include "model/kernels/attention.h"
#include "model/kernels/on_path.h"
#include "model/kernels/work.h"

#define attention_cached ON_PATH(attention_cached)

/* What is kept of S sequences of up to T tokens, and where the rows of the pass at hand belong. */
typedef struct KvCache {
    int S, columns, width; // columns = attention_padded(T), width = attention_padded(D)
    real *k;               // (L, S, H, D, columns)      normed and rotated
    real *v;               // (L, S, H, columns, width)  as projected
    real *scratch;         // (kv_scratch)
    const int *sequence;   // (M) sequence of each row
    const int *position;   // (M) position of each row, from 0; rows of a sequence follow each other
} KvCache;

enum { KV_ROWS = 16 }; // most queries that share the products

/* Return the elements of KvCache.scratch. */
static inline size_t kv_scratch(const KvCache *cache, int D) {
    return KV_ROWS * (size_t)(cache->columns + cache->width + 3 * D);
}

/* Put keys and values of the M = B T rows of d into the cache at their positions, and let each
 * query meet the keys of its sequence from position 0 to its own. */
void attention_cached(real *y,                         // (M, C)  out
                      const KvCache *cache, int layer, //         its keys and values are added to
                      const real *qkv,                 // (M, 3C) as projected
                      const real *qnorm, const real *knorm, // (D)     gains, or NULL
                      const real *angles,                   // rope_table(D, columns)
                      const Dims *d, Work *work);

#endif
