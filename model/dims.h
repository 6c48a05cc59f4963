/* dims.h: the letters. Every shape in model/ is written with these and no others.
 *
 *     B  sequences in a lane's micro-batch        T  tokens per sequence (context)
 *     C  d_model, width of the residual stream    L  layers
 *     H  heads, H * D = C                         D  d_head
 *     F  d_ff, width of the MLP                   V  vocabulary
 *
 * Where a layer has experts instead of one MLP (Mixture of Experts, moe.h):
 *
 *     E  routed experts of the layer              K  how many of them a token visits
 *     S  shared experts, which all tokens visit   F  (in Moe) d_expert, width of one expert
 *
 * A parameter of a backward pass that has no comment has the shape that its forward pass gives.
 */
#ifndef MODEL_DIMS_H
#define MODEL_DIMS_H

#include <stdbool.h>

/* Tensors are float; MODE=double makes them double, so that gradients can be checked to 1e-7. */
#ifdef TINYSCALE_DOUBLE
typedef double real;
#else
typedef float real;
#endif

typedef enum { ACT_GELU, ACT_SWIGLU } Activation;

/* How scores s = x W become probabilities p and the gates g of the K chosen experts (router.h). */
typedef enum { ROUTER_SOFTMAX, ROUTER_RENORM, ROUTER_TOPK, ROUTER_SIGMOID } Router;

/* What a forward pass is for, and so which rules it keeps. */
typedef enum {
    PASS_TRAIN, // experts take as many rows as their capacity allows
    PASS_JUDGE, // experts take all rows that choose them
    PASS_GROW,  // as in PASS_JUDGE, and rows go on with the sequences of lane->past (decode.h)
} PassMode;

typedef struct {
    int E, K, S, F; // E = 0: a dense model
    int every;      // of every so many layers, the last one has experts
    Router router;
    bool biased; // experts are chosen by p + bias, and the bias balances the load (train/balance.h)
    real aux, z; // weights of Switch's balance loss and of ST-MoE's z-loss
    real capacity; // rows an expert takes in training, as a multiple of an even share; 0: all
} Moe;

typedef struct {
    int B, T, C, L, H, D, F, V;
    Activation act;
    bool qk_norm;     // RMSNorm with gain on every query and key head before RoPE
    bool tied;        // the head is the embedding
    real logit_scale; // logits are multiplied by this (muP's output multiplier when tied; else 1)
    Moe moe;
} Dims;

static inline int moe_layers(const Dims *d) {
    return d->moe.E ? d->L / d->moe.every : 0;
}

/* Return how many layers before this one have experts. For a layer with experts that is its number
 * among them, from 0. */
static inline int moe_before(const Dims *d, int layer) {
    return d->moe.E ? layer / d->moe.every : 0;
}

static inline bool has_experts(const Dims *d, int layer) {
    return d->moe.E && (layer + 1) % d->moe.every == 0;
}

#endif
