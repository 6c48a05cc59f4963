/* moe.h: experts in the place of a layer's MLP. Each is an MLP like the dense one. A token visits K
 * of the E routed experts, and all of the shared ones, if there are any.
 *
 *     y = x_mid + shared(x) + sum_i g_i expert_i(x),   expert(x) = act(x W_e1) W_e2     [Shazeer+ 2017, arXiv:1701.06538, eq. 1;
 *                                                                                  shared: Dai+ 2024, arXiv:2401.06066, eq. 9]
 *
 * Rows are sorted by expert, so that each expert is one product over its rows:
 *
 *     x (M, C) --gather--> (M K, C) --W_e1, act, g, W_e2 by expert--> (M K, C) --sum over a token's rows--> y (M, C)
 *
 * The gate g multiplies before W_e2, where the gradient of g needs the rows anyway. What the token
 * brings along, x_mid and the shared experts, enters with the product of its first choice. With one
 * expert and g = 1 every number is the dense layer's.
 */
#ifndef MODEL_MOE_H
#define MODEL_MOE_H

#include "model/kernels/on_path.h"
#include "model/lane.h"

#define moe_forward  ON_PATH(moe_forward)
#define moe_backward ON_PATH(moe_backward)

/* Compute next (M, C) from a->norm2 and a->mid. p and a have been moved to the layer; moe_layer is
 * its number among those with experts. */
void moe_forward(real *next, const Acts *a, const Params *p, Lane *lane, int moe_layer,
                 PassMode mode, const Dims *d);
/* Compute a->dnorm, the gradient of norm2, from a->dx, the gradient of next, and add to dp's
 * tensors. weight is that of one token's loss in the objective, and of the token's balance
 * losses. */
void moe_backward(const Acts *a, const Params *p, const Params *dp, Lane *lane, int moe_layer,
                  real weight, const Dims *d);

#endif
