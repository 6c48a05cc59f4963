/* attention.h: causal multi-head attention, from the projection's rows to the heads side by side.
 *   S = Q K^T / sqrt(D), P = softmax over j <= i, Y = P V                [Vaswani+ 2017, arXiv:1706.03762, sec. 3.2.1]
 *   dV = P^T dY, dP = dY V^T, dS = P (dP - rowsum(dY Y)), dQ = dS K / sqrt(D), dK = dS^T Q / sqrt(D)
 *
 * No T x T matrix is kept: queries go in tiles of ATTENTION_TILE, and what a tile's softmax
 * divided by is saved, so that backward computes P again (the tiling is that of Dao et al. 2022,
 * arXiv:2205.14135; unlike them we hold all keys of a tile of queries at once: at our T they fit
 * the second cache). Everything lies transposed, queries along the vectors: S^T (keys, queries).
 * Then sums over keys run down the columns, and every product finds both factors as it wants them,
 * unpacked.
 *
 *      queries of the tile     keys before the tile: all queries of it see them
 *     |################|
 *     |################|       from the diagonal on, blocks of ATTENTION_BLOCK keys, each seen by the
 *     |\###############|       queries from its own block on; \ is masked
 *     |    \###########|
 *     |        \#######|
 */
#ifndef MODEL_KERNELS_ATTENTION_H
#define MODEL_KERNELS_ATTENTION_H

#include <stddef.h>
#include <stdint.h>

#include "model/dims.h"
#include "model/kernels/attention_shape.h"
#include "model/kernels/on_path.h"
#include "model/kernels/work.h"

#define attention_forward  ON_PATH(attention_forward)
#define attention_backward ON_PATH(attention_backward)

/* What forward saves for backward. columns = attention_padded(T). */
typedef struct {
    real *qk;      // (B, H, 2, D, columns)  queries scaled by 1 / sqrt(D), keys: normed and rotated
    real *r;       // (B, H, 2, columns)     1 / rms of queries and keys; unused without gains
    real *softmax; // (B, H, 2, columns)     largest score, 1 / sum of exponentials
} AttentionSaved;

/* Return the elements of scratch that attention_amx.c needs for a head. A factor cut into pieces
 * takes one and a half times its numbers. Three factors are cut for all positions, four for a tile,
 * and for a stripe of keys P once and dS twice. The rest is two blocks of floats, and alignment. */
static inline size_t attention_amx_scratch(const Dims *d) {
    const size_t stripe = 32, tile = ATTENTION_TILE, D = (size_t)d->D;
    const size_t cut = 3 * (size_t)d->T * D + 4 * tile * D + 3 * tile * stripe;
    return cut + cut / 2 + 2 * stripe * stripe + 256;
}

/* Return the elements of scratch that forward and backward need; they work on one head at a
 * time. */
static inline size_t attention_scratch(const Dims *d) {
    const size_t columns = (size_t)attention_padded(d->T), D = (size_t)d->D;
    return columns * (2 * ATTENTION_TILE + 4 * D + 4 * (size_t)attention_padded(d->D) + 1) +
           attention_amx_scratch(d);
}

void attention_forward(real *y,                              // (B, T, C)   out
                       AttentionSaved saved,                 // out
                       real *scratch,                        // (attention_scratch)
                       const real *qkv,                      // (B, T, 3C)  as projected
                       const real *qnorm, const real *knorm, // (D) gains, or NULL
                       const real *angles,                   // rope_table(D, columns)
                       const Dims *d, Work *work);
void attention_backward(real *dqkv,                 // (B, T, 3C)  out
                        real *dqnorm, real *dknorm, // (D) accumulated, or NULL
                        real *scratch,              // (attention_scratch)
                        const real *dy,             // (B, T, C)
                        const real *y, AttentionSaved saved, const real *qkv, const real *qnorm,
                        const real *knorm, const real *angles, const Dims *d, Work *work);

#endif
