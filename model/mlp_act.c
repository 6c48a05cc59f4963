/* mlp_act.c: see mlp_act.h for the equations. */
#include "model/mlp_act.h"

#include "model/vexp.h"

#define GELU_SLOPE ((real)1.5957691216057308) // 2 sqrt(2/pi)
#define GELU_CUBIC ((real)0.044715)

static void gelu_forward(real *y, const real *x, int n) {
#pragma omp simd
    for (int i = 0; i < n; i++)
        y[i] = x[i] * sigmoid(GELU_SLOPE * (x[i] + GELU_CUBIC * x[i] * x[i] * x[i]));
}

static void gelu_backward(real *dx, const real *dy, const real *x, int n) {
#pragma omp simd
    for (int i = 0; i < n; i++) {
        const real square = x[i] * x[i];
        const real s = sigmoid(GELU_SLOPE * x[i] * (1 + GELU_CUBIC * square));
        const real slope = GELU_SLOPE * (1 + 3 * GELU_CUBIC * square);
        dx[i] = dy[i] * (s + x[i] * s * (1 - s) * slope);
    }
}

static void swiglu_forward(real *y, const real *gate, const real *up, int n) {
#pragma omp simd
    for (int i = 0; i < n; i++) y[i] = gate[i] * sigmoid(gate[i]) * up[i];
}

static void swiglu_backward(real *dgate, real *dup, const real *dy, const real *gate,
                            const real *up, int n) {
#pragma omp simd
    for (int i = 0; i < n; i++) {
        const real s = sigmoid(gate[i]);
        dup[i] = dy[i] * gate[i] * s;
        dgate[i] = dy[i] * up[i] * s * (1 + gate[i] * (1 - s));
    }
}

void mlp_act_forward(real *y, const real *x, Activation act, int rows, int F) {
    if (act == ACT_GELU)
        gelu_forward(y, x, rows * F);
    else
        for (int row = 0; row < rows; row++, y += F, x += 2 * F) swiglu_forward(y, x, x + F, F);
}

void mlp_act_backward(real *dx, const real *dy, const real *x, Activation act, int rows, int F) {
    if (act == ACT_GELU)
        gelu_backward(dx, dy, x, rows * F);
    else
        for (int row = 0; row < rows; row++, dx += 2 * F, dy += F, x += 2 * F)
            swiglu_backward(dx, dx + F, dy, x, x + F, F);
}
