/* attention.c: see attention.h for the equations and the drawing. */
#include "model/kernels/attention.h"

#include <math.h>
#include <string.h>

#include "model/kernels/attention_amx.h"
#include "model/kernels/qk.h"
#include "model/kernels/tile.h"
#include "model/kernels/vexp.h"

enum { TILE = ATTENTION_TILE, BLOCK = ATTENTION_BLOCK };

/* --- the three products: out of channels, over keys, over queries ---------------------------- */

/* Compute a number for each pair: s (keys, TILE) = left (keys, D) right (D, columns). Element (key,
 * c) of left is at left[c lda + key] or left[key lda + c]. */
static void for_pairs(const Head *h, Queries t, real *s, LeftStored stored, const real *left,
                      int lda, const real *right) {
    const size_t step = stored == A_BY_ROWS ? (size_t)lda : 1;
    right += t.from;
    tile_product(stored, t.from, t.n, h->D, left, lda, right, h->columns, NULL, s, TILE);
    for (int b = 0; b < t.n; b += BLOCK) {
        const size_t key = (size_t)(t.from + b);
        tile_product(stored, keys_in_block(h, t.from + b), t.n - b, h->D, left + key * step, lda,
                     right + b, h->columns, NULL, s + key * TILE + b, TILE);
    }
    count_products(h, t, 1);
}

/* Sum over the keys of each query: out (D, ldo) = left (D, keys) p (keys, TILE). Element (c, key)
 * of left is at left[key lda + c] or left[c lda + key]. */
static void over_keys(const Head *h, Queries t, real *out, int ldo, LeftStored stored,
                      const real *left, int lda, const real *p) {
    const size_t step = stored == A_BY_ROWS ? 1 : (size_t)lda;
    if (t.from) tile_product(stored, h->D, t.n, t.from, left, lda, p, TILE, NULL, out, ldo);
    for (int b = 0; b < t.n; b += BLOCK) {
        const size_t key = (size_t)(t.from + b);
        tile_product(stored, h->D, t.n - b, keys_in_block(h, t.from + b), left + key * step, lda,
                     p + key * TILE + b, TILE, key ? out + b : NULL, out + b, ldo);
    }
    count_products(h, t, 1);
}

/* Sum over the queries that see each key: out (keys, width) += p (keys, TILE) right (queries,
 * width). Keys of this tile are met for the first time: their sums are set, not added to. */
static void over_queries(const Head *h, Queries t, real *out, const real *p, const real *right) {
    const int width = attention_padded(h->D);
    right += (size_t)t.from * width;
    tile_product(A_BY_ROWS, t.from, width, t.n, p, TILE, right, width, out, out, width);
    for (int b = 0; b < t.n; b += BLOCK) {
        const size_t key = (size_t)(t.from + b);
        tile_product(A_BY_ROWS, keys_in_block(h, t.from + b), width, t.n - b, p + key * TILE + b,
                     TILE, right + (size_t)b * width, width, NULL, out + key * width, width);
    }
    count_products(h, t, 1);
}

/* --- softmax --------------------------------------------------------------------------------- */

/* Which queries see which keys of one block: 1 where they do, else 0. Both are counted from the
 * start of the block. */
typedef struct {
    real seen[BLOCK][BLOCK] __attribute__((aligned(64))); // [key][query]
} Mask;

static void mask_init(Mask *m) {
    for (int key = 0; key < BLOCK; key++)
        for (int query = 0; query < BLOCK; query++) m->seen[key][query] = key <= query;
}

static inline Vec column_max(const real *s, int keys) {
    Vec top[4];
    for (int i = 0; i < 4; i++) top[i] = vec_load(s);
    int j = 0;
    for (; j + 4 <= keys; j += 4)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++) top[i] = vec_max(top[i], vec_load(s + (size_t)(j + i) * TILE));
    for (; j < keys; j++) top[0] = vec_max(top[0], vec_load(s + (size_t)j * TILE));
    return vec_max(vec_max(top[0], top[1]), vec_max(top[2], top[3]));
}

/* Turn scores of W queries into e^(score - largest) over the keys that they see. Keys before
 * `diagonal` are seen by all of them; for the later ones `seen` points to the lanes of these
 * queries in a Mask. */
static inline void exponentials(real *s, int diagonal, int keys, const real *seen, Vec *largest,
                                Vec *sum) {
    for (int j = diagonal; j < keys; j++) {
        real *at = s + (size_t)j * TILE;
        vec_store(at, vec_load(at) + (vec_load(seen + (j - diagonal) * BLOCK) - 1) * (real)1e30);
    }
    const Vec top = column_max(s, keys);
    Vec total = {0};
    for (int j = 0; j < diagonal; j++) {
        const Vec e = vec_exp_below_0(vec_load(s + (size_t)j * TILE) - top);
        vec_store(s + (size_t)j * TILE, e);
        total += e;
    }
    for (int j = diagonal; j < keys; j++) {
        const Vec e = vec_exp_below_0(vec_load(s + (size_t)j * TILE) - top) *
                      vec_load(seen + (j - diagonal) * BLOCK);
        vec_store(s + (size_t)j * TILE, e);
        total += e;
    }
    *largest = top;
    *sum = total;
}

static void softmax_forward(const Head *h, Queries t, real *s, const Mask *mask) {
    for (int b = 0; b < t.n; b += BLOCK)
        for (int lane = 0; lane < BLOCK; lane += W) {
            const int diagonal = t.from + b, query = diagonal + lane;
            Vec largest, sum;
            exponentials(s + b + lane, diagonal, diagonal + keys_in_block(h, diagonal),
                         mask->seen[0] + lane, &largest, &sum);
            vec_store(h->largest + query, largest);
            vec_store(h->inverse + query, 1 / sum);
        }
}

/* Turn scores back into P with what forward saved, and dP into dS. delta (columns) is the sum over
 * channels of dY Y. */
static void softmax_backward(const Head *h, Queries t, real *s, real *dp, const real *delta,
                             const Mask *mask) {
    for (int b = 0; b < t.n; b += BLOCK)
        for (int lane = 0; lane < BLOCK; lane += W) {
            const int diagonal = t.from + b, query = diagonal + lane, at = b + lane;
            const int keys = diagonal + keys_in_block(h, diagonal);
            const Vec top = vec_load(h->largest + query), inverse = vec_load(h->inverse + query);
            const Vec along = vec_load(delta + query);
            for (int j = 0; j < keys; j++) {
                real *sj = s + (size_t)j * TILE + at, *dpj = dp + (size_t)j * TILE + at;
                Vec p = vec_exp_below_0(vec_load(sj) - top) * inverse;
                if (j >= diagonal) p *= vec_load(mask->seen[j - diagonal] + lane);
                vec_store(sj, p);
                vec_store(dpj, p * (vec_load(dpj) - along));
            }
        }
}

/* --- heads ----------------------------------------------------------------------------------- */

static void head_forward(const Head *h, real *y, int ldy, real *scratch, const Mask *mask) {
    real *s = scratch, *yt = s + (size_t)h->columns * TILE;
    for (int from = 0; from < h->T; from += TILE) {
        const Queries t = queries_from(h, from);
        for_pairs(h, t, s, A_BY_COLUMNS, h->k, h->columns, h->q);
        softmax_forward(h, t, s, mask);
        over_keys(h, t, yt, TILE, A_BY_COLUMNS, h->v, h->ldv, s);
        for (int c = 0; c < h->D; c++)
            for (int i = 0; i < t.n; i += W) {
                real *at = yt + (size_t)c * TILE + i;
                vec_store(at, vec_load(at) * vec_load(h->inverse + t.from + i));
            }
        transpose(y + (size_t)t.from * ldy, ldy, yt, TILE, h->D, min_int(t.n, h->T - t.from));
    }
}

/* Backward's scratch, for one head. */
typedef struct {
    real *p, *ds;           // (columns, TILE)
    real *dyt, *other;      // (D, columns)
    real *dqt, *dkt;        // (D, columns)
    real *q, *dy, *dk, *dv; // (columns, padded D)
    real *delta;            // (columns)
    real *amx;              // (attention_amx_scratch(d))
} Scratch;

static Scratch scratch_of(real *at, const Head *h) {
    const size_t columns = (size_t)h->columns, tile = columns * TILE,
                 across = columns * (size_t)h->D;
    const size_t along = columns * (size_t)attention_padded(h->D);
    Scratch s = {.p = at, .ds = at + tile};
    s.dyt = s.ds + tile, s.other = s.dyt + across, s.dqt = s.other + across, s.dkt = s.dqt + across;
    s.q = s.dkt + across, s.dy = s.q + along, s.dk = s.dy + along, s.dv = s.dk + along;
    s.delta = s.dv + along, s.amx = s.delta + columns;
    return s;
}

/* Copy rows of D numbers, each padded with zeros to whole vectors; rows from T on are zero. */
static void rows_padded(real *out, const real *in, int ld, const Head *h) {
    const int width = attention_padded(h->D);
    memset(out, 0, (size_t)h->columns * (size_t)width * sizeof *out);
    for (int t = 0; t < h->T; t++)
        memcpy(out + (size_t)t * width, in + (size_t)t * ld, (size_t)h->D * sizeof *out);
}

/* Set s.delta to the sum over channels of dY Y. */
static void delta_of(const Head *h, Scratch s, const real *y, int ldy) {
    transpose_padded(s.other, h->columns, y, ldy, h->T, h->D);
    for (int t = 0; t < h->columns; t += W) {
        Vec sum = {0};
        for (int c = 0; c < h->D; c++) {
            const size_t at = (size_t)c * h->columns + t;
            sum += vec_load(s.dyt + at) * vec_load(s.other + at);
        }
        vec_store(s.delta + t, sum);
    }
}

/* Compute s.dqt (transposed), s.dk and s.dv (by rows). */
static void head_backward(const Head *h, Scratch s, const real *dy, const real *y, int ldy,
                          const Mask *mask) {
    const int width = attention_padded(h->D);
    transpose_padded(s.dyt, h->columns, dy, ldy, h->T, h->D);
    rows_padded(s.dy, dy, ldy, h);
    delta_of(h, s, y, ldy);
    transpose(s.q, width, h->q, h->columns, h->D, h->columns);
    for (int from = 0; from < h->T; from += TILE) {
        const Queries t = queries_from(h, from);
        for_pairs(h, t, s.p, A_BY_COLUMNS, h->k, h->columns, h->q);
        for_pairs(h, t, s.ds, A_BY_ROWS, h->v, h->ldv, s.dyt);
        softmax_backward(h, t, s.p, s.ds, s.delta, mask);
        over_keys(h, t, s.dqt + t.from, h->columns, A_BY_ROWS, h->k, h->columns, s.ds);
        over_queries(h, t, s.dk, s.ds, s.q);
        over_queries(h, t, s.dv, s.p, s.dy);
    }
}

/* --- all heads ------------------------------------------------------------------------------- */

static Head head_of(AttentionSaved saved, const real *qkv, int b, int n, const Dims *d,
                    Work *work) {
    const int columns = attention_padded(d->T);
    const size_t at = 2 * ((size_t)b * d->H + n), one = (size_t)d->D * columns;
    real *stats = saved.softmax + at * (size_t)columns;
    return (Head){.T = d->T,
                  .D = d->D,
                  .columns = columns,
                  .q = saved.qk + at * one,
                  .k = saved.qk + (at + 1) * one,
                  .v = qkv + ((size_t)b * d->T * 3 + 2) * d->C + n * d->D,
                  .ldv = 3 * d->C,
                  .largest = stats,
                  .inverse = stats + columns,
                  .work = work};
}

static HeadShape shape_of(const Dims *d, const real *angles, const real *gain, real scale) {
    return (HeadShape){d->T, d->D, attention_padded(d->T), angles, gain, scale};
}

void attention_forward(real *y, AttentionSaved saved, real *scratch, const real *qkv,
                       const real *qnorm, const real *knorm, const real *angles, const Dims *d,
                       Work *work) {
    const int C = d->C, columns = attention_padded(d->T);
    const HeadShape query = shape_of(d, angles, qnorm, (real)(1 / sqrt(d->D)));
    const HeadShape key = shape_of(d, angles, knorm, 1);
    Mask mask;
    mask_init(&mask);
    for (int b = 0; b < d->B; b++)
        for (int n = 0; n < d->H; n++) {
            const Head h = head_of(saved, qkv, b, n, d, work);
            const real *q = qkv + (size_t)b * d->T * 3 * C + n * d->D;
            real *r = saved.r + 2 * ((size_t)b * d->H + n) * (size_t)columns;
            qk_forward(h.q, r, q, 3 * C, &query);
            qk_forward(h.k, r + columns, q + C, 3 * C, &key);
            head_forward(&h, y + (size_t)b * d->T * C + n * d->D, C, scratch, &mask);
        }
}

void attention_backward(real *dqkv, real *dqnorm, real *dknorm, real *scratch, const real *dy,
                        const real *y, AttentionSaved saved, const real *qkv, const real *qnorm,
                        const real *knorm, const real *angles, const Dims *d, Work *work) {
    const int C = d->C, columns = attention_padded(d->T), width = attention_padded(d->D);
    const HeadShape query = shape_of(d, angles, qnorm, (real)(1 / sqrt(d->D)));
    const HeadShape key = shape_of(d, angles, knorm, 1);
    Mask mask;
    mask_init(&mask);
    for (int b = 0; b < d->B; b++)
        for (int n = 0; n < d->H; n++) {
            const Head h = head_of(saved, qkv, b, n, d, work);
            const Scratch s = scratch_of(scratch, &h);
            const size_t at = (size_t)b * d->T * C + n * d->D,
                         at_q = (size_t)b * d->T * 3 * C + n * d->D;
            const real *r = saved.r + 2 * ((size_t)b * d->H + n) * (size_t)columns;
            if (ON_AMX(&h))
                amx_head_backward(&h, s.dqt, s.dk, s.dv, s.amx, dy + at, y + at, C);
            else
                head_backward(&h, s, dy + at, y + at, C, &mask);
            transpose_padded(s.dkt, columns, s.dk, width, d->T, d->D);
            qk_backward(dqkv + at_q, dqnorm, s.dqt, s.other, r, qkv + at_q, 3 * C, &query);
            qk_backward(dqkv + at_q + C, dknorm, s.dkt, s.other, r + columns, qkv + at_q + C, 3 * C,
                        &key);
            for (int t = 0; t < d->T; t++)
                memcpy(dqkv + at_q + (size_t)t * 3 * C + 2 * C, s.dv + (size_t)t * width,
                       (size_t)d->D * sizeof *dqkv);
        }
}
