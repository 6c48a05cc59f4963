/* qk.h: the queries, or the keys, of one head: taken from the projection's rows, normed where
 * asked, and rotated to their positions.
 *   u_t = x_t r_t,  r_t = 1 / sqrt(mean_c x_tc^2 + eps)  (r = 1 without a gain)      [QK-norm: Henry et al. 2020, arXiv:2010.04245]
 *   y_t = scale R_t (g u_t)                                                          [R: rope.h]
 * Backward:  e = scale R_t^-1 dy,  dg_c = sum_t e_tc u_tc,  dx = r (g e - u mean_c(g e u))
 *
 * Inside attention a head lies transposed: row c holds channel c of all positions, in columns that
 * are padded with zeros to a multiple of every vector width. No sum runs across a vector then.
 */
#ifndef MODEL_KERNELS_QK_H
#define MODEL_KERNELS_QK_H

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define qk_forward  ON_PATH(qk_forward)
#define qk_backward ON_PATH(qk_backward)

typedef struct {
    int T, D, columns;
    const real *angles; // (D, columns)
    const real *gain;   // (D), or NULL when there is no norm
    real scale;         // 1 / sqrt(D) for queries, 1 for keys
} HeadShape;

void qk_forward(real *y,       // (D, columns)  out
                real *r,       // (columns)     out, saved for backward; not written without a gain
                const real *x, // (T, D)        row stride ldx
                int ldx, const HeadShape *h);
void qk_backward(real *dx,      // (T, D)        out, row stride ldx
                 real *dgain,   // (D)           accumulated
                 real *dy,      // (D, columns)  used up
                 real *scratch, // (D, columns)
                 const real *r, const real *x, int ldx, const HeadShape *h);

#endif
