/* model.h: the decoder-only transformer: pre-norm blocks of attention and MLP on a residual stream.
 *
 *     x = embed(tokens)
 *     for each layer:  x += attention(rmsnorm(x)) wo;   x += act(rmsnorm(x) w1) w2
 *     logits = rmsnorm(x) head
 *
 * A batch is split into a fixed number of lanes. A lane owns its activations, its gradients and its
 * scratch, and is worked by one thread from beginning to end; lanes share nothing but the
 * parameters, which nobody writes meanwhile. So the bits of a lane's gradient depend on its tokens
 * only.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stddef.h>

#include "base/arena.h"
#include "model/dims.h"
#include "model/gemm.h"
#include "model/params.h"

// clang-format off
#define ACT_TABLE(X) /* M = B T rows */                                                                            \
    /* name    layers    elements of one layer                                                                   */ \
    X(x,       d->L + 1, M * C)                            /* (L+1, M, C)     residual stream entering each layer */ \
    X(norm1,   d->L,     M * C)                            /* (L, M, C)       */                                    \
    X(r1,      d->L,     M)                                /* (L, M)          1 / rms                             */ \
    X(qkv,     d->L,     M * 3 * C)                        /* (L, M, 3C)      as projected                        */ \
    X(rqk,     d->L,     d->qk_norm ? M * 2 * (size_t)d->H : 0) /* (L, M, 2H) 1 / rms of each head                */ \
    X(qk,      d->L,     M * 2 * C)                        /* (L, M, 2C)      normed and rotated                  */ \
    X(prob,    d->L,     (size_t)d->H * M * (size_t)d->T)  /* (L, B, H, T, T) attention probabilities             */ \
    X(heads,   d->L,     M * C)                            /* (L, M, C)       attention's heads side by side      */ \
    X(mid,     d->L,     M * C)                            /* (L, M, C)       residual stream between the halves  */ \
    X(norm2,   d->L,     M * C)                            /* (L, M, C)       */                                    \
    X(r2,      d->L,     M)                                /* (L, M)          */                                    \
    X(up,      d->L,     M * (size_t)mlp_in(d))            /* (L, M, F|2F)    before the nonlinearity             */ \
    X(act,     d->L,     M * (size_t)d->F)                 /* (L, M, F)       after it                            */ \
    X(normf,   1,        M * C)                            /* (M, C)          */                                    \
    X(rf,      1,        M)                                /* (M)             */                                    \
    X(logits,  1,        M * (size_t)d->V)                 /* (M, V)          then their gradient                 */ \
    /* backward's scratch, one layer deep */                                                                       \
    X(dx,      1,        M * C)                            /* (M, C)          gradient of the residual stream     */ \
    X(dnorm,   1,        M * C)                            /* (M, C)          */                                    \
    X(dheads,  1,        M * C)                            /* (M, C)          */                                    \
    X(dqkv,    1,        M * 3 * C)                        /* (M, 3C)         */                                    \
    X(dqk,     1,        M * 2 * C)                        /* (M, 2C)         */                                    \
    X(dscore,  1,        ATTENTION_TILE * (size_t)d->T)    /* (tile, T)       */                                    \
    X(dup,     1,        M * (size_t)mlp_in(d))            /* (M, F|2F)       */                                    \
    X(dact,    1,        M * (size_t)d->F)                 /* (M, F)          */
// clang-format on

#define ACT_FIELD(name, ...) real *name;
typedef struct {
    ACT_TABLE(ACT_FIELD)
} Acts;
#undef ACT_FIELD

typedef struct {
    Acts acts;
    double *loss; // (M) nats of each prediction
    real *grad;   // like the parameters; NULL in a lane that only evaluates
    Work work;
} Lane;

typedef struct {
    Dims d;
    real *storage; // the parameters
    Params params; // views of them
    real *angles;  // (T, D) RoPE's table
} Model;

/* Memory comes from the arena, zeroed; parameters are the caller's to fill (params_init or a
 * checkpoint). */
void model_init(Model *m, const Dims *d, Arena *arena);
void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena);
size_t lane_bytes(const Dims *d, bool with_gradient); // what lane_init takes

/* Fill lane->acts up to the logits. tokens (B, T) */
void model_forward(const Model *m, Lane *lane, const int *tokens);
/* Losses of the targets (B, T) from the logits, into lane->loss; returns their sum. */
double model_loss(const Model *m, Lane *lane, const int *targets);
/* After model_forward: losses into lane->loss, and lane->grad becomes the gradient of weight * sum
 * of losses. Returns the sum of losses (unweighted). */
double model_backward(const Model *m, Lane *lane, const int *tokens, const int *targets,
                      real weight);

#endif
