/* attention_cached.c: see attention_cached.h for the equations. */
#include "model/kernels/attention_cached.h"

#include <math.h>
#include <string.h>

#include "model/kernels/rmsnorm.h"
#include "model/kernels/tile.h"
#include "model/kernels/vexp.h"

/* y (D) = scale R (g x r), as in qk.h; turn (D): cosines of this position's angles, then sines. */
static void norm_and_turn(real *y, const real *x, const real *gain, const real *turn, int D,
                          real scale) {
    const int half = D / 2;
    real r = 1;
    if (gain) {
        real squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int c = 0; c < D; c++) squares += x[c] * x[c];
        r = 1 / REAL_SQRT(squares / (real)D + (real)RMSNORM_EPS);
    }
    for (int i = 0; i < half; i++) {
        const real a = x[i] * r * (gain ? gain[i] : 1);
        const real b = x[i + half] * r * (gain ? gain[i + half] : 1);
        y[i] = (a * turn[i] - b * turn[i + half]) * scale;
        y[i + half] = (a * turn[i + half] + b * turn[i]) * scale;
    }
}

/* s (keys) becomes e^(s - largest), and zero up to the next whole block. Returns the sum. What
 * stood beyond the keys counts for nothing, not even when it is no number. */
static real exponentials(real *s, int keys) {
    const int padded = attention_padded(keys);
    for (int j = keys; j < padded; j++) s[j] = s[0];
    Vec top = vec_load(s), sum = {0};
    for (int j = W; j < padded; j += W) top = vec_max(top, vec_load(s + j));
    real largest = top[0];
    for (int i = 1; i < W; i++) largest = top[i] > largest ? top[i] : largest;
    for (int j = 0; j < padded; j += W)
        vec_store(s + j, vec_exp_below_0(vec_load(s + j) - largest));
    for (int j = keys; j < padded; j++) s[j] = 0;
    for (int j = 0; j < padded; j += W) sum += vec_load(s + j);
    return vec_sum(sum);
}

/* y (D) = one query's sum over the values of its keys; s (columns) and sum (width) are scratch. */
static void query_keys(real *y, const real *q, const real *k, const real *v, int keys, int D,
                       const KvCache *cache, real *s, real *sum) {
    tile_product(A_BY_ROWS, 1, attention_padded(keys), D, q, D, k, cache->columns, NULL, s,
                 cache->columns);
    const real inverse = 1 / exponentials(s, keys);
    tile_product(A_BY_ROWS, 1, cache->width, keys, s, keys, v, cache->width, NULL, sum,
                 cache->width);
    for (int c = 0; c < D; c++) y[c] = sum[c] * inverse;
}

void attention_cached(real *y, const KvCache *cache, int layer, const real *qkv, const real *qnorm,
                      const real *knorm, const real *angles, const Dims *d, Work *work) {
    const int M = d->B * d->T, C = d->C, D = d->D, columns = cache->columns;
    const size_t k_head = (size_t)D * (size_t)columns,
                 v_head = (size_t)columns * (size_t)cache->width;
    real *s = cache->scratch, *sum = s + columns, *turn = sum + cache->width;
    real *q = turn + D, *key = q + D;
    for (int row = 0; row < M; row++, qkv += 3 * C, y += C) {
        const int t = cache->position[row];
        const size_t head =
            ((size_t)layer * (size_t)cache->S + (size_t)cache->sequence[row]) * (size_t)d->H;
        for (int c = 0; c < D; c++) turn[c] = angles[(size_t)c * columns + t];
        for (int h = 0; h < d->H; h++) {
            real *k = cache->k + (head + h) * k_head, *v = cache->v + (head + h) * v_head;
            norm_and_turn(key, qkv + C + h * D, knorm, turn, D, 1);
            norm_and_turn(q, qkv + h * D, qnorm, turn, D, 1 / REAL_SQRT((real)D));
            for (int c = 0; c < D; c++) k[(size_t)c * columns + t] = key[c];
            memcpy(v + (size_t)t * cache->width, qkv + 2 * C + h * D, (size_t)D * sizeof *v);
            query_keys(y + h * D, q, k, v, t + 1, D, cache, s, sum);
            work->gemm_flops += 4 * (uint64_t)D * (uint64_t)(t + 1);
        }
    }
}
