/* xent.h: softmax cross-entropy.
 *   loss_t = logsumexp(z_t) - z_t[target_t],  z = scale * logits;   dlogits = scale * weight * (softmax(z) - onehot)
 */
#ifndef MODEL_KERNELS_XENT_H
#define MODEL_KERNELS_XENT_H

#include "model/dims.h"
#include "model/kernels/on_path.h"

#define xent_forward  ON_PATH(xent_forward)
#define xent_backward ON_PATH(xent_backward)

/* Losses in nats. */
void xent_forward(double *loss,       // (rows)     out
                  const real *logits, // (rows, V)
                  const int *targets, // (rows)
                  real scale, int rows, int V);
/* The same losses, and the logits are overwritten by their gradient for a mean loss with weight per
 * row. */
void xent_backward(double *loss, real *logits, const int *targets, real scale, real weight,
                   int rows, int V);

#endif
