/* rmsnorm.h: root-mean-square norm with gain.
 *   y_i = g_i x_i r,  r = 1 / sqrt(mean_j x_j^2 + eps)                      [Zhang, Sennrich 2019, arXiv:1910.07467, eq. 4]
 * With u = x r:  dx_i = r (g_i dy_i - u_i mean_j(g_j dy_j u_j)),  dg_i = sum over rows of dy_i u_i
 */
#ifndef MODEL_KERNELS_RMSNORM_H
#define MODEL_KERNELS_RMSNORM_H

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define rmsnorm_forward  ON_PATH(rmsnorm_forward)
#define rmsnorm_backward ON_PATH(rmsnorm_backward)

#define RMSNORM_EPS 1e-6

void rmsnorm_forward(real *y,                   // (rows, n)  out; row stride ldy
                     int ldy, real *r,          // (rows)     out, saved for backward
                     const real *x,             // (rows, n)  row stride ldx
                     int ldx, const real *gain, // (n)
                     int rows, int n);
void rmsnorm_backward(real *dx,       // (rows, n)  accumulated; row stride ldx
                      real *dgain,    // (n)        accumulated
                      const real *dy, // (rows, n)  row stride ldy
                      int ldy, const real *x, int ldx, const real *r, const real *gain, int rows,
                      int n);

#endif
