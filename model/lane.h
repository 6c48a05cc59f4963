/* lane.h: what a lane holds: its activations, its gradient, its routes and its scratch. One thread
 * works through a lane from beginning to end, and lanes share nothing (model.h). */
#ifndef MODEL_LANE_H
#define MODEL_LANE_H

#include <stddef.h>

#include "base/arena.h"
#include "model/dims.h"
#include "model/kernels/attention.h"
#include "model/kernels/attention_cached.h"
#include "model/kernels/work.h"
#include "model/params.h"
#include "model/router.h"

/* Logits that are held at once, so that they stay in a cache: those of all rows may not fit. */
enum { LOGITS_HELD = 1 << 16 };
/* Return how many rows get their logits at a time: at least 16, where there are as many. */
static inline int lane_head_rows(const Dims *d) {
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
    X(norm1,     d->L,     M * C)                     /* (L, M, C)        normed stream, for attention            */ \
    X(r1,        d->L,     M)                         /* (L, M)           1 / rms                                 */ \
    X(qkv,       d->L,     M * 3 * C)                 /* (L, M, 3C)       as projected                            */ \
    X(qk,        d->L,     padded * 2 * C)            /* (L, B, H, 2, D, padded T)   normed and rotated           */ \
    X(rqk,       d->L,     d->qk_norm ? padded * 2 * (size_t)d->H : 0) /* (L, B, H, 2, padded T)  1 / rms         */ \
    X(softmax,   d->L,     padded * 2 * (size_t)d->H) /* (L, B, H, 2, padded T)      largest score, 1 / sum       */ \
    X(heads,     d->L,     M * C)                     /* (L, M, C)        attention's heads side by side          */ \
    X(mid,       d->L,     M * C)                     /* (L, M, C)        residual stream between the halves      */ \
    X(norm2,     d->L,     M * C)                     /* (L, M, C)        normed stream, for the MLP              */ \
    X(r2,        d->L,     M)                         /* (L, M)           1 / rms                                 */ \
    X(up,        d->L,     M * F_up)                  /* (L, M, F|2F)     before the nonlinearity                 */ \
    X(act,       d->L,     M * F)                     /* (L, M, F)        after the nonlinearity                  */ \
    X(scores,    moe_layers(d), M * E)                /* (moe, M, E)      the router's                            */ \
    X(gates,     moe_layers(d), pairs)                /* (moe, M, K)      of the chosen experts                   */ \
    X(normf,     1,        M * C)                     /* (M, C)           normed stream, for the head             */ \
    X(rf,        1,        M)                         /* (M)              1 / rms                                 */ \
    X(logits,    1,        (size_t)lane_head_rows(d) * (size_t)d->V) /* (rows held, V)   logits, then their gradient   */ \
    /* scratch, one layer deep */                                                                                  \
    X(dx,        1,        M * C)                     /* (M, C)           gradient of the residual stream         */ \
    X(dnorm,     1,        M * C)                     /* (M, C)           gradient of normed streams              */ \
    X(dheads,    1,        M * C)                     /* (M, C)           */                                       \
    X(dqkv,      1,        M * 3 * C)                 /* (M, 3C)          */                                       \
    X(dup,       1,        M * F_up)                  /* (M, F|2F)        */                                       \
    X(dact,      1,        M * F)                     /* (M, F)           */                                       \
    X(rows,      1,        pairs * C)                 /* (pairs, C)       sorted by expert                        */ \
    X(hidden,    1,        pairs * (size_t)d->moe.F)  /* (pairs, F)       act times gate                          */ \
    X(dscores,   1,        M * E)                     /* (M, E)           */                                       \
    X(dgates,    1,        pairs)                     /* (M, K)           */                                       \
    X(attention, 1,        attention_scratch(d))      /* attention's scratch, of one head */
// clang-format on

#define ACT_FIELD(name, ...) real *name;
typedef struct {
    ACT_TABLE(ACT_FIELD)
} Acts;
#undef ACT_FIELD

typedef struct Lane {
    Acts acts;
    double *loss;  // (M) nats of each prediction
    real *grad;    // (params_size) laid out like the parameters; NULL in a lane that only evaluates
    Routes routes; // of all layers with experts, one after the other; routes_layer() gives one
    RouterTally routed;  // sums over all that was routed since router_tally_clear()
    const KvCache *past; // keys and values of the sequences with which a PASS_GROW goes on
    Work work;           // FLOPs and seconds so far
} Lane;

/* Make a lane, its memory from the arena, with room for a gradient or without. */
void lane_init(Lane *lane, const Dims *d, bool with_gradient, Arena *arena);
size_t lane_bytes(const Dims *d, bool with_gradient); // bytes that lane_init() allocates
void lane_clear(Lane *lane, const Dims *d);           // set the gradient to zero

/* Return the routes of one layer; moe_layer is its number among those with experts. */
Routes routes_layer(const Lane *lane, const Dims *d, int moe_layer);
/* Set all sums of a tally to zero. */
void router_tally_clear(RouterTally *tally, const Dims *d);

#endif
