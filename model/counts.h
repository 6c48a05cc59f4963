/* counts.h: N by group and under each convention, FLOPs op by op. All exact integers. */
#ifndef MODEL_COUNTS_H
#define MODEL_COUNTS_H

#include <stdint.h>

#include "model/params.h"

/* How many parameters a model has: by group, and under each convention of counting. */
typedef struct {
    uint64_t group[N_PARAM_GROUPS];
    uint64_t total;  // all of them; a tied head counts once, as embedding
    uint64_t hidden; // attention + mlp + router + experts: Kaplan's "non-embedding"
    uint64_t matmul; // hidden + C V of the head, tied or not: the parameters in matrix products
    uint64_t active; // total less the experts that a token does not visit
} ParamCount;
ParamCount count_params(const Dims *d);

/* FLOPs of one sequence of T tokens; a multiply-add is two. Members are of the forward pass unless
 * they say otherwise, and the model's backward pass takes twice as many. The kernels count into a
 * lane's Work (work.h), for each sequence:
 *
 *     model_forward                  done - head            it ends before the logits
 *     model_loss                     head
 *     model_backward                 head + done_backward   it makes the logits for itself
 *     one training step              done + done_backward
 */
typedef struct {
    uint64_t qkv, attn_out, mlp, experts, router, head; // matrix products with parameters
    uint64_t attention_causal; // Q K^T and P V, pairs (i, j <= i) only: T (T + 1) / 2 of them
    uint64_t attention_done;   // Q K^T and P V as the kernel does them, in blocks
    uint64_t causal;           // all products, attention over causal pairs: the model's FLOPs
    uint64_t done;             // all products as the kernels do them
    uint64_t done_backward; // the backward kernels' products: attention computes its scores again
} FlopCount;
FlopCount count_flops(const Dims *d);

/* Return the query-key pairs that the attention kernel covers for one sequence and head. It works
 * in whole blocks and so covers more than the T (T + 1) / 2 causal pairs. */
uint64_t attention_pairs(int T);

/* Return the model FLOPs of training per token: 3 * causal / T. */
double count_train_flops_per_token(const Dims *d);

#endif
