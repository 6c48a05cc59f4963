/* qk.c: see qk.h for the equations. */
#include "model/kernels/qk.h"

#include <stddef.h>

#include "model/kernels/rmsnorm.h"
#include "model/kernels/vec.h"
#include "base/columns.h"

/* Copy rows t .. t + W - 1 of x to columns of y, zeros from row T on. Rows lie too far apart for
 * the processor to fetch them ahead by itself, so later ones are prefetched. */
static inline void columns_of(real *y, int ldy, const real *x, int ldx, int t, const HeadShape *h) {
    enum { AHEAD = 48 };
    for (int c = 0; c < h->D; c += W) {
        Vec square[W];
#pragma GCC unroll 16
        for (int r = 0; r < W; r++) {
            square[r] =
                t + r < h->T ? vec_load_part(x + (size_t)(t + r) * ldx + c, h->D - c) : (Vec){0};
            if (t + r + AHEAD < h->T) __builtin_prefetch(x + (size_t)(t + r + AHEAD) * ldx + c);
        }
        vec_transpose(square);
        for (int i = 0; i < W && c + i < h->D; i++) vec_store(y + (size_t)(c + i) * ldy, square[i]);
    }
}

/* Compute y = scale R (g x r) for W positions from t on, in place. */
static inline void rotate(real *y, Vec r, int t, const HeadShape *h) {
    const int half = h->D / 2;
    for (int i = 0; i < half; i++) {
        const size_t first = (size_t)i * h->columns + t,
                     second = (size_t)(i + half) * h->columns + t;
        const Vec cosine = vec_load(h->angles + first), sine = vec_load(h->angles + second);
        const Vec a = vec_load(y + first) * r * (h->gain ? h->gain[i] : 1);
        const Vec b = vec_load(y + second) * r * (h->gain ? h->gain[i + half] : 1);
        vec_store(y + first, (a * cosine - b * sine) * h->scale);
        vec_store(y + second, (a * sine + b * cosine) * h->scale);
    }
}

void qk_forward(real *y, real *r, const real *x, int ldx, const HeadShape *h) {
    for (int t = 0; t < h->columns; t += W) {
        columns_of(y + t, h->columns, x, ldx, t, h);
        Vec scale = (Vec){0} + 1;
        if (h->gain) {
            Vec squares = {0};
            for (int c = 0; c < h->D; c++) {
                const Vec v = vec_load(y + (size_t)c * h->columns + t);
                squares += v * v;
            }
            scale = 1 / vec_sqrt(squares / (real)h->D + (real)RMSNORM_EPS);
            vec_store(r + t, scale);
        }
        rotate(y, scale, t, h);
    }
}

/* Compute e = scale R^-1 dy for W positions from t on, in place. */
static inline void rotate_back(real *dy, int t, const HeadShape *h) {
    const int half = h->D / 2;
    for (int i = 0; i < half; i++) {
        const size_t first = (size_t)i * h->columns + t,
                     second = (size_t)(i + half) * h->columns + t;
        const Vec cosine = vec_load(h->angles + first), sine = vec_load(h->angles + second);
        const Vec a = vec_load(dy + first), b = vec_load(dy + second);
        vec_store(dy + first, (a * cosine + b * sine) * h->scale);
        vec_store(dy + second, (b * cosine - a * sine) * h->scale);
    }
}

/* Turn e into dx for W positions, in place. eu (D, W) holds x and gets e u, for the gain. */
static inline void norm_backward(real *e, real *eu, Vec r, const HeadShape *h) {
    Vec along = {0};
    for (int c = 0; c < h->D; c++) {
        const Vec x = vec_load(eu + (size_t)c * W); // eu still holds x
        along += vec_load(e + (size_t)c * h->columns) * x * h->gain[c];
    }
    along *= r / (real)h->D; // mean of g e u
    for (int c = 0; c < h->D; c++) {
        real *at = eu + (size_t)c * W, *e_at = e + (size_t)c * h->columns;
        const Vec u = vec_load(at) * r, ec = vec_load(e_at);
        vec_store(at, ec * u);
        vec_store(e_at, r * (ec * h->gain[c] - u * along));
    }
}

void qk_backward(real *dx, real *dgain, real *dy, real *scratch, const real *r, const real *x,
                 int ldx, const HeadShape *h) {
    const size_t square = (size_t)h->D * W;
    for (int t = 0; t < h->columns; t += W) {
        rotate_back(dy, t, h);
        if (h->gain) {
            real *eu = t ? scratch + square : scratch; // scratch sums up the e u of all positions
            columns_of(eu, W, x, ldx, t, h);
            norm_backward(dy + t, eu, vec_load(r + t), h);
            for (size_t i = 0; t && i < square; i += W)
                vec_store(scratch + i, vec_load(scratch + i) + vec_load(eu + i));
        }
        if (t < h->T)
            transpose(dx + (size_t)t * ldx, ldx, dy + t, h->columns, h->D, min_int(W, h->T - t));
    }
    if (h->gain)
        for (int c = 0; c < h->D; c++) dgain[c] += vec_sum(vec_load(scratch + (size_t)c * W));
}
