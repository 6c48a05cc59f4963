/* gemm.c: products of any size from panels of tiles.
 *
 *     for blocks of K, for blocks of M:  for panels of N:  pack the panel of b, then a's rows by tiles
 *
 * A packed panel is at most K_BLOCK x 256 bytes. It is read once per tile of rows, out of the first
 * or second cache, and a is read in place. b is copied once per M_BLOCK rows, one vector in some
 * 256 multiply-adds, which takes 2 to 4 % of a step.
 */
#include "model/kernels/gemm.h"

#include "model/kernels/amx.h"
#include "model/kernels/blas.h"
#include "model/kernels/tile.h"
#include "base/columns.h"

/* Whether OpenBLAS is faster than our tiles. With fused multiply-adds in our vectors it is not, at
 * any size that we meet. Without them it is faster than what the compiler makes of tiles, but for
 * the smallest products. */
#define BLAS_IS_BEST(M, N, K) (GEMM_NEEDS_BLAS && (double)(M) * (N) * (K) > 32 * 32 * 32)

/* Whether the matrix unit is faster than vectors. Its factors must be cut into pieces first, which
 * small products do not repay. */
#if defined(__AMX_TILE__) && !defined(TINYSCALE_DOUBLE)
#define AMX_IS_BEST(M, N, K) ((N) >= 64 && (K) >= 32 && (double)(M) * (N) * (K) >= 1 << 20)
#else
#define AMX_IS_BEST(M, N, K) false
#undef amx_gemm
#define amx_gemm(...) ((void)0)
#endif

enum { K_BLOCK = 256, M_BLOCK = 512, PANEL_COLUMNS = PANEL_VECTORS * W, EDGE_ROWS = 32 };

/* Rows of c up to which a panel of b is read in place: it is not read often enough to be worth a
 * copy. */
enum { READ_IN_PLACE = 128 };

/* A left factor stored by columns is read a few elements per row of memory, and rows a power of two
 * apart share a set of the cache. It is transposed into a copy first when its rows are FAR_APART or
 * more and N is OFTEN_READ or more. The copy has up to LEFT_ROWS rows of LEFT_STRIDE elements,
 * which do not share a set. */
enum { LEFT_ROWS = 192, LEFT_STRIDE = K_BLOCK + 16, FAR_APART = 512, OFTEN_READ = 256 };

#define PANEL(name, n, stored)                                                                     \
    static void name(int M, int K, const real *a, int lda, const real *b, int ldb,                 \
                     const real *add, real *c, int ldc) {                                          \
        panel(n, stored, M, K, a, lda, b, ldb, add, c, ldc);                                       \
    }
PANEL(rows_1, 1, A_BY_ROWS)
PANEL(rows_2, 2, A_BY_ROWS)
PANEL(columns_1, 1, A_BY_COLUMNS)
PANEL(columns_2, 2, A_BY_COLUMNS)
#if defined(__AVX__)
PANEL(rows_3, 3, A_BY_ROWS)
PANEL(columns_3, 3, A_BY_COLUMNS)
#endif
#if defined(__AVX512F__)
PANEL(rows_4, 4, A_BY_ROWS)
PANEL(columns_4, 4, A_BY_COLUMNS)
#endif

Panel *const PANELS[2][PANEL_VECTORS + 1] = {
#if defined(__AVX512F__)
    {NULL, rows_1, rows_2, rows_3, rows_4},
    {NULL, columns_1, columns_2, columns_3, columns_4},
#elif defined(__AVX__)
    {NULL, rows_1, rows_2, rows_3},
    {NULL, columns_1, columns_2, columns_3},
#else
    {NULL, rows_1, rows_2},
    {NULL, columns_1, columns_2},
#endif
};

/* Copy b (K, columns) to packed (K, n W), zero beyond the columns. */
static void pack_rows(real *packed, const real *b, int ldb, int K, int columns, int n) {
    for (int k = 0; k < K; k++, b += ldb, packed += n * W)
        for (int j = 0; j < n; j++)
            vec_store(packed + j * W, vec_load_part(b + j * W, columns - j * W));
}

/* Copy b (columns, K), transposed, to packed (K, n W), zero beyond the columns. */
static void pack_columns(real *packed, const real *b, int ldb, int K, int columns, int n) {
    for (int i = 0; columns < n * W && i < K * n * W; i++) packed[i] = 0;
    transpose(packed, n * W, b, ldb, columns, K);
}

/* Compute a panel of which only some columns exist. It goes through a buffer, since tiles store
 * whole vectors. */
static void edge_panel(LeftStored stored, int columns, int M, int K, const real *a, int lda,
                       const real *packed, const real *add, real *c, int ldc) {
    const int n = (columns + W - 1) / W;
    const size_t step = stored == A_BY_ROWS ? (size_t)lda : 1;
    real whole[EDGE_ROWS * PANEL_COLUMNS] __attribute__((aligned(64)));
    for (int i = 0; i < M; i += EDGE_ROWS) {
        const int rows = M - i < EDGE_ROWS ? M - i : EDGE_ROWS;
        PANELS[stored][n](rows, K, a + (size_t)i * step, lda, packed, n * W, NULL, whole, n * W);
        for (int row = 0; row < rows; row++)
            for (int j = 0; j < columns; j++) {
                const size_t at = (size_t)(i + row) * ldc + j;
                c[at] = whole[row * n * W + j] + (add ? add[at] : 0);
            }
    }
}

/* Compute all columns of c for some of its rows and a stretch of k. */
static void block(LeftStored stored, Transpose t, int M, int N, int K, const real *a, int lda,
                  const real *b, int ldb, const real *add, real *c, int ldc) {
    real packed[K_BLOCK * PANEL_COLUMNS] __attribute__((aligned(64)));
    for (int j = 0; j < N;) {
        const int n = panel_vectors((N - j + W - 1) / W), columns = N - j < n * W ? N - j : n * W;
        const real *plus = add ? add + j : NULL;
        const bool whole = columns == n * W;
        if (whole && t != NT && M <= READ_IN_PLACE) {
            PANELS[stored][n](M, K, a, lda, b + j, ldb, plus, c + j, ldc);
            j += columns;
            continue;
        }
        if (t == NT)
            pack_columns(packed, b + (size_t)j * ldb, ldb, K, columns, n);
        else
            pack_rows(packed, b + j, ldb, K, columns, n);
        if (whole)
            PANELS[stored][n](M, K, a, lda, packed, n * W, plus, c + j, ldc);
        else
            edge_panel(stored, columns, M, K, a, lda, packed, plus, c + j, ldc);
        j += n * W;
    }
}

/* Compute all of c for a stretch of k. */
static void blocks(Transpose t, int M, int N, int K, const real *a, int lda, const real *b, int ldb,
                   const real *add, real *c, int ldc) {
    const LeftStored stored = t == TN ? A_BY_COLUMNS : A_BY_ROWS;
    const size_t step = t == TN ? 1 : (size_t)lda;
    for (int i = 0; i < M; i += M_BLOCK) {
        const size_t to = (size_t)i * ldc;
        block(stored, t, min_int(M - i, M_BLOCK), N, K, a + (size_t)i * step, lda, b, ldb,
              add ? add + to : NULL, c + to, ldc);
    }
}

/* Compute all of c for a stretch of k where t is TN, with a transposed copy of the left factor. */
static void blocks_copied(int M, int N, int K, const real *a, int lda, const real *b, int ldb,
                          const real *add, real *c, int ldc) {
    real left[LEFT_ROWS * LEFT_STRIDE] __attribute__((aligned(64)));
    for (int i = 0; i < M; i += LEFT_ROWS) {
        const int rows = min_int(M - i, LEFT_ROWS);
        const size_t to = (size_t)i * ldc;
        transpose(left, LEFT_STRIDE, a + i, lda, K, rows);
        block(A_BY_ROWS, TN, rows, N, K, left, LEFT_STRIDE, b, ldb, add ? add + to : NULL, c + to,
              ldc);
    }
}

void gemm(Transpose t, int M, int N, int K, const real *a, int lda, const real *b, int ldb,
          const real *add, real *c, int ldc, Work *work) {
    work->gemm_flops += 2ull * (uint64_t)M * (uint64_t)N * (uint64_t)K;
    if (BLAS_IS_BEST(M, N, K)) {
        blas_gemm(t == TN, t == NT, M, N, K, a, lda, b, ldb, add, c, ldc);
        return;
    }
    if (AMX_IS_BEST(M, N, K)) {
        amx_gemm(t == TN, t == NT, M, N, K, a, lda, b, ldb, add, c, ldc);
        return;
    }
    const bool copy = t == TN && lda >= FAR_APART && N >= OFTEN_READ;
    for (int k = 0; k < K; k += K_BLOCK, add = c) {
        const int stretch = min_int(K - k, K_BLOCK);
        const real *left = t == TN ? a + (size_t)k * lda : a + k;
        const real *right = t == NT ? b + k : b + (size_t)k * ldb;
        if (copy)
            blocks_copied(M, N, stretch, left, lda, right, ldb, add, c, ldc);
        else
            blocks(t, M, N, stretch, left, lda, right, ldb, add, c, ldc);
    }
}
