/* model.h: the decoder-only transformer: pre-norm blocks of attention and MLP on a residual stream.
 *
 *     x = embed(tokens)
 *     for each layer:  x += attention(rmsnorm(x)) wo;   x += act(rmsnorm(x) w1) w2, or experts (moe.h)
 *     logits = rmsnorm(x) head
 *
 * A batch is split into a fixed number of lanes, and a lane's part into micro-batches of B
 * sequences. A lane owns its activations, its gradients and its scratch, and one thread works
 * through it from beginning to end. Lanes share nothing but the parameters, which nobody writes
 * meanwhile. The bits of a lane's gradient therefore depend on its tokens and on the CPU path only.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/cpu_path.h"
#include "model/dims.h"
#include "model/lane.h"
#include "model/params.h"

typedef struct Model {
    Dims d;
    const CpuPath *cpu; // the path whose arithmetic it uses
    real *storage;      // (params_size) the parameters
    Params params;      // pointers to each tensor in storage
    real *angles;       // (D, padded T) cosines and sines of rotary embedding (rope.h)
} Model;

/* Make a model, its memory from the arena. Parameters are zero until the caller fills them, from
 * params_init() or from a checkpoint. E_USAGE when TINYSCALE_CPU asks for a path that this
 * processor cannot take. */
Status model_init(Model *m, const Dims *d, Arena *arena, Err *err);

/* Run tokens (B, T) through the network and fill lane->acts up to the last norm. model_backward()
 * may follow, unless the pass was a PASS_GROW. */
void model_forward(const Model *m, Lane *lane, const int *tokens, PassMode mode);
/* Write the logits of rows first .. first + rows - 1 of the last model_forward() to logits (rows,
 * V), before logit_scale. */
void model_logits(const Model *m, Lane *lane, int first, int rows, real *logits);
/* Compute the losses of the last model_forward() for the targets, one for each of the B T rows
 * (targets.h), into lane->loss. Return their sum. */
double model_loss(const Model *m, Lane *lane, Targets targets);
/* Compute the losses of the last model_forward() into lane->loss, and ADD the gradient of weight *
 * their sum to lane->grad. The routers' balance losses add their gradients with weight for each
 * token, too. Return the sum of losses, unweighted and without balance losses. */
double model_backward(const Model *m, Lane *lane, const int *tokens, Targets targets, real weight);

#endif
