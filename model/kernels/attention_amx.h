/* attention_amx.h: the gradient of a head on the matrix unit (amx.h), by blocks of 32 keys x 32
 * queries. Up to rounding it is the gradient that attention.c computes.
 *
 * What the unit multiplies must be cut into pieces first. That is cheap for P and dS, whose numbers
 * are in registers when they are made: they are cut there and never stored as floats. The order of
 * the factors is chosen so that neither P nor dS has to be transposed:
 *     S^T = K Q^T    dP^T = V dY^T    dQ^T = K^T dS^T    dK = dS^T Q    dV = P^T dY
 * Forward has two products per exponential instead of five, and vectors are as fast for it.
 */
#ifndef MODEL_KERNELS_ATTENTION_AMX_H
#define MODEL_KERNELS_ATTENTION_AMX_H

#include "model/kernels/attention_head.h"

#define amx_head_backward ON_PATH(amx_head_backward)

/* Whether the unit is faster than vectors for head h: it wants whole blocks, and enough of them. At
 * D = 16 half of what the unit sums over would be zeros. */
#if defined(__AMX_TILE__) && !defined(TINYSCALE_DOUBLE)
#define ON_AMX(h) ((h)->D % 32 == 0 && (h)->T % 32 == 0 && (h)->T >= 128)
#else
#define ON_AMX(h) false
#endif

/* Compute the gradients of one head from dy and y, (T, D) with row stride ldy. */
void amx_head_backward(const Head *h, real *dqt, // (D, T)  out
                       real *dk, real *dv,       // (T, D)  out
                       real *scratch,            // (attention_amx_scratch)
                       const real *dy, const real *y, int ldy);

#endif
