/* counts.h: N by group and under each convention, FLOPs op by op. All exact integers. */
#ifndef MODEL_COUNTS_H
#define MODEL_COUNTS_H

#include <stdint.h>

#include "model/params.h"

/* Parameters. */
typedef struct {
    uint64_t group[N_PARAM_GROUPS];
    uint64_t total;  // every element once (a tied head counts once, as embedding)
    uint64_t hidden; // attention + mlp + router + experts: Kaplan's "non-embedding"
    uint64_t matmul; // hidden + the head (tied or not): what a token is multiplied with
    uint64_t active; // total, less the experts a token does not visit
} ParamCount;
ParamCount count_params(const Dims *d);

/* FLOPs of one sequence of T tokens, a multiply-add being two: forward unless it says otherwise.
 * The model's backward pass is twice that. What a lane's Work counts, per sequence:
 *
 *     model_forward                  done - head            it ends before the logits
 *     model_loss                     head
 *     model_backward                 head + done_backward   it makes the logits for itself
 *     so a training step             done + done_backward
 */
typedef struct {
    uint64_t qkv, attn_out, mlp, experts, router, head; // matrix products with parameters
    uint64_t attention_causal; // Q K^T and P V, pairs (i, j <= i) only: T (T + 1) / 2 of them
    uint64_t attention_done;   // Q K^T and P V as the kernel does them, in blocks
    uint64_t causal;           // sum: the model's FLOPs
    uint64_t done;             // sum as the kernels count it
    uint64_t done_backward;    // sum over the backward kernels: attention computes its scores again
} FlopCount;
FlopCount count_flops(const Dims *d);

/* Query-key pairs that the attention kernel covers in one sequence and head; T (T + 1) / 2 of them
 * count. */
uint64_t attention_pairs(int T);

/* Model FLOPs of training per token: 3 * causal / T. */
double count_train_flops_per_token(const Dims *d);

#endif
