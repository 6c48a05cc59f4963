/* dims.h: the letters. Every shape in model/ is written with these and no others.
 *
 *     B  sequences in a lane's micro-batch        T  tokens per sequence (context)
 *     C  d_model, width of the residual stream    L  layers
 *     H  heads, H * D = C                         D  d_head
 *     F  d_ff, width of the MLP                   V  vocabulary
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

typedef struct {
    int B, T, C, L, H, D, F, V;
    Activation act;
    bool qk_norm;     // RMSNorm with gain on every query and key head before RoPE
    bool tied;        // the head is the embedding
    real logit_scale; // logits are multiplied by this (muP's output multiplier when tied; else 1)
} Dims;

#endif
