/* vec.h: vectors of the width that this CPU path has, by the compilers' vector extensions: one C
 * source for AVX-512, AVX2, SSE2 and NEON. Only files compiled per path include it.
 */
#ifndef MODEL_KERNELS_VEC_H
#define MODEL_KERNELS_VEC_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

#include "model/dims.h"
#include "model/kernels/on_path.h"

#if defined(__AVX512F__)
#define VEC_BYTES 64
#elif defined(__AVX__)
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif

typedef real Vec __attribute__((vector_size(VEC_BYTES)));
typedef real VecInMemory
    __attribute__((vector_size(VEC_BYTES), aligned(_Alignof(real)), may_alias));
enum { W = VEC_BYTES / sizeof(real) }; // lanes

#define ALWAYS_INLINE static inline __attribute__((always_inline))

static inline int min_int(int a, int b) {
    return a < b ? a : b;
}

ALWAYS_INLINE Vec vec_load(const real *x) {
    return *(const VecInMemory *)x;
}

ALWAYS_INLINE void vec_store(real *x, Vec v) {
    *(VecInMemory *)x = v;
}

/* Load the first n lanes; the rest are zero. */
ALWAYS_INLINE Vec vec_load_part(const real *x, int n) {
    if (n >= W) return vec_load(x);
    Vec v = {0};
    for (int i = 0; i < n; i++) v[i] = x[i];
    return v;
}

/* Store the first n lanes; the rest are not written. */
ALWAYS_INLINE void vec_store_part(real *x, Vec v, int n) {
    if (n >= W)
        vec_store(x, v);
    else
        for (int i = 0; i < n; i++) x[i] = v[i];
}

#ifdef TINYSCALE_DOUBLE
typedef int64_t VecIndex __attribute__((vector_size(VEC_BYTES)));
typedef uint64_t VecBits __attribute__((vector_size(VEC_BYTES)));
#define REAL_SQRT sqrt
#else
typedef int32_t VecIndex __attribute__((vector_size(VEC_BYTES)));
typedef uint32_t VecBits __attribute__((vector_size(VEC_BYTES)));
#define REAL_SQRT sqrtf
#endif

/* What the extensions lack: largest, smallest and square root, by intrinsics or lane by lane. Where
 * b is a NaN, the result is one. */
#if defined(__AVX512F__) && !defined(TINYSCALE_DOUBLE)
#define VEC_INTRINSIC(name) (Vec) _mm512_##name##_ps
#elif defined(__AVX512F__)
#define VEC_INTRINSIC(name) (Vec) _mm512_##name##_pd
#elif defined(__AVX__) && !defined(TINYSCALE_DOUBLE)
#define VEC_INTRINSIC(name) (Vec) _mm256_##name##_ps
#elif defined(__AVX__)
#define VEC_INTRINSIC(name) (Vec) _mm256_##name##_pd
#endif

ALWAYS_INLINE Vec vec_max(Vec a, Vec b) {
#ifdef VEC_INTRINSIC
    return VEC_INTRINSIC(max)(a, b);
#else
    for (int i = 0; i < W; i++) b[i] = a[i] > b[i] ? a[i] : b[i];
    return b;
#endif
}

ALWAYS_INLINE Vec vec_min(Vec a, Vec b) {
#ifdef VEC_INTRINSIC
    return VEC_INTRINSIC(min)(a, b);
#else
    for (int i = 0; i < W; i++) b[i] = a[i] < b[i] ? a[i] : b[i];
    return b;
#endif
}

ALWAYS_INLINE Vec vec_sqrt(Vec x) {
#ifdef VEC_INTRINSIC
    return VEC_INTRINSIC(sqrt)(x);
#else
    for (int i = 0; i < W; i++) x[i] = REAL_SQRT(x[i]);
    return x;
#endif
}

/* Return 1 / x, right to the last bit or the one before where that is a normal number, and nearly
 * zero where x is larger. x must be finite and not zero. An estimate and a Newton step take a
 * quarter of the time of a division. */
ALWAYS_INLINE Vec vec_reciprocal(Vec x) {
#if defined(__AVX512F__) && !defined(TINYSCALE_DOUBLE)
    const Vec r = (Vec)_mm512_rcp14_ps(x);
    return r + r * (1 - x * r);
#else
    return 1 / x;
#endif
}

/* Interleave lanes, a0 b0 a1 b1 ...: vec_zip_low() those of the lower halves, vec_zip_high() those
 * of the upper ones. */
#ifdef __clang__
#define VEC_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define VEC_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (VecIndex){__VA_ARGS__})
#endif

ALWAYS_INLINE Vec vec_zip_low(Vec a, Vec b) {
#if VEC_BYTES == 64 && !defined(TINYSCALE_DOUBLE)
    return VEC_SHUFFLE(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
#elif VEC_BYTES == 64 || (VEC_BYTES == 32 && !defined(TINYSCALE_DOUBLE))
    return VEC_SHUFFLE(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
#elif VEC_BYTES == 32 || !defined(TINYSCALE_DOUBLE)
    return VEC_SHUFFLE(a, b, 0, 4, 1, 5);
#else
    return VEC_SHUFFLE(a, b, 0, 2);
#endif
}

ALWAYS_INLINE Vec vec_zip_high(Vec a, Vec b) {
#if VEC_BYTES == 64 && !defined(TINYSCALE_DOUBLE)
    return VEC_SHUFFLE(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#elif VEC_BYTES == 64 || (VEC_BYTES == 32 && !defined(TINYSCALE_DOUBLE))
    return VEC_SHUFFLE(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif VEC_BYTES == 32 || !defined(TINYSCALE_DOUBLE)
    return VEC_SHUFFLE(a, b, 2, 6, 3, 7);
#else
    return VEC_SHUFFLE(a, b, 1, 3);
#endif
}

/* Turn rows into columns: log2 W perfect shuffles of the W^2 elements. */
ALWAYS_INLINE void vec_transpose(Vec r[W]) {
#pragma GCC unroll 4
    for (int stage = 1; stage < W; stage *= 2) {
        Vec t[W];
#pragma GCC unroll 8
        for (int i = 0; i < W / 2; i++) {
            t[2 * i] = vec_zip_low(r[i], r[i + W / 2]);
            t[2 * i + 1] = vec_zip_high(r[i], r[i + W / 2]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < W; i++) r[i] = t[i];
    }
}

/* Return a vector whose lane i is the sum over the lanes of r[i]; r is used up. The shuffles are
 * those of vec_transpose(), each followed by the addition that halves what is left. */
ALWAYS_INLINE Vec vec_sums(Vec r[W]) {
#pragma GCC unroll 4
    for (int half = W / 2; half >= 1; half /= 2)
#pragma GCC unroll 8
        for (int i = 0; i < half; i++)
            r[i] = vec_zip_low(r[i], r[i + half]) + vec_zip_high(r[i], r[i + half]);
    return r[0];
}

ALWAYS_INLINE real vec_sum(Vec v) {
    real sum = 0;
    for (int i = 0; i < W; i++) sum += v[i];
    return sum;
}

/* Set out (columns, rows) to in (rows, columns), transposed; ld_* are row strides in elements. */
static inline void transpose(real *out, int ld_out, const real *in, int ld_in, int rows,
                             int columns) {
    for (int j = 0; j < columns; j += W)
        for (int i = 0; i < rows; i += W) {
            Vec square[W];
            for (int r = 0; r < W; r++)
                square[r] = i + r < rows
                                ? vec_load_part(in + (size_t)(i + r) * ld_in + j, columns - j)
                                : (Vec){0};
            vec_transpose(square);
            for (int c = 0; c < W && j + c < columns; c++)
                vec_store_part(out + (size_t)(j + c) * ld_out + i, square[c], rows - i);
        }
}

/* Set out (columns, padded) to in (rows, columns), transposed, with zeros from `rows` on. */
static inline void transpose_padded(real *out, int padded, const real *in, int ld_in, int rows,
                                    int columns) {
    transpose(out, padded, in, ld_in, rows, columns);
    for (int c = 0; c < columns; c++)
        for (int i = rows; i < padded; i++) out[(size_t)c * padded + i] = 0;
}

#endif
