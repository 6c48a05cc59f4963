/* qk.c: see qk.h for the equations. */
#include "model/qk.h"

#include <stddef.h>

#include "model/rmsnorm.h"
#include "model/vec.h"

/* y = scale R (g x r) for W positions from t on, in place. */
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
    transpose_padded(y, h->columns, x, ldx, h->T, h->D);
    for (int t = 0; t < h->columns; t += W) {
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

/* e = scale R^-1 dy for W positions from t on, in place. */
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

/* From e to dx for W positions, in place; e u is left in eu, for the gain. */
static inline void norm_backward(real *e, real *eu, Vec r, const HeadShape *h) {
    Vec along = {0};
    for (int c = 0; c < h->D; c++) {
        const size_t at = (size_t)c * h->columns;
        along += vec_load(e + at) * vec_load(eu + at) * h->gain[c]; // eu still holds x
    }
    along *= r / (real)h->D; // mean of g e u
    for (int c = 0; c < h->D; c++) {
        const size_t at = (size_t)c * h->columns;
        const Vec u = vec_load(eu + at) * r, ec = vec_load(e + at);
        vec_store(eu + at, ec * u);
        vec_store(e + at, r * (ec * h->gain[c] - u * along));
    }
}

void qk_backward(real *dx, real *dgain, real *dy, real *scratch, const real *r, const real *x,
                 int ldx, const HeadShape *h) {
    if (h->gain) transpose_padded(scratch, h->columns, x, ldx, h->T, h->D);
    for (int t = 0; t < h->columns; t += W) {
        rotate_back(dy, t, h);
        if (h->gain) norm_backward(dy + t, scratch + t, vec_load(r + t), h);
    }
    if (h->gain)
        for (int c = 0; c < h->D; c++) {
            Vec sum = {0};
            for (int t = 0; t < h->columns; t += W)
                sum += vec_load(scratch + (size_t)c * h->columns + t);
            dgain[c] += vec_sum(sum);
        }
    transpose(dx, ldx, dy, h->columns, h->D, h->T);
}
