/* model.h: the decoder-only transformer: pre-norm blocks of attention and MLP on a residual stream.
 *
 *     x = embed(tokens)
 *     for each layer:  x += attention(rmsnorm(x)) wo;   x += act(rmsnorm(x) w1) w2, or experts (moe.h)
 *     logits = rmsnorm(x) head
 *
 * A batch is split into a fixed number of lanes, a lane's part into micro-batches of B sequences. A
 * lane owns its activations, its gradients and its scratch, and is worked by one thread from
 * beginning to end; lanes share nothing but the parameters, which nobody writes meanwhile. So the
 * bits of a lane's gradient depend on its tokens and on the CPU path only.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "model/kernels/attention.h"
#include "model/kernels/attention_cached.h"
#include "model/dims.h"
#include "model/params.h"
#include "model/cpu_path.h"
#include "model/router.h"
#include "model/kernels/work.h"

/* Rows whose logits are held at once: the whole vocabulary for all rows may not fit a cache. */
enum { LOGITS_HELD = 1 << 16 };
static inline int model_head_rows(const Dims *d) {
    const int rows = LOGITS_HELD / d->V, M = d->B * d->T;
    return rows > M ? M : rows < 16 ? (M < 16 ? M : 16) : rows;
}

// clang-format off
#define ACT_SIZES(d) \
    const size_t M = (size_t)(d)->B * (size_t)(d)->T, C = (size_t)(d)->C;                        \
    const size_t F = (size_t)active_width(d), F_up = (size_t)mlp_up(d, active_width(d));         \
    const size_t E = (size_t)(d)->moe.E, pairs = M * (size_t)(E ? (d)->moe.K : 0);               \
    const size_t padded = (size_t)(d)->B * (size_t)attention_padded((d)->T); /* rows, transposed */
#define ACT_TABLE(X) /* M = B T rows; F of the MLP or the visited experts; pairs = M K */                           \
    /* name      layers    elements of one layer                                                                 */ \
    X(x,         d->L + 1, M * C)                     /* (L+1, M, C)      residual stream entering each layer     */ \
    X(norm1,     d->L,     M * C)                     /* (L, M, C)        */                                       \
    X(r1,        d->L,     M)                         /* (L, M)           1 / rms                                 */ \
    X(qkv,       d->L,     M * 3 * C)                 /* (L, M, 3C)       as projected                            */ \
    X(qk,        d->L,     padded * 2 * C)            /* (L, B, H, 2, D, padded T)   normed and rotated           */ \
    X(rqk,       d->L,     d->qk_norm ? padded * 2 * (size_t)d->H : 0) /* (L, B, H, 2, padded T)  1 / rms         */ \
    X(softmax,   d->L,     padded * 2 * (size_t)d->H) /* (L, B, H, 2, padded T)      largest score, 1 / sum       */ \
    X(heads,     d->L,     M * C)                     /* (L, M, C)        attention's heads side by side          */ \
    X(mid,       d->L,     M * C)                     /* (L, M, C)        residual stream between the halves      */ \
    X(norm2,     d->L,     M * C)                     /* (L, M, C)        */                                       \
    X(r2,        d->L,     M)                         /* (L, M)           */                                       \
    X(up,        d->L,     M * F_up)                  /* (L, M, F|2F)     before the nonlinearity                 */ \
    X(act,       d->L,     M * F)                     /* (L, M, F)        after it                                */ \
    X(scores,    moe_layers(d), M * E)                /* (moe, M, E)      of the router                           */ \
    X(gates,     moe_layers(d), pairs)                /* (moe, M, K)      */                                       \
    X(normf,     1,        M * C)                     /* (M, C)           */                                       \
    X(rf,        1,        M)                         /* (M)              */                                       \
    X(logits,    1,        (size_t)model_head_rows(d) * (size_t)d->V) /* (rows held, V)   then their gradient           */ \
    /* scratch, one layer deep */                                                                                  \
    X(dx,        1,        M * C)                     /* (M, C)           gradient of the residual stream         */ \
    X(dnorm,     1,        M * C)                     /* (M, C)           */                                       \
    X(dheads,    1,        M * C)                     /* (M, C)           */                                       \
    X(dqkv,      1,        M * 3 * C)                 /* (M, 3C)          */                                       \
    X(dup,       1,        M * F_up)                  /* (M, F|2F)        */                                       \
    X(dact,      1,        M * F)                     /* (M, F)           */                                       \
    X(rows,      1,        pairs * C)                 /* (pairs, C)       sorted by expert                        */ \
    X(hidden,    1,        pairs * (size_t)d->moe.F)  /* (pairs, F)       act times gate                          */ \
    X(dscores,   1,        M * E)                     /* (M, E)           */                                       \
    X(dgates,    1,        pairs)                     /* (M, K)           */                                       \
    X(attention, 1,        attention_scratch(d))      /* of one head      */
// clang-format on

#define ACT_FIELD(name, ...) real *name;
typedef struct {
    ACT_TABLE(ACT_FIELD)
} Acts;
#undef ACT_FIELD

typedef struct Lane {
    Acts acts;
    double *loss;  // (M) nats of each prediction
    real *grad;    // like the parameters; NULL in a lane that only evaluates
    Routes routes; // of all layers with experts, one behind the other
    RouterTally routed;
    const KvCache *past; // of the sequences that the rows of a PASS_GROW go on with
    Work work;
} Lane;

typedef struct Model {
    Dims d;
    const CpuPath *cpu; // whose arithmetic
    real *storage;      // the parameters
    Params params;      // views of them
    real *angles;       // (D, padded T) RoPE's table
} Model;

/* Memory comes from the arena, zeroed; parameters are the caller's to fill (params_init or a
 * checkpoint). E_USAGE when TINYSCALE_CPU asks for a path that is not to be had. */
Status model_init(Model *m, const Dims *d, Arena *arena, Err *err);
void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena);
size_t lane_bytes(const Dims *d, bool with_gradient); // what lane_init takes
void lane_clear(Lane *lane, const Dims *d);           // gradient := 0

/* The routes of one of the layers with experts. */
Routes routes_layer(const Lane *lane, const Dims *d, int moe_layer);
void router_tally_clear(RouterTally *tally, const Dims *d);

/* Fill lane->acts up to the last norm. tokens (B, T). Backward may follow unless the pass was
 * PASS_GROW. */
void model_forward(const Model *m, Lane *lane, const int *tokens, PassMode mode);
/* After model_forward, logits of rows first .. first + rows - 1, before logit_scale: (rows, V) */
void model_logits(const Model *m, Lane *lane, int first, int rows, real *logits);
/* After model_forward, losses of the targets, one for each of the B T rows (targets.h), into
 * lane->loss; returns their sum. */
double model_loss(const Model *m, Lane *lane, Targets targets);
/* After model_forward: losses into lane->loss, and the gradient of weight * their sum is ADDED to
 * lane->grad, with those of the routers' balance losses, which enter with the same weight a token.
 * Returns the sum of losses (unweighted, without those). */
double model_backward(const Model *m, Lane *lane, const int *tokens, Targets targets, real weight);

#endif
