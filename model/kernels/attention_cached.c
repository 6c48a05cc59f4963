/* attention_cached.c: see attention_cached.h for the equations. */
#include "model/kernels/attention_cached.h"

#include <math.h>
#include <string.h>

#include "model/kernels/rmsnorm.h"
#include "model/kernels/tile.h"
#include "model/kernels/vexp.h"

/* Compute y (D) = scale R (g x r), as in qk.h. turn (D) holds the cosines of this position's
 * angles, then the sines. */
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

/* Turn the scores of `keys` keys in s (columns) into e^(score - largest) and return their sum. The
 * rest of s becomes zero, even where it is a NaN. columns are whole blocks, at least `keys`. */
static real exponentials(real *s, int keys, int columns) {
    const int padded = attention_padded(keys);
    for (int j = keys; j < padded; j++) s[j] = s[0];
    Vec top = vec_load(s), sum = {0};
    for (int j = W; j < padded; j += W) top = vec_max(top, vec_load(s + j));
    real largest = top[0];
    for (int i = 1; i < W; i++) largest = top[i] > largest ? top[i] : largest;
    for (int j = 0; j < padded; j += W)
        vec_store(s + j, vec_exp_below_0(vec_load(s + j) - largest));
    for (int j = keys; j < columns; j++) s[j] = 0;
    for (int j = 0; j < padded; j += W) sum += vec_load(s + j);
    return vec_sum(sum);
}

/* Rows of the pass that follow each other in one sequence: positions t .. t + n - 1. */
typedef struct {
    int n, t, D, C;
    real *turn, *q, *key; // (n, D) each
    real *s;              // (n, columns) scores
    real *sum;            // (n, width) values summed over the keys
} Rows;

/* Return how many rows from `row` on belong to one sequence, at most KV_ROWS. */
static int rows_together(const KvCache *cache, int row, int M) {
    int n = 1;
    while (n < KV_ROWS && row + n < M && cache->sequence[row + n] == cache->sequence[row]) n++;
    return n;
}

/* Put keys and values of one head into the cache, k (D, columns) and v (columns, width), and
 * queries into rows->q. */
static void head_project(const Rows *rows, real *k, real *v, const KvCache *cache, const real *qkv,
                         const real *qnorm, const real *knorm) {
    const int n = rows->n, t = rows->t, D = rows->D, C = rows->C;
    for (int i = 0; i < n; i++, qkv += 3 * C) {
        const real *turn = rows->turn + i * D;
        norm_and_turn(rows->q + i * D, qkv, qnorm, turn, D, 1 / REAL_SQRT((real)D));
        norm_and_turn(rows->key + i * D, qkv + C, knorm, turn, D, 1);
        memcpy(v + (size_t)(t + i) * cache->width, qkv + 2 * C, (size_t)D * sizeof *v);
    }
    for (int c = 0; c < D; c++)
        for (int i = 0; i < n; i++) k[(size_t)c * cache->columns + t + i] = rows->key[i * D + c];
}

/* Set y (n, D), row stride C, to each query's sum over the values of the keys that it sees. */
static void head_attend(const Rows *rows, real *y, const real *k, const real *v,
                        const KvCache *cache) {
    const int n = rows->n, D = rows->D, columns = cache->columns, width = cache->width;
    const int keys = rows->t + n, padded = attention_padded(keys); // of the last query
    real inverse[KV_ROWS];
    tile_product(A_BY_ROWS, n, padded, D, rows->q, D, k, columns, NULL, rows->s, columns);
    for (int i = 0; i < n; i++)
        inverse[i] = 1 / exponentials(rows->s + (size_t)i * columns, rows->t + i + 1, padded);
    tile_product(A_BY_ROWS, n, width, keys, rows->s, columns, v, width, NULL, rows->sum, width);
    for (int i = 0; i < n; i++)
        for (int c = 0; c < D; c++)
            y[(size_t)i * rows->C + c] = rows->sum[i * width + c] * inverse[i];
}

void attention_cached(real *y, const KvCache *cache, int layer, const real *qkv, const real *qnorm,
                      const real *knorm, const real *angles, const Dims *d, Work *work) {
    const int M = d->B * d->T, C = d->C, D = d->D, columns = cache->columns;
    const size_t k_head = (size_t)D * (size_t)columns,
                 v_head = (size_t)columns * (size_t)cache->width;
    Rows rows = {.D = D, .C = C, .s = cache->scratch};
    rows.sum = rows.s + KV_ROWS * columns;
    rows.turn = rows.sum + KV_ROWS * cache->width;
    rows.q = rows.turn + KV_ROWS * D, rows.key = rows.q + KV_ROWS * D;
    for (int row = 0; row < M; row += rows.n) {
        const size_t sequence = (size_t)layer * (size_t)cache->S + (size_t)cache->sequence[row];
        rows.n = rows_together(cache, row, M), rows.t = cache->position[row];
        for (int c = 0; c < D; c++)
            for (int i = 0; i < rows.n; i++)
                rows.turn[i * D + c] = angles[(size_t)c * columns + rows.t + i];
        for (int h = 0; h < d->H; h++) {
            const size_t head = sequence * (size_t)d->H + (size_t)h;
            real *k = cache->k + head * k_head, *v = cache->v + head * v_head;
            head_project(&rows, k, v, cache, qkv + (size_t)row * 3 * C + h * D, qnorm, knorm);
            head_attend(&rows, y + (size_t)row * C + h * D, k, v, cache);
        }
        work->gemm_flops += 4ull * (uint64_t)(C * rows.n) * (uint64_t)(rows.t + rows.n);
    }
}
