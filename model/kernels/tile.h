/* tile.h: the inner loops of all matrix products: a block of c stays in registers while k runs.
 *
 *     c (M, n W) = a (M, K) b (K, n W) + add      one panel: n vectors wide, M rows in steps of ROWS(n)
 *
 * Each step of k loads n vectors of b and spreads ROWS(n) elements of a, for ROWS(n) n
 * multiply-adds: the shapes below fill the registers that the path has. [Goto, van de Geijn 2008,
 * ACM TOMS 34(3), sec. 4] The order of summation over k is that of a plain loop, whatever the tile.
 */
#ifndef MODEL_KERNELS_TILE_H
#define MODEL_KERNELS_TILE_H

#include <stddef.h>

#include "model/kernels/vec.h"

#if defined(__AVX512F__) // 32 registers
enum { PANEL_VECTORS = 4 };
#define ROWS(n) ((n) == 4 ? 6 : (n) == 3 ? 8 : 12)
#elif defined(__AVX__) // 16 registers
enum { PANEL_VECTORS = 3 };
#define ROWS(n) ((n) == 3 ? 4 : (n) == 2 ? 6 : 12)
#else // 16 or more, and perhaps no fused multiply-add
enum { PANEL_VECTORS = 2 };
#define ROWS(n) ((n) == 2 ? 4 : 8)
#endif
enum { TILE_ROWS = 12 };

/* How the left factor lies in memory: element (i, k) at a[i lda + k], or at a[k lda + i]. */
typedef enum { A_BY_ROWS, A_BY_COLUMNS } LeftStored;

/* Compute a tile of c, `rows` rows by n vectors, from all K of k. */
ALWAYS_INLINE void tile(const int rows, const int n, const LeftStored stored, int K, const real *a,
                        size_t lda, const real *b, size_t ldb, const real *add, real *c,
                        size_t ldc) {
    Vec sum[TILE_ROWS][PANEL_VECTORS];
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++)
#pragma GCC unroll 4
        for (int j = 0; j < n; j++) sum[i][j] = (Vec){0};
    const size_t by_row = stored == A_BY_ROWS ? lda : 1, by_k = stored == A_BY_ROWS ? 1 : lda;
    for (int k = 0; k < K; k++, a += by_k, b += ldb) {
        Vec right[PANEL_VECTORS];
#pragma GCC unroll 4
        for (int j = 0; j < n; j++) right[j] = vec_load(b + j * W);
#pragma GCC unroll 16
        for (int i = 0; i < rows; i++) {
            const real left = a[(size_t)i * by_row];
#pragma GCC unroll 4
            for (int j = 0; j < n; j++) sum[i][j] += left * right[j];
        }
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; i++, c += ldc) {
#pragma GCC unroll 4
        for (int j = 0; j < n; j++)
            vec_store(c + j * W, add ? sum[i][j] + vec_load(add + j * W) : sum[i][j]);
        if (add) add += ldc;
    }
}

/* Compute a panel of c, M rows by n vectors, tile by tile. */
ALWAYS_INLINE void panel(const int n, const LeftStored stored, int M, int K, const real *a, int lda,
                         const real *b, int ldb, const real *add, real *c, int ldc) {
    const size_t step = stored == A_BY_ROWS ? (size_t)lda : 1, ld = (size_t)ldc;
#define TILES_OF(rows)                                                                             \
    for (; M >= (rows); M -= (rows)) {                                                             \
        tile(rows, n, stored, K, a, (size_t)lda, b, (size_t)ldb, add, c, ld);                      \
        a += (rows)*step, c += (rows)*ld;                                                          \
        if (add) add += (rows)*ld;                                                                 \
    }
    TILES_OF(ROWS(n))
    if (ROWS(n) > 8) TILES_OF(8)
    if (ROWS(n) > 4) TILES_OF(4)
    TILES_OF(2)
    TILES_OF(1)
#undef TILES_OF
}

typedef void Panel(int M, int K, const real *a, int lda, const real *b, int ldb, const real *add,
                   real *c, int ldc);
/* A panel() for each way in which the left factor is stored and each width in vectors. add is NULL
 * for zero, or has c's stride and may be c. */
#define PANELS ON_PATH(PANELS)
extern Panel *const PANELS[2][PANEL_VECTORS + 1];

/* Return the width of the next panel when n vectors are left: as few panels as can be, none of them
 * narrow. */
static inline int panel_vectors(int n) {
    if (n <= PANEL_VECTORS) return n;
    const int rest = n % PANEL_VECTORS;
    return rest == 0 || rest == PANEL_VECTORS - 1 ? PANEL_VECTORS : PANEL_VECTORS - 1;
}

/* Compute c (M, N) = a (M, K) b (K, N) + add for N a multiple of W, with b read in place. */
static inline void tile_product(LeftStored stored, int M, int N, int K, const real *a, int lda,
                                const real *b, int ldb, const real *add, real *c, int ldc) {
    for (int j = 0; j < N;) {
        const int n = panel_vectors((N - j) / W);
        PANELS[stored][n](M, K, a, lda, b + j, ldb, add ? add + j : NULL, c + j, ldc);
        j += n * W;
    }
}

#endif
