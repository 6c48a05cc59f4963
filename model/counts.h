/* counts.h: N by group and under each convention, FLOPs op by op. All exact integers. */
#ifndef MODEL_COUNTS_H
#define MODEL_COUNTS_H

#include <stdint.h>

#include "model/dims.h"

typedef enum { G_EMBED, G_HEAD, G_ATTENTION, G_MLP, G_ROUTER, G_EXPERT, G_NORM, N_GROUPS } Group;
extern const char *const GROUP_NAMES[N_GROUPS];

/* Parameters. */
typedef struct {
    uint64_t group[N_GROUPS];
    uint64_t total;  // every element once (a tied head counts once, as embedding)
    uint64_t hidden; // attention + mlp + router + experts: Kaplan's "non-embedding"
    uint64_t matmul; // hidden + the head (tied or not): what a token is multiplied with
    uint64_t active; // total, less the experts a token does not visit
} ParamCount;
ParamCount count_params(const Dims *d);

/* Forward FLOPs of one sequence of T tokens, a multiply-add being two. Backward: twice. */
typedef struct {
    uint64_t qkv, attn_out, mlp, head; // matrix products with parameters
    uint64_t attention_causal; // Q K^T and P V, pairs (i, j <= i) only: T (T + 1) / 2 of them
    uint64_t attention_done;   // the same products as the kernel does them, in tiles
    uint64_t causal, done;     // sums: the model's FLOPs, and those the GEMM wrapper counts
} FlopCount;
FlopCount count_flops(const Dims *d);

/* Model FLOPs of training per token: 3 * causal / T. */
double count_train_flops_per_token(const Dims *d);

#endif
