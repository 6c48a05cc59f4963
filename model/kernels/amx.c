/* amx.c: see amx.h. A block of c, 32 x 32, stays in four of the unit's eight tiles while k runs.
 * Both factors are cut into pieces and packed first, as amx_tile.h draws them. A stripe of 32 rows
 * or columns, K_BLOCK deep, takes 24 kB, so that the left one stays in the first-level cache while
 * the right ones pass.
 */
#include "model/kernels/amx.h"

#include "model/kernels/amx_tile.h"

#if defined(__AMX_TILE__) && !defined(TINYSCALE_DOUBLE)

enum { K_TILES = 4, K_BLOCK = K_TILES * SIDE, N_BLOCK = 1024, STRIPE = K_TILES * STEP };

/* Load 16 x 16 numbers from x (row stride ld), of which rows x columns exist; the others become
 * zero. */
ALWAYS_INLINE void load_square(Vec out[W], const real *x, int ld, int rows, int columns) {
    if (rows >= W && columns >= W) {
        for (int i = 0; i < W; i++) out[i] = vec_load(x + (size_t)i * ld);
        return;
    }
    const __mmask16 there =
        (__mmask16)(columns >= W ? 0xffffu : (1u << (columns > 0 ? columns : 0)) - 1);
    for (int i = 0; i < W; i++)
        out[i] = i < rows ? (Vec)_mm512_maskz_loadu_ps(there, x + (size_t)i * ld) : (Vec){0};
}

static int steps_of(int K) {
    return (K + SIDE - 1) / SIDE;
}

/* Pack 32 rows of the left factor, or 32 columns of the right one, for 32 values of k. Of these n
 * rows or columns and `rest` values of k exist; the others become zero. In memory k runs along the
 * rows of x, or down its columns. */
static void pack_step(Brain *to, bool left, bool k_along_rows, const real *x, int ld, int n,
                      int rest) {
    for (int half = 0; half < SIDE; half += W) {
        const int there = n - half;
        const real *from = k_along_rows ? x + (size_t)half * ld : x + half;
        const size_t on = rest <= W ? 0 : k_along_rows ? W : (size_t)W * ld; // 16 k further
        Vec first[W], second[W];
        load_square(first, from, ld, k_along_rows ? there : rest, k_along_rows ? rest : there);
        load_square(second, from + on, ld, k_along_rows ? there : rest - W,
                    k_along_rows ? rest - W : there);
        // a left tile has k along its rows, a right one down its columns
        if (left != k_along_rows) {
            vec_transpose(first);
            vec_transpose(second);
        }
        for (int i = 0; i < W; i++) {
            const Cut a = cut(first[i]), b = cut(second[i]);
            pack_row(to + half / W * TILE_NUMBERS, i, &a, &b);
        }
    }
}

/* Pack n rows or columns in stripes of 32, for K values of k. The inner loop runs over stripes,
 * which are neighbours in memory when k runs down the columns. */
static void pack(Brain *to, bool left, bool k_along_rows, const real *x, int ld, int n, int K) {
    const size_t stripe = (size_t)steps_of(K) * STEP;
    for (int k = 0; k < K; k += SIDE)
        for (int i = 0; i < n; i += SIDE) {
            const real *from = k_along_rows ? x + (size_t)i * ld + k : x + (size_t)k * ld + i;
            pack_step(to + (size_t)(i / SIDE) * stripe + (size_t)(k / SIDE) * STEP, left,
                      k_along_rows, from, ld, n - i, K - k);
        }
}

/* Compute c (32, 32) = add + the sum over k of six products of pieces, the smallest first. ldc is
 * in bytes. */
static void block_product(real *c, size_t ldc, const real *add, const Brain *left,
                          const Brain *right, int steps) {
    enum { H = 0, M = 2 * TILE_NUMBERS, L = 4 * TILE_NUMBERS, ROW = SIDE * sizeof(Brain) };
/* Tiles 4 and 5 hold the left factor's rows, 6 and 7 the right one's columns. */
#define LOAD_4(from, piece) _tile_loadd(4, (from) + (piece), ROW)
#define LOAD_5(from, piece) _tile_loadd(5, (from) + (piece) + TILE_NUMBERS, ROW)
#define LOAD_6(from, piece) _tile_loadd(6, (from) + (piece), ROW)
#define LOAD_7(from, piece) _tile_loadd(7, (from) + (piece) + TILE_NUMBERS, ROW)
/* Make four products. A tile's next piece is loaded as soon as its last product is under way. */
#define THEN_LEFT(from, piece)                                                                     \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    LOAD_4(from, piece);                                                                           \
    _tile_dpbf16ps(2, 5, 6);                                                                       \
    _tile_dpbf16ps(3, 5, 7);                                                                       \
    LOAD_5(from, piece)
#define THEN_RIGHT(from, piece)                                                                    \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_dpbf16ps(2, 5, 6);                                                                       \
    LOAD_6(from, piece);                                                                           \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    _tile_dpbf16ps(3, 5, 7);                                                                       \
    LOAD_7(from, piece)
    // gcc's intrinsics do not say that they read memory: this makes it store the packed pieces
    // first
    __asm__ volatile("" : : : "memory");
    if (add) {
        _tile_loadd(0, add, ldc);
        _tile_loadd(1, add + W, ldc);
        _tile_loadd(2, add + W * (ldc / sizeof(real)), ldc);
        _tile_loadd(3, add + W * (ldc / sizeof(real)) + W, ldc);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    LOAD_4(left, L);
    LOAD_6(right, H);
    LOAD_7(right, H);
    LOAD_5(left, L);
    for (int k = 0; k < steps; k++, left += STEP, right += STEP) {
        THEN_LEFT(left, M);   // l h
        THEN_RIGHT(right, M); // m h
        THEN_LEFT(left, H);   // m m
        THEN_RIGHT(right, L); // h m
        THEN_RIGHT(right, H); // h l
        // h h, and on to the next k
        const Brain *next_left = k + 1 < steps ? left + STEP : left;
        const Brain *next_right = k + 1 < steps ? right + STEP : right;
        _tile_dpbf16ps(0, 4, 6);
        _tile_dpbf16ps(1, 4, 7);
        LOAD_4(next_left, L);
        _tile_dpbf16ps(2, 5, 6);
        LOAD_6(next_right, H);
        _tile_dpbf16ps(3, 5, 7);
        LOAD_5(next_left, L);
        LOAD_7(next_right, H);
    }
    _tile_stored(0, c, ldc);
    _tile_stored(1, c + W, ldc);
    _tile_stored(2, c + W * (ldc / sizeof(real)), ldc);
    _tile_stored(3, c + W * (ldc / sizeof(real)) + W, ldc);
#undef LOAD_4
#undef LOAD_5
#undef LOAD_6
#undef LOAD_7
#undef THEN_LEFT
#undef THEN_RIGHT
}

/* Write c = sum + add, of sum (32, 32) the rows and columns that exist. */
static void put(real *c, const real *add, int ldc, const real *sum, int rows, int columns) {
    for (int i = 0; i < rows; i++, c += ldc, sum += SIDE) {
        for (int j = 0; j < columns; j += W) {
            const int n = columns - j;
            Vec v = vec_load(sum + j);
            if (add) v += vec_load_part(add + j, n);
            vec_store_part(c + j, v, n);
        }
        if (add) add += ldc;
    }
}

/* Compute one block of c, of which rows x columns are left. */
static void block(const Brain *left, const Brain *right, int steps, int rows, int columns,
                  const real *add, real *c, int ldc) {
    if (columns >= SIDE && rows >= SIDE) {
        block_product(c, (size_t)ldc * sizeof(real), add, left, right, steps);
        return;
    }
    real sum[SIDE * SIDE] __attribute__((aligned(64)));
    block_product(sum, SIDE * sizeof(real), NULL, left, right, steps);
    put(c, add, ldc, sum, min_int(rows, SIDE), min_int(columns, SIDE));
}

/* Compute c (M, N) = add + the product over a stretch of k; the right factor is packed already. */
static void stretch_product(bool a_transposed, int M, int N, int K, const real *a, int lda,
                            const Brain *right, const real *add, real *c, int ldc) {
    Brain left[STRIPE] __attribute__((aligned(64)));
    const int steps = steps_of(K);
    for (int i = 0; i < M; i += SIDE) {
        pack(left, true, !a_transposed, a + (a_transposed ? (size_t)i : (size_t)i * lda), lda,
             min_int(M - i, SIDE), K);
        for (int j = 0; j < N; j += SIDE) {
            const size_t to = (size_t)i * ldc + j;
            block(left, right + (size_t)(j / SIDE) * steps * STEP, steps, M - i, N - j,
                  add ? add + to : NULL, c + to, ldc);
        }
    }
}

void amx_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
              const real *b, int ldb, const real *add, real *c, int ldc) {
    Brain right[N_BLOCK / SIDE * STRIPE] __attribute__((aligned(64)));
    amx_configure();
    for (int k = 0; k < K; k += K_BLOCK, add = c) {
        const int stretch = min_int(K - k, K_BLOCK);
        const real *ak = a + (a_transposed ? (size_t)k * lda : (size_t)k);
        for (int j = 0; j < N; j += N_BLOCK) {
            const int columns = min_int(N - j, N_BLOCK);
            const real *bk = b + (b_transposed ? (size_t)j * ldb + k : (size_t)k * ldb + j);
            pack(right, false, b_transposed, bk, ldb, columns, stretch);
            stretch_product(a_transposed, M, columns, stretch, ak, lda, right, add ? add + j : NULL,
                            c + j, ldc);
        }
    }
    _tile_release();
}

#endif
