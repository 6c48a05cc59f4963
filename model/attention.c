/* attention.c: see attention.h for the equations. */
#include "model/attention.h"

#include <math.h>
#include <string.h>

#include "model/vexp.h"

static int min_int(int a, int b) {
    return a < b ? a : b;
}

uint64_t attention_pairs(int T) {
    uint64_t pairs = 0;
    for (int from = 0; from < T; from += ATTENTION_TILE) {
        const int to = min_int(from + ATTENTION_TILE, T);
        pairs += (uint64_t)(to - from) * (uint64_t)to;
    }
    return pairs;
}

/* Row i of scores becomes probabilities over j <= i, and 0 from there to the tile's end. */
static void softmax_causal(real *row, int i, int end) {
    real top = row[0];
#pragma omp simd reduction(max : top)
    for (int j = 0; j <= i; j++) top = row[j] > top ? row[j] : top;
    real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int j = 0; j <= i; j++) {
        row[j] = vexp(row[j] - top);
        sum += row[j];
    }
    const real scale = (real)1 / sum;
#pragma omp simd
    for (int j = 0; j <= i; j++) row[j] *= scale;
    for (int j = i + 1; j < end; j++) row[j] = 0;
}

/* One head of one sequence. */
static void head_forward(real *y, real *p, const real *q, const real *k, const real *v, int ldv,
                         const Dims *d, Work *work) {
    const int T = d->T, C = d->C, D = d->D;
    const real scale = (real)(1 / sqrt(D));
    for (int from = 0; from < T; from += ATTENTION_TILE) {
        const int to = min_int(from + ATTENTION_TILE, T), rows = to - from;
        real *tile = p + (size_t)from * T;
        gemm(NT, rows, to, D, scale, q + (size_t)from * 2 * C, 2 * C, k, 2 * C, 0, tile, T, work);
        for (int i = from; i < to; i++) softmax_causal(p + (size_t)i * T, i, to);
        gemm(NN, rows, D, to, 1, tile, T, v, ldv, 0, y + (size_t)from * C, C, work);
    }
}

/* Rows of dP become rows of dS. */
static void softmax_backward(real *dp, const real *p, int n) {
    real along = 0;
#pragma omp simd reduction(+ : along)
    for (int j = 0; j < n; j++) along += dp[j] * p[j];
#pragma omp simd
    for (int j = 0; j < n; j++) dp[j] = p[j] * (dp[j] - along);
}

static void head_backward(real *dq, real *dk, real *dv, real *scratch, const real *dy,
                          const real *p, const real *q, const real *k, const real *v, int ldv,
                          const Dims *d, Work *work) {
    const int T = d->T, C = d->C, D = d->D;
    const real scale = (real)(1 / sqrt(D));
    for (int from = 0; from < T; from += ATTENTION_TILE) {
        const int to = min_int(from + ATTENTION_TILE, T), rows = to - from;
        const real *tile = p + (size_t)from * T, *dy_tile = dy + (size_t)from * C;
        const size_t at = (size_t)from * 2 * C;
        gemm(TN, to, D, rows, 1, tile, T, dy_tile, C, 1, dv, ldv, work);
        gemm(NT, rows, to, D, 1, dy_tile, C, v, ldv, 0, scratch, T, work);
        for (int i = 0; i < rows; i++)
            softmax_backward(scratch + (size_t)i * T, tile + (size_t)i * T, to);
        gemm(NN, rows, D, to, scale, scratch, T, k, 2 * C, 0, dq + at, 2 * C, work);
        gemm(TN, to, D, rows, scale, scratch, T, q + at, 2 * C, 1, dk, 2 * C, work);
    }
}

void attention_forward(real *y, real *p, const real *qk, const real *v, int ldv, const Dims *d,
                       Work *work) {
    const int T = d->T, C = d->C, D = d->D;
    for (int b = 0; b < d->B; b++)
        for (int h = 0; h < d->H; h++) {
            const real *q = qk + (size_t)b * T * 2 * C + h * D;
            head_forward(y + (size_t)b * T * C + h * D, p + ((size_t)b * d->H + h) * T * T, q,
                         q + C, v + (size_t)b * T * ldv + h * D, ldv, d, work);
        }
}

void attention_backward(real *dqk, real *dv, real *scratch, const real *dy, const real *p,
                        const real *qk, const real *v, int ldv, const Dims *d, Work *work) {
    const int T = d->T, C = d->C, D = d->D;
    // dK and dV gather from every tile, so they start at zero; dV is a strided slice
    memset(dqk, 0, (size_t)d->B * T * 2 * C * sizeof(real));
    for (int row = 0; row < d->B * T; row++)
        memset(dv + (size_t)row * ldv, 0, (size_t)C * sizeof(real));
    for (int b = 0; b < d->B; b++)
        for (int h = 0; h < d->H; h++) {
            const size_t at = (size_t)b * T * 2 * C + h * D, at_v = (size_t)b * T * ldv + h * D;
            head_backward(dqk + at, dqk + at + C, dv + at_v, scratch,
                          dy + (size_t)b * T * C + h * D, p + ((size_t)b * d->H + h) * T * T,
                          qk + at, qk + at + C, v + at_v, ldv, d, work);
        }
}
