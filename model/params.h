/* params.h: the parameter table: one row per tensor. From it come the struct of pointers, the
 * offsets, the counts by group, the decay mask, the initialisation and the learning-rate group.
 *
 * Weights are stored [in, out], so that the forward pass y = x W is a plain row-major product.
 */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "model/counts.h"
#include "model/dims.h"

typedef enum { INIT_EMBED, INIT_ONE, INIT_FAN_IN, INIT_ZERO } Init;
typedef enum { RATE_EMBED, RATE_HIDDEN, RATE_HEAD, RATE_GAIN } Rate;

// clang-format off
#define PARAM_TABLE(X)                                                                                            \
    /* name   layers  rows                cols             group        init         rate         decay           */ \
    X(embed,  1,      d->V,               d->C,            G_EMBED,     INIT_EMBED,  RATE_EMBED,  0) /* token vectors      */ \
    X(norm1,  d->L,   1,                  d->C,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* before attention   */ \
    X(wqkv,   d->L,   d->C,               3 * d->C,        G_ATTENTION, INIT_FAN_IN, RATE_HIDDEN, 1) /* query, key, value  */ \
    X(qnorm,  d->L,   d->qk_norm,         d->D,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* shared by heads    */ \
    X(knorm,  d->L,   d->qk_norm,         d->D,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* shared by heads    */ \
    X(wo,     d->L,   d->C,               d->C,            G_ATTENTION, INIT_ZERO,   RATE_HIDDEN, 1) /* heads to residual  */ \
    X(norm2,  d->L,   1,                  d->C,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* before the MLP     */ \
    X(w1,     d->L,   d->C,               mlp_in(d),       G_MLP,       INIT_FAN_IN, RATE_HIDDEN, 1) /* up; swiglu: gate|up*/ \
    X(w2,     d->L,   d->F,               d->C,            G_MLP,       INIT_ZERO,   RATE_HIDDEN, 1) /* down               */ \
    X(normf,  1,      1,                  d->C,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* before the head    */ \
    X(head,   1,      d->tied ? 0 : d->C, d->V,            G_HEAD,      INIT_ZERO,   RATE_HEAD,   0) /* to logits          */
// clang-format on

/* Columns of w1: an up projection, and for swiglu a gate before it. */
static inline int mlp_in(const Dims *d) {
    return d->act == ACT_SWIGLU ? 2 * d->F : d->F;
}

#define PARAM_FIELD(name, ...) real *name;
typedef struct {
    PARAM_TABLE(PARAM_FIELD) // (layers, rows, cols) each; NULL where the model has none
} Params;
#undef PARAM_FIELD

#define PARAM_ID(name, ...) PARAM_##name,
typedef enum { PARAM_TABLE(PARAM_ID) N_PARAMS } ParamId;
#undef PARAM_ID

typedef struct {
    const char *name;
    size_t offset; // elements from the start of the parameters
    int layers, rows, cols;
    Group group;
    Init init;
    Rate rate;
    bool decay; // weight decay: matrices of the blocks only
} ParamInfo;

/* The table for these dimensions, in storage order; tensors that the model lacks have rows = 0. */
void params_table(const Dims *d, ParamInfo out[N_PARAMS]);
size_t param_size(const ParamInfo *info); // elements over all layers
size_t params_size(const Dims *d);        // elements in all
Params params_view(const Dims *d, real *storage);
/* The same pointers, moved to one layer. */
Params params_layer(const Params *p, const Dims *d, int layer);

/* Fill storage: normal draws from stream (seed, "init", tensor), so that a tensor's values depend
 * on no other tensor. embed_std is the embedding's; matrices get 1 / sqrt(fan in); residual outputs
 * and the head start at zero (with zero-initialised outputs the logits are flat at every
 * width). */
void params_init(const Dims *d, real *storage, uint64_t seed, double embed_std);

/* Learning-rate multiplier of a tensor. muP for AdamW (Yang et al. 2022, Table 8): hidden and head
 * rates fall as d_base / C, vectors and embeddings keep theirs. Standard parametrisation: 1 for
 * all. */
double param_rate(const ParamInfo *info, const Dims *d, bool mup, int d_base, double embed_lr);

#endif
