/* mlp_act.h: the MLP's nonlinearity, between w1 and w2.
 *   gelu    y = x sigmoid(2 u),  u = sqrt(2/pi) (x + 0.044715 x^3)   the tanh form    [Hendrycks, Gimpel 2016, arXiv:1606.08415]
 *   swiglu  y = silu(gate) up,   silu(x) = x sigmoid(x)                               [Shazeer 2020, arXiv:2002.05202, eq. 6]
 */
#ifndef MODEL_KERNELS_MLP_ACT_H
#define MODEL_KERNELS_MLP_ACT_H

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define mlp_act_forward  ON_PATH(mlp_act_forward)
#define mlp_act_backward ON_PATH(mlp_act_backward)

void mlp_act_forward(real *y,       // (rows, F)              out
                     const real *x, // (rows, F), swiglu (rows, 2F): gate then up
                     Activation act, int rows, int F);
void mlp_act_backward(real *dx,       // like x               out
                      const real *dy, // (rows, F)
                      const real *x, Activation act, int rows, int F);

#endif
