/* counts.c: N from the parameter table, FLOPs from the shapes of the products. */
#include "model/counts.h"

#include "model/kernels/attention.h"

ParamCount count_params(const Dims *d) {
    ParamCount n = {0};
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    for (int i = 0; i < N_PARAMS; i++) n.group[table[i].group] += param_size(&table[i]);
    for (int g = 0; g < N_PARAM_GROUPS; g++) n.total += n.group[g];
    n.hidden = n.group[G_ATTENTION] + n.group[G_MLP] + n.group[G_ROUTER] + n.group[G_EXPERT];
    n.matmul = n.hidden + (uint64_t)d->C * (uint64_t)d->V;
    const uint64_t idle = (uint64_t)(d->moe.E - d->moe.K), up = (uint64_t)expert_in(d);
    const uint64_t expert = (uint64_t)d->C * (up + (uint64_t)d->moe.F);
    n.active = n.total - (uint64_t)moe_layers(d) * idle * expert;
    return n;
}

uint64_t attention_pairs(int T) {
    uint64_t pairs = 0;
    for (int key = 0; key < T; key++) {
        // the key meets queries from the start of its block on, in tiles of whole blocks
        const int block = key / ATTENTION_BLOCK * ATTENTION_BLOCK;
        pairs += (uint64_t)(attention_padded(T) - block);
    }
    return pairs;
}

FlopCount count_flops(const Dims *d) {
    const uint64_t T = (uint64_t)d->T, C = (uint64_t)d->C, L = (uint64_t)d->L, V = (uint64_t)d->V;
    const Moe *x = &d->moe;
    const uint64_t moe = (uint64_t)moe_layers(d), dense = L - moe;
    FlopCount f = {
        .qkv = L * 2 * T * C * 3 * C,
        .attn_out = L * 2 * T * C * C,
        .mlp = dense * 2 * T * C * (uint64_t)(mlp_in(d) + d->F),
        .experts = moe * 2 * T * C * (uint64_t)((expert_in(d) + x->F) * (x->K + x->S)),
        .router = moe * 2 * T * C * (uint64_t)x->E,
        .head = 2 * T * C * V,
        .attention_causal = L * 2 * 2 * C * (T * (T + 1) / 2),
        .attention_done = L * 2 * 2 * C * attention_pairs(d->T),
    };
    const uint64_t products = f.qkv + f.attn_out + f.mlp + f.experts + f.router + f.head;
    f.causal = products + f.attention_causal;
    f.done = products + f.attention_done;
    f.done_backward = 2 * products + f.attention_done / 2 * 5;
    return f;
}

double count_train_flops_per_token(const Dims *d) {
    return 3.0 * (double)count_flops(d).causal / d->T;
}
