/* vexp.h: e^x that a compiler can vectorise without -ffast-math, so that NaN stays visible.
 *
 * Float: x = n ln 2 + r, |r| <= ln(2)/2. e^r is the degree-6 Taylor-like minimax polynomial of
 * Cephes expf (Moshier 1992), scaled by 2^n through the exponent bits. The relative error is below
 * 2e-7 on [-87, 88]; outside, the result stays at e^-87 or e^88. A NaN gives a NaN. In MODE=double
 * it is exp().
 */
#ifndef MODEL_KERNELS_VEXP_H
#define MODEL_KERNELS_VEXP_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "model/kernels/vec.h"

#ifdef TINYSCALE_DOUBLE
static inline real vexp(real x) {
    return exp(x);
}
#else
static inline real vexp(real x) {
    const float low = x < -87.0f ? -87.0f : x; // NaN passes both comparisons
    const float clamped = low > 88.0f ? 88.0f : low;
    const float shifted = clamped * 1.44269504088896341f + 12582912.0f; // + 1.5 2^23: rounds to n
    const float n = shifted - 12582912.0f;
    const float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f; // ln 2 in two parts
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits; // n is in the low ones; unlike (int)n, they are defined for a NaN too
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23; // 2^n
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}
#endif

/* Return vexp() of each lane. */
static inline Vec vec_exp(Vec x) {
#ifdef TINYSCALE_DOUBLE
    for (int i = 0; i < W; i++) x[i] = exp(x[i]);
    return x;
#else
    const Vec none = {0};
    const Vec clamped = vec_min(none + 88.0f, vec_max(none - 87.0f, x));
    const Vec shifted = clamped * 1.44269504088896341f + 12582912.0f;
    const Vec n = shifted - 12582912.0f;
    const Vec r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f;
    Vec p = none + 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + (r + 1.0f);
    return p * (Vec)(((VecBits)shifted + 127) << 23);
#endif
}

/* Return e^x of each lane for x <= 0, which is all that a softmax needs. The relative error is
 * below 2e-7 + 9e-8 |x|; above 0 the result is some finite number. AVX-512 has one instruction that
 * splits whole from fraction and one that scales by 2^n, which halves the work: 2^f on [0, 1) is
 * then the minimax polynomial of degree 5. */
static inline Vec vec_exp_below_0(Vec x) {
#if defined(__AVX512DQ__) && !defined(TINYSCALE_DOUBLE)
    const Vec none = {0};
    const Vec z = vec_min(none, vec_max(none - 125.0f, x * 1.44269504088896341f));
    const Vec f = (Vec)_mm512_reduce_ps((__m512)z, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC);
    Vec p = none + 1.877576695e-3f;
    p = p * f + 8.989339694e-3f;
    p = p * f + 5.582631752e-2f;
    p = p * f + 2.401536107e-1f;
    p = p * f + 6.931530833e-1f;
    p = p * f + 9.999999404e-1f;
    return (Vec)_mm512_scalef_ps((__m512)p, (__m512)z);
#else
    return vec_exp(x);
#endif
}

/* Return 1 / (1 + e^-x) of each lane. */
static inline Vec vec_sigmoid(Vec x) {
    return vec_reciprocal(1 + vec_exp(-x));
}

#endif
