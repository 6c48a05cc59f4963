/* params.h: the parameter table: one row per tensor. From it come the struct of pointers, the
 * offsets, the counts by group, the decay mask, the initialisation and the learning-rate group.
 *
 * Weights are stored [in, out], so that the forward pass y = x W is a plain row-major product.
 */
#ifndef MODEL_PARAMS_H
#define MODEL_PARAMS_H

#include <stddef.h>
#include <stdint.h>

#include "model/dims.h"

/* What a tensor is for: N is counted by these groups. */
typedef enum {
    G_EMBED,
    G_HEAD,
    G_ATTENTION,
    G_MLP,
    G_ROUTER,
    G_EXPERT,
    G_NORM,
    N_PARAM_GROUPS
} ParamGroup;
extern const char *const PARAM_GROUP_NAMES[N_PARAM_GROUPS];

typedef enum { INIT_EMBED, INIT_ONE, INIT_FAN_IN, INIT_ZERO } ParamInit;
typedef enum { RATE_EMBED, RATE_HIDDEN, RATE_HEAD, RATE_GAIN } ParamRate;

/* How many slices of (rows, cols) a tensor has: one in all, one for each layer, one for each dense
 * layer, one for each layer with experts, or one for each expert of these. */
typedef enum { ONCE, EACH, DENSE, MOE, EXPERT } ParamSlices;

// clang-format off
#define PARAM_TABLE(X)                                                                                            \
    /* name   slices  rows                cols             group        init         rate         decay           */ \
    X(embed,  ONCE,   d->V,               d->C,            G_EMBED,     INIT_EMBED,  RATE_EMBED,  0) /* token vectors      */ \
    X(norm1,  EACH,   1,                  d->C,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* before attention   */ \
    X(wqkv,   EACH,   d->C,               3 * d->C,        G_ATTENTION, INIT_FAN_IN, RATE_HIDDEN, 1) /* query, key, value  */ \
    X(qnorm,  EACH,   d->qk_norm,         d->D,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* shared by heads    */ \
    X(knorm,  EACH,   d->qk_norm,         d->D,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* shared by heads    */ \
    X(wo,     EACH,   d->C,               d->C,            G_ATTENTION, INIT_ZERO,   RATE_HIDDEN, 1) /* heads to residual  */ \
    X(norm2,  EACH,   1,                  d->C,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* before the MLP     */ \
    X(w1,     DENSE,  d->C,               mlp_in(d),       G_MLP,       INIT_FAN_IN, RATE_HIDDEN, 1) /* up; swiglu: gate|up*/ \
    X(w2,     DENSE,  d->F,               d->C,            G_MLP,       INIT_ZERO,   RATE_HIDDEN, 1) /* down               */ \
    X(router, MOE,    d->C,               d->moe.E,        G_ROUTER,    INIT_FAN_IN, RATE_HIDDEN, 0) /* to scores          */ \
    X(bias,   MOE,    d->moe.biased,      d->moe.E,        G_ROUTER,    INIT_ZERO,   RATE_GAIN,   0) /* no gradient        */ \
    X(we1,    EXPERT, d->C,               expert_in(d),    G_EXPERT,    INIT_FAN_IN, RATE_HIDDEN, 1) /* an expert's w1     */ \
    X(we2,    EXPERT, d->moe.F,           d->C,            G_EXPERT,    INIT_ZERO,   RATE_HIDDEN, 1) /* an expert's w2     */ \
    X(ws1,    MOE,    d->moe.S ? d->C : 0, shared_in(d),   G_EXPERT,    INIT_FAN_IN, RATE_HIDDEN, 1) /* shared experts' w1 */ \
    X(ws2,    MOE,    d->moe.S * d->moe.F, d->C,           G_EXPERT,    INIT_ZERO,   RATE_HIDDEN, 1) /* shared experts' w2 */ \
    X(normf,  ONCE,   1,                  d->C,            G_NORM,      INIT_ONE,    RATE_GAIN,   0) /* before the head    */ \
    X(head,   ONCE,   d->tied ? 0 : d->C, d->V,            G_HEAD,      INIT_ZERO,   RATE_HEAD,   0) /* to logits          */
// clang-format on

/* Return the columns of the up projection of an MLP of some width: swiglu has a gate beside it. */
static inline int mlp_up(const Dims *d, int width) {
    return d->act == ACT_SWIGLU ? 2 * width : width;
}
static inline int mlp_in(const Dims *d) {
    return mlp_up(d, d->F);
}
static inline int expert_in(const Dims *d) {
    return mlp_up(d, d->moe.F);
}
static inline int shared_in(const Dims *d) {
    return mlp_up(d, d->moe.S * d->moe.F);
}
/* Return the widest hidden layer that a token meets: that of an MLP, or of all experts that it
 * visits. */
static inline int active_width(const Dims *d) {
    const int experts = (d->moe.K + d->moe.S) * d->moe.F;
    return moe_layers(d) && (experts > d->F || d->moe.every == 1) ? experts : d->F;
}

#define PARAM_FIELD(name, ...) real *name;
typedef struct {
    PARAM_TABLE(PARAM_FIELD) // (slices, rows, cols) each; NULL where the model has none
} Params;
#undef PARAM_FIELD

#define PARAM_ID(name, ...) PARAM_##name,
typedef enum { PARAM_TABLE(PARAM_ID) N_PARAMS } ParamId;
#undef PARAM_ID

typedef struct {
    const char *name;
    size_t offset; // elements from the start of the parameters
    ParamSlices where;
    int slices, rows, cols;
    ParamGroup group;
    ParamInit init;
    ParamRate rate;
    bool decay; // whether weight decay acts on it: on matrices of the blocks only
} ParamInfo;

/* Fill the table for these dimensions, in storage order; a tensor that the model lacks has size
 * 0. */
void params_table(const Dims *d, ParamInfo out[N_PARAMS]);
size_t param_size(const ParamInfo *info); // elements over all slices
size_t params_size(const Dims *d);        // elements in all
/* Return pointers to the tensors in storage (params_size). */
Params params_view(const Dims *d, real *storage);
/* Return how many slices a tensor has, and the first one of a layer that has some. */
int param_slices(const Dims *d, ParamSlices where);
int param_slice(const Dims *d, ParamSlices where, int layer);
/* Return the pointers of p moved to one layer. Those of experts point to the first of the layer. */
Params params_layer(const Params *p, const Dims *d, int layer);

/* Fill storage (params_size). Matrices get normal draws from the stream (seed, "init", tensor), so
 * that a tensor's values depend on no other tensor; their standard deviation is 1 / sqrt(fan in),
 * and embed_std in the embedding. Gains are 1. Residual outputs and the head start at zero, which
 * makes the logits flat at every width. */
void params_init(const Dims *d, real *storage, uint64_t seed, double embed_std);
/* Move every parameter that is not 0 to the next number of its type, up or down by a bit of stream
 * (which, "perturb"); which 0: none. What becomes of a training thereby is rounding noise [Summers
 * and Dinneen 2021, "Nondeterminism and instability in neural network optimization"]. */
void params_nudge(const Dims *d, real *storage, uint64_t which);

/* Return the learning-rate multiplier of a tensor. With muP for AdamW (Yang et al. 2022, Table 8)
 * it is d_base / C for hidden matrices and the head, embed_lr for the embedding, and 1 for gains.
 * In the standard parametrisation it is 1 for all. */
double param_rate(const ParamInfo *info, const Dims *d, bool mup, int d_base, double embed_lr);

#endif
