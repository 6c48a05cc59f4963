/* xent.h: softmax cross-entropy with a token, a teacher's probabilities q, or a mixture of both
 * (targets.h).
 *   p = softmax(z),  z = scale * logits
 *   loss_t = (1 - mix) (-ln p[token_t]) + mix (-sum_v q_t[v] ln p[v])
 *   dlogits = scale * weight * (p - ((1 - mix) onehot + mix q_t))
 */
#ifndef MODEL_KERNELS_XENT_H
#define MODEL_KERNELS_XENT_H

#include "model/dims.h"
#include "model/kernels/on_path.h"
#include "model/kernels/targets.h"

#define xent_forward  ON_PATH(xent_forward)
#define xent_backward ON_PATH(xent_backward)

/* Compute the losses, in nats, of the rows first .. first + rows - 1 of the targets; loss and
 * logits hold these rows only. */
void xent_forward(double *loss,       // (rows)     out
                  const real *logits, // (rows, V)
                  Targets targets,    // of the whole batch
                  int first, real scale, int rows, int V);
/* Compute the losses as xent_forward() does, and overwrite the logits with the gradient of weight
 * times the sum of losses. */
void xent_backward(double *loss, real *logits, Targets targets, int first, real scale, real weight,
                   int rows, int V);

#endif
