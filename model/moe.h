/* moe.h: a layer's experts in the place of its MLP: MLPs of the dense kind, of which a token visits
 * K of E, and perhaps some that all tokens visit.
 *
 *     y = x_mid + shared(x) + sum_i g_i expert_i(x),   expert(x) = act(x W_e1) W_e2     [Shazeer+ 2017, arXiv:1701.06538, eq. 1;
 *                                                                                  shared: Dai+ 2024, arXiv:2401.06066, eq. 9]
 *
 * Rows are sorted by expert, so that each expert is one product over its rows:
 *
 *     x (M, C) --gather--> (M K, C) --W_e1, act, g, W_e2 by expert--> (M K, C) --sum over a token's rows--> y (M, C)
 *
 * The gate g multiplies before W_e2, where rows are needed for its gradient anyway. What the token
 * brings along (x_mid, shared experts) enters with its first choice's product; with one expert and
 * g = 1 every number is the dense layer's.
 */
#ifndef MODEL_MOE_H
#define MODEL_MOE_H

#include "model/kernels/on_path.h"
#include "model/model.h"

#define moe_forward  ON_PATH(moe_forward)
#define moe_backward ON_PATH(moe_backward)

/* From a->norm2 and a->mid to next (M, C). p and a are moved to the layer, moe_layer is its number
 * among those with experts. */
void moe_forward(real *next, const Acts *a, const Params *p, Lane *lane, int moe_layer,
                 PassMode mode, const Dims *d);
/* From a->dx, the gradient of next, to a->dnorm, that of norm2; dp's tensors are added to. weight:
 * of one token's loss in the objective, and so of the balance losses of that token. */
void moe_backward(const Acts *a, const Params *p, const Params *dp, Lane *lane, int moe_layer,
                  real weight, const Dims *d);

#endif
