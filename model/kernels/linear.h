/* linear.h: y = x W + residual, no bias.  dx = dy W^T,  dW += x^T dy */
#ifndef MODEL_KERNELS_LINEAR_H
#define MODEL_KERNELS_LINEAR_H

#include "model/kernels/gemm.h"

static inline void linear_forward(real *y,              // (rows, out)  out
                                  const real *x,        // (rows, in)
                                  const real *w,        // (in, out)
                                  const real *residual, // (rows, out), or NULL
                                  int rows, int in, int out, Work *work) {
    gemm(NN, rows, out, in, x, in, w, out, residual, y, out, work);
    work_lap(work, OP_GEMM_FORWARD);
}

static inline void linear_backward(real *dx,       // (rows, in)   out
                                   real *dw,       // (in, out)    accumulated
                                   const real *dy, // (rows, out)
                                   const real *x, const real *w, int rows, int in, int out,
                                   Work *work) {
    gemm(NT, rows, in, out, dy, out, w, out, NULL, dx, in, work);
    work_lap(work, OP_GEMM_DX);
    gemm(TN, in, out, rows, x, in, dy, out, dw, dw, out, work);
    work_lap(work, OP_GEMM_DW);
}

#endif
