/* attention_amx.c: see attention_amx.h. Queries go in tiles as in attention.c, and a tile is one or
 * two stripes of 32. Keys go in stripes of 32.
 */
#include "model/kernels/attention_amx.h"

#include "model/kernels/amx_tile.h"
#include "model/kernels/vexp.h"

#if defined(__AMX_TILE__) && !defined(TINYSCALE_DOUBLE)

enum { TILE = ATTENTION_TILE, SQUARE = W * W, BLOCK = SIDE * SIDE };

/* --- factors that last: queries, keys, values, dY --------------------------------------------- */

/* Pack two squares of 16 x 16 numbers, of which the second is 16 k further (`apart` elements), as a
 * tile of each piece. turn: transpose them first. */
ALWAYS_INLINE void pack_tile(Brain *to, const real *x, int ld, size_t apart, bool turn) {
    Vec first[W], second[W];
    for (int i = 0; i < W; i++) {
        first[i] = vec_load(x + (size_t)i * ld);
        second[i] = vec_load(x + apart + (size_t)i * ld);
    }
    if (turn) {
        vec_transpose(first);
        vec_transpose(second);
    }
    for (int i = 0; i < W; i++) {
        const Cut a = cut(first[i]), b = cut(second[i]);
        pack_row(to, i, &a, &b);
    }
}

/* Pack n rows of the left factor, or n columns of the right one, in stripes of 32 with all K of
 * their k. In memory k runs along the rows of x, or down its columns. */
ALWAYS_INLINE void pack(Brain *to, const bool left, const bool k_along_rows, const real *x, int ld,
                        int n, int K) {
    const size_t by_n = k_along_rows ? (size_t)ld : 1, by_k = k_along_rows ? 1 : (size_t)ld;
    for (int i = 0; i < n; i += SIDE)
        for (int k = 0; k < K; k += SIDE, to += STEP)
            for (int half = 0; half < 2; half++)
                // a left tile has k along its rows, a right one down its columns
                pack_tile(to + half * TILE_NUMBERS,
                          x + (size_t)(i + half * W) * by_n + (size_t)k * by_k, ld, W * by_k,
                          left != k_along_rows);
}

static void pack_left(Brain *to, const real *x, int ld, int n, int K) {
    pack(to, true, true, x, ld, n, K);
}

static void pack_left_turned(Brain *to, const real *x, int ld, int n, int K) {
    pack(to, true, false, x, ld, n, K);
}

static void pack_right(Brain *to, const real *x, int ld, int n, int K) {
    pack(to, false, false, x, ld, n, K);
}

static void pack_right_turned(Brain *to, const real *x, int ld, int n, int K) {
    pack(to, false, true, x, ld, n, K);
}

/* --- products --------------------------------------------------------------------------------- */

/* Compute four squares of c = add + the sum over k of six products of pieces, the smallest first. A
 * square has row stride ld; its neighbours are `across` and `down` elements further. k is short
 * here, so that loads and stores weigh: a tile's next piece is loaded as soon as its last product
 * is under way, and two squares are stored during the products of the others. */
ALWAYS_INLINE void product(real *c, size_t ld, size_t across, size_t down, const real *add,
                           const Brain *left, const Brain *right, int steps) {
    enum { H = 0, M = 2 * TILE_NUMBERS, L = 4 * TILE_NUMBERS, ROW = SIDE * sizeof(Brain) };
    const size_t bytes = ld * sizeof(real);
/* Tiles 4 and 5 hold the left factor's rows, 6 and 7 the right one's columns. */
#define LOAD_4(piece) _tile_loadd(4, left + (piece), ROW)
#define LOAD_5(piece) _tile_loadd(5, left + (piece) + TILE_NUMBERS, ROW)
#define LOAD_6(piece) _tile_loadd(6, right + (piece), ROW)
#define LOAD_7(piece) _tile_loadd(7, right + (piece) + TILE_NUMBERS, ROW)
#define MULTIPLY_6()                                                                               \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_dpbf16ps(2, 5, 6)
#define MULTIPLY_7()                                                                               \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    _tile_dpbf16ps(3, 5, 7)
#define THEN_LEFT(piece)                                                                           \
    _tile_dpbf16ps(0, 4, 6);                                                                       \
    _tile_dpbf16ps(1, 4, 7);                                                                       \
    LOAD_4(piece);                                                                                 \
    _tile_dpbf16ps(2, 5, 6);                                                                       \
    _tile_dpbf16ps(3, 5, 7);                                                                       \
    LOAD_5(piece)
    // gcc's intrinsics do not say that they read memory: this makes it store the packed pieces
    // first
    __asm__ volatile("" : : : "memory");
    if (add) {
        _tile_loadd(0, add, bytes);
        _tile_loadd(1, add + across, bytes);
        _tile_loadd(2, add + down, bytes);
        _tile_loadd(3, add + down + across, bytes);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (int k = 1; k <= steps; k++, left += STEP, right += STEP) {
        LOAD_4(L);
        LOAD_6(H);
        LOAD_7(H);
        LOAD_5(L);
        THEN_LEFT(M); // l h
        MULTIPLY_6(); // m h
        LOAD_6(M);
        MULTIPLY_7();
        LOAD_7(M);
        THEN_LEFT(H); // m m
        MULTIPLY_6(); // h m, h l, h h
        LOAD_6(L);
        MULTIPLY_6();
        LOAD_6(H);
        MULTIPLY_6();
        if (k == steps) _tile_stored(0, c, bytes);
        MULTIPLY_7();
        LOAD_7(L);
        if (k == steps) _tile_stored(2, c + down, bytes);
        MULTIPLY_7();
        LOAD_7(H);
        MULTIPLY_7();
    }
    _tile_stored(1, c + across, bytes);
    _tile_stored(3, c + down + across, bytes);
#undef LOAD_4
#undef LOAD_5
#undef LOAD_6
#undef LOAD_7
#undef MULTIPLY_6
#undef MULTIPLY_7
#undef THEN_LEFT
}

/* Compute s = left right, a number for each pair of 32 keys with 32 queries, square by square. */
static void for_pairs(real *s, const Brain *left, const Brain *right, int D) {
    product(s, W, SQUARE, 2 * SQUARE, NULL, left, right, D / SIDE);
}

/* Compute 32 x 32 numbers of c = add + left right; add is NULL or c. */
static void sum_over(real *c, int ldc, const real *add, const Brain *left, const Brain *right,
                     int steps) {
    product(c, (size_t)ldc, W, W * (size_t)ldc, add, left, right, steps);
}

/* --- softmax ---------------------------------------------------------------------------------- */

/* Return the lanes whose query sees the key. ahead = query of the first lane - key. */
ALWAYS_INLINE __mmask16 seen(int ahead) {
    return (__mmask16)(ahead >= 0 ? 0xffff : ahead <= -W ? 0 : 0xffffu << -ahead);
}

ALWAYS_INLINE Vec where(__mmask16 there, Vec x) {
    return (Vec)_mm512_maskz_mov_ps(there, (__m512)x);
}

/* Return the lanes whose query sees the key of row i in a square of a block. ahead = the block's
 * first query - its first key. */
ALWAYS_INLINE __mmask16 seen_in_block(int ahead, int i, int square) {
    return seen(ahead + square % 2 * W - square / 2 * W - i);
}

/* What backward knows of a tile's queries. */
typedef struct {
    real top[TILE], inverse[TILE], delta[TILE]; // largest score, 1 / sum, rowsum(dY Y)
} Stats;

/* P and dS of a stripe of keys with each stripe of the tile's queries, packed as left or right
 * factors. */
typedef struct {
    Brain *p_left, *ds_left, *ds_right; // (PIECES TILE SIDE) each
} Packed;

/* Turn a block's scores s and dP dp, (SIDE, SIDE) each in squares, into P and dS. The block's first
 * query is number `at` of stats. */
static void gradients(Packed to, const real *s, const real *dp, int ahead, const Stats *stats,
                      int at) {
    for (int i = 0; i < W; i++) {
        Cut p[4], ds[4];
#pragma GCC unroll 4
        for (int square = 0; square < 4; square++) {
            const int query = at + square % 2 * W, number = square * SQUARE + i * W;
            const __mmask16 there = seen_in_block(ahead, i, square);
            const Vec e = vec_exp_below_0(vec_load(s + number) - vec_load(stats->top + query)) *
                          vec_load(stats->inverse + query);
            const Vec d = vec_load(dp + number) - vec_load(stats->delta + query);
            p[square] = cut(where(there, e));
            ds[square] = cut(where(there, e * d));
        }
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            const int tile = half * TILE_NUMBERS;
            pack_row(to.p_left + tile, i, &p[2 * half], &p[2 * half + 1]);
            pack_row(to.ds_left + tile, i, &ds[2 * half], &ds[2 * half + 1]);
            pack_row(to.ds_right + tile, i, &ds[half], &ds[half + 2]);
        }
    }
}

/* --- backward --------------------------------------------------------------------------------- */

static Brain *take(real **scratch, int rows, int columns) {
    Brain *at = (Brain *)(((uintptr_t)*scratch + 63) & ~(uintptr_t)63);
    *scratch = (real *)(at + (size_t)rows * columns * PIECES);
    return at;
}

static real *take_floats(real **scratch, int n) {
    real *at = (real *)(((uintptr_t)*scratch + 63) & ~(uintptr_t)63);
    *scratch = at + n;
    return at;
}

/* What a head's products multiply: keys and values packed once for all queries, queries and dY
 * packed once for a tile. A t stands for transposed. */
typedef struct {
    Brain *k, *kt, *v;        // (PIECES T D) each
    Brain *q, *qt, *dy, *dyt; // (PIECES TILE D) each
    Packed block;             // of a stripe of keys
    real *s, *dp;             // (SIDE, SIDE) of a block, square by square
} Factors;

static Factors factors_of(const Head *h, real *at) {
    Factors f;
    f.k = take(&at, h->T, h->D), f.kt = take(&at, h->T, h->D), f.v = take(&at, h->T, h->D);
    f.q = take(&at, TILE, h->D), f.qt = take(&at, TILE, h->D);
    f.dy = take(&at, TILE, h->D), f.dyt = take(&at, TILE, h->D);
    f.block.p_left = take(&at, TILE, SIDE), f.block.ds_left = take(&at, TILE, SIDE);
    f.block.ds_right = take(&at, TILE, SIDE);
    f.s = take_floats(&at, BLOCK), f.dp = take_floats(&at, BLOCK);
    pack_left_turned(f.k, h->k, h->T, h->T, h->D);
    pack_left(f.kt, h->k, h->T, h->D, h->T);
    pack_left(f.v, h->v, h->ldv, h->T, h->D);
    return f;
}

/* Pack a tile's queries and dY, and copy its statistics; delta = rowsum(dY Y). */
static void tile_begin(const Head *h, Queries t, const Factors *f, Stats *stats, const real *dy,
                       const real *y, int ldy) {
    pack_right(f->q, h->q + t.from, h->T, t.n, h->D);
    pack_right_turned(f->qt, h->q + t.from, h->T, h->D, t.n);
    pack_right_turned(f->dyt, dy + (size_t)t.from * ldy, ldy, t.n, h->D);
    pack_right(f->dy, dy + (size_t)t.from * ldy, ldy, h->D, t.n);
    for (int i = 0; i < t.n; i += W) {
        vec_store(stats->top + i, vec_load(h->largest + t.from + i));
        vec_store(stats->inverse + i, vec_load(h->inverse + t.from + i));
        Vec sums[W];
        for (int r = 0; r < W; r++) {
            const size_t row = (size_t)(t.from + i + r) * ldy;
            sums[r] = (Vec){0};
            for (int c = 0; c < h->D; c += W)
                sums[r] += vec_load(dy + row + c) * vec_load(y + row + c);
        }
        vec_store(stats->delta + i, vec_sums(sums));
    }
}

/* Add what the stripe of keys from `key` on gives: to dQ of the tile's queries from stripe `first`
 * on, and to dK and dV of these keys. */
static void tile_products(const Head *h, Queries t, const Factors *f, int key, int first, real *dqt,
                          real *dk, real *dv) {
    const int D = h->D, n = t.n / SIDE;
    const bool met = key < t.from; // earlier tiles have added to these keys already
    for (int c = 0; c < D; c += SIDE) {
        real *to_k = dk + (size_t)key * D + c, *to_v = dv + (size_t)key * D + c;
        const size_t queries = (size_t)(c / SIDE * n + first) * STEP, blocks = (size_t)first * STEP;
        sum_over(to_v, D, met ? to_v : NULL, f->block.p_left + blocks, f->dy + queries, n - first);
        sum_over(to_k, D, met ? to_k : NULL, f->block.ds_left + blocks, f->qt + queries, n - first);
        const Brain *k = f->kt + (size_t)(c / SIDE * (h->T / SIDE) + key / SIDE) * STEP;
        for (int i = first; i < n; i++) {
            real *to_q = dqt + (size_t)c * h->T + t.from + i * SIDE;
            sum_over(to_q, h->T, key ? to_q : NULL, k, f->block.ds_right + (size_t)i * STEP, 1);
        }
    }
}

void amx_head_backward(const Head *h, real *dqt, real *dk, real *dv, real *scratch, const real *dy,
                       const real *y, int ldy) {
    const size_t stripe = (size_t)h->D / SIDE * STEP;
    const Factors f = factors_of(h, scratch);
    amx_configure();
    for (int from = 0; from < h->T; from += TILE) {
        const Queries t = queries_from(h, from);
        Stats stats;
        tile_begin(h, t, &f, &stats, dy, y, ldy);
        for (int key = 0; key < from + t.n; key += SIDE) {
            const int first = key > from ? (key - from) / SIDE : 0;
            const size_t keys = (size_t)(key / SIDE) * stripe;
            for (int i = first; i < t.n / SIDE; i++) {
                const size_t queries = (size_t)i * stripe, at = (size_t)i * STEP;
                for_pairs(f.s, f.k + keys, f.q + queries, h->D);
                for_pairs(f.dp, f.v + keys, f.dyt + queries, h->D);
                gradients(
                    (Packed){f.block.p_left + at, f.block.ds_left + at, f.block.ds_right + at}, f.s,
                    f.dp, from + i * SIDE - key, &stats, i * SIDE);
            }
            tile_products(h, t, &f, key, first, dqt, dk, dv);
        }
        count_products(h, t, 5);
    }
    _tile_release();
}

#endif
