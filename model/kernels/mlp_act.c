/* mlp_act.c: see mlp_act.h for the equations. */
#include "model/kernels/mlp_act.h"

#include <stddef.h>

#include "model/kernels/vexp.h"

#define GELU_SLOPE ((real)1.5957691216057308) // 2 sqrt(2 / pi)
#define GELU_CUBIC ((real)0.044715)

/* The formulas of mlp_act.h, a vector at a time. */
ALWAYS_INLINE Vec gelu(Vec x) {
    return x * vec_sigmoid(GELU_SLOPE * x * (1 + GELU_CUBIC * (x * x)));
}

ALWAYS_INLINE Vec gelu_slope(Vec x) {
    const Vec square = x * x;
    const Vec s = vec_sigmoid(GELU_SLOPE * x * (1 + GELU_CUBIC * square));
    return s + x * (s * (1 - s)) * (GELU_SLOPE * (1 + 3 * GELU_CUBIC * square));
}

static void gelu_forward(real *y, const real *x, size_t n) {
    size_t i = 0;
    for (; i + W <= n; i += W) vec_store(y + i, gelu(vec_load(x + i)));
    const int rest = (int)(n - i);
    if (rest) vec_store_part(y + i, gelu(vec_load_part(x + i, rest)), rest);
}

static void gelu_backward(real *dx, const real *dy, const real *x, size_t n) {
    size_t i = 0;
    for (; i + W <= n; i += W) vec_store(dx + i, vec_load(dy + i) * gelu_slope(vec_load(x + i)));
    const int rest = (int)(n - i);
    if (rest)
        vec_store_part(dx + i, vec_load_part(dy + i, rest) * gelu_slope(vec_load_part(x + i, rest)),
                       rest);
}

static void swiglu_forward(real *y, const real *gate, const real *up, int n) {
    for (int i = 0; i < n; i += W) {
        const Vec g = vec_load_part(gate + i, n - i);
        vec_store_part(y + i, g * vec_sigmoid(g) * vec_load_part(up + i, n - i), n - i);
    }
}

static void swiglu_backward(real *dgate, real *dup, const real *dy, const real *gate,
                            const real *up, int n) {
    for (int i = 0; i < n; i += W) {
        const Vec g = vec_load_part(gate + i, n - i), s = vec_sigmoid(g);
        const Vec d = vec_load_part(dy + i, n - i), u = vec_load_part(up + i, n - i);
        vec_store_part(dup + i, d * g * s, n - i);
        vec_store_part(dgate + i, d * u * s * (1 + g * (1 - s)), n - i);
    }
}

void mlp_act_forward(real *y, const real *x, Activation act, int rows, int F) {
    if (act == ACT_GELU)
        gelu_forward(y, x, (size_t)rows * (size_t)F);
    else
        for (int row = 0; row < rows; row++, y += F, x += 2 * F) swiglu_forward(y, x, x + F, F);
}

void mlp_act_backward(real *dx, const real *dy, const real *x, Activation act, int rows, int F) {
    if (act == ACT_GELU)
        gelu_backward(dx, dy, x, (size_t)rows * (size_t)F);
    else
        for (int row = 0; row < rows; row++, dx += 2 * F, dy += F, x += 2 * F)
            swiglu_backward(dx, dx + F, dy, x, x + F, F);
}
