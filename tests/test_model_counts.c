/* test_model_counts.c: N against hand-counted cases, the parameter table without holes, and the
 * FLOP formulas against what the GEMM wrapper counted, to the integer. */
#include "model/counts.h"
#include "tests/check.h"

static const Dims GELU = {
    .B = 1, .T = 4, .C = 32, .L = 2, .H = 2, .D = 16, .F = 128, .V = 256, .logit_scale = 1};
static const Dims SWIGLU = {.B = 1,
                            .T = 4,
                            .C = 24,
                            .L = 3,
                            .H = 3,
                            .D = 8,
                            .F = 40,
                            .V = 50,
                            .act = ACT_SWIGLU,
                            .qk_norm = true,
                            .tied = true,
                            .logit_scale = 1};
/* LLaMA 7B has this shape, and 6738415616 parameters [Touvron et al. 2023, arXiv:2302.13971]. */
static const Dims LLAMA = {.B = 1,
                           .T = 2048,
                           .C = 4096,
                           .L = 32,
                           .H = 32,
                           .D = 128,
                           .F = 11008,
                           .V = 32000,
                           .act = ACT_SWIGLU,
                           .logit_scale = 1};
/* Mixtral 8x7B [Jiang+ 2024, arXiv:2401.04088], but with as many heads of keys and values as of
 * queries. */
static const Dims MIXTRAL = {
    .B = 1,
    .T = 2048,
    .C = 4096,
    .L = 32,
    .H = 32,
    .D = 128,
    .F = 14336,
    .V = 32000,
    .act = ACT_SWIGLU,
    .logit_scale = 1,
    .moe = {.E = 8, .K = 2, .F = 14336, .every = 1, .router = ROUTER_TOPK}};
/* Layers 1 and 3 of five have experts; what every layer has, every layer has. */
static const Dims MIXED = {
    .B = 1,
    .T = 4,
    .C = 8,
    .L = 5,
    .H = 2,
    .D = 4,
    .F = 20,
    .V = 10,
    .tied = true,
    .logit_scale = 1,
    .moe = {.E = 6, .K = 3, .S = 2, .F = 5, .every = 2, .router = ROUTER_SIGMOID, .biased = true}};

static void test_params_by_hand(void **state) {
    (void)state;
    const ParamCount a = count_params(&GELU);
    assert_int_equal(a.group[G_EMBED], 256 * 32);
    assert_int_equal(a.group[G_HEAD], 256 * 32);
    assert_int_equal(a.group[G_ATTENTION], 2 * (32 * 96 + 32 * 32));
    assert_int_equal(a.group[G_MLP], 2 * (32 * 128 + 128 * 32));
    assert_int_equal(a.group[G_NORM], 2 * (32 + 32) + 32);
    assert_int_equal(a.group[G_ROUTER] + a.group[G_EXPERT], 0);
    assert_int_equal(a.total, 41120);
    assert_int_equal(a.hidden, 24576); // 12 L C^2
    assert_int_equal(a.matmul, 32768);
    assert_int_equal(a.active, 41120);

    const ParamCount b = count_params(&SWIGLU);
    assert_int_equal(b.group[G_EMBED], 1200);
    assert_int_equal(b.group[G_HEAD], 0);
    assert_int_equal(b.group[G_ATTENTION], 6912);
    assert_int_equal(b.group[G_MLP], 3 * 3 * 24 * 40);
    assert_int_equal(b.group[G_NORM], 3 * (24 + 8 + 8 + 24) + 24);
    assert_int_equal(b.total, 16968);
    assert_int_equal(b.hidden, 15552);
    assert_int_equal(b.matmul, 16752); // the tied head multiplies too

    assert_int_equal(count_params(&LLAMA).total, 6738415616);
    assert_int_equal(count_params(&LLAMA).active, 6738415616);
}

static void test_expert_params_by_hand(void **state) {
    (void)state;
    const ParamCount a = count_params(&MIXED);
    assert_int_equal(a.group[G_EMBED], 10 * 8);
    assert_int_equal(a.group[G_ATTENTION], 5 * 4 * 8 * 8);
    assert_int_equal(a.group[G_MLP], 3 * 2 * 8 * 20);
    assert_int_equal(a.group[G_ROUTER], 2 * (8 * 6 + 6));
    assert_int_equal(a.group[G_EXPERT], 2 * (6 + 2) * 2 * 8 * 5);
    assert_int_equal(a.group[G_NORM], 5 * 2 * 8 + 8);
    assert_int_equal(a.total, 3796);
    assert_int_equal(a.hidden, 3628);
    assert_int_equal(a.matmul, 3708);
    assert_int_equal(a.active, 3316); // in two layers three experts of 80 numbers stand by

    // per layer, attention 4 d^2 = 67108864, an expert 3 d 14336 = 176160768, router 8 d = 32768,
    // norms 2 d = 8192; and embedding and head 2 * 32000 d = 262144000, last norm d = 4096. In the
    // original keys and values have a quarter of the width, and 805306368 fewer make 46702792704.
    const ParamCount b = count_params(&MIXTRAL);
    assert_int_equal(b.group[G_EXPERT], 32 * 8 * 176160768ll);
    assert_int_equal(b.group[G_ROUTER], 32 * 32768);
    assert_int_equal(b.group[G_MLP], 0);
    assert_int_equal(b.total, 47508099072);
    assert_int_equal(b.total - b.active, 32 * 6 * 176160768ll);
    assert_int_equal(b.active, 13685231616);
}

static void test_flops_by_hand(void **state) {
    (void)state;
    const FlopCount f = count_flops(&GELU);
    assert_int_equal(f.qkv, 2 * 2 * 4 * 32 * 96);
    assert_int_equal(f.attn_out, 2 * 2 * 4 * 32 * 32);
    assert_int_equal(f.mlp, 2 * 2 * 4 * (32 * 128 + 128 * 32));
    assert_int_equal(f.head, 2 * 4 * 32 * 256);
    assert_int_equal(f.attention_causal,
                     2 * 2 * 2 * 32 * 10); // L, two products, multiply-add, C, pairs
    assert_int_equal(f.attention_done, 2 * 2 * 2 * 32 * 64); // 4 keys by a block of 16 queries
    assert_int_equal(f.causal, 262144 + 2560);
    assert_int_equal(f.done, 262144 + 16384);
    assert_int_equal(f.done_backward, 2 * 262144 + 5 * 8192); // five products of attention
    assert_true(count_train_flops_per_token(&GELU) == 3.0 * (262144 + 2560) / 4);

    Dims longer = GELU;
    longer.T = 40; // 16 keys by 48 queries, 16 by 32, 8 by 16
    assert_int_equal(attention_pairs(40), 16 * 48 + 16 * 32 + 8 * 16);
    assert_int_equal(count_flops(&longer).attention_causal, 2 * 2 * 2 * 32 * 820);
    assert_int_equal(count_flops(&longer).attention_done, 2 * 2 * 2 * 32 * 1408);
    assert_int_equal(count_flops(&longer).done, 2621440 + 360448);
    assert_int_equal(count_flops(&longer).done_backward, 2 * 2621440 + 901120);

    const FlopCount big = count_flops(&LLAMA);
    const uint64_t products = 2 * 2048 * count_params(&LLAMA).matmul;
    assert_int_equal(big.qkv + big.attn_out + big.mlp + big.head, products);
}

static void test_expert_flops_by_hand(void **state) {
    (void)state;
    const FlopCount f = count_flops(&MIXED);
    assert_int_equal(f.mlp, 3 * 2 * 4 * (8 * 20 + 20 * 8));
    assert_int_equal(f.experts, 2 * 2 * 4 * 5 * (8 * 5 + 5 * 8)); // three of six, and two for all
    assert_int_equal(f.router, 2 * 2 * 4 * 8 * 6);
    assert_int_equal(f.causal, f.done - f.attention_done + f.attention_causal);

    // what a token is multiplied with: what is active, but embedding and norms
    const FlopCount big = count_flops(&MIXTRAL);
    const uint64_t norms = (2 * 32 + 1) * 4096, products = big.causal - big.attention_causal;
    const uint64_t multiplied = count_params(&MIXTRAL).active - norms - 32000 * 4096;
    assert_int_equal(products, 2 * 2048 * multiplied);
}

/* Every other shape has experts, if it has as many layers as `every` asks for. */
static Moe random_moe(Rig *rig, int shape) {
    if (shape % 2) return (Moe){0};
    const int E = rig_size(rig, 9);
    return (Moe){.E = E,
                 .K = rig_size(rig, E),
                 .S = rig_size(rig, 3) - 1,
                 .F = rig_size(rig, 40),
                 .every = rig_size(rig, 3),
                 .router = shape / 2 % 4,
                 .biased = shape / 8 % 2};
}

static Dims random_dims(Rig *rig, int shape) {
    static const int LENGTHS[] = {1, 2, 15, 16, 17, 33, 64, 65, 70, 130};
    const int *draw = rig_below(rig, 9, 5);
    const int H = 1 + draw[0], D = 2 + 2 * draw[1];
    return (Dims){.B = 1 + draw[2],
                  .T = LENGTHS[shape / 2 % (int)COUNT_OF(LENGTHS)],
                  .C = H * D,
                  .L = 1 + draw[3],
                  .H = H,
                  .D = D,
                  .F = 7 + 4 * draw[4],
                  .V = 3 + 5 * draw[5],
                  .act = draw[6] % 2 ? ACT_SWIGLU : ACT_GELU,
                  .qk_norm = draw[7] % 2,
                  .tied = draw[8] % 2,
                  .logit_scale = 1,
                  .moe = random_moe(rig, shape)};
}

enum { SHAPES = 60 };

/* Forward makes no logits: loss and backward do, each its own. No expert is ever full here. */
static void test_flops_are_those_done(void **state) {
    for (int shape = 0; shape < SHAPES; shape++) {
        const Dims d = random_dims(*state, shape);
        const FlopCount f = count_flops(&d);
        const uint64_t B = (uint64_t)d.B;
        Net net;
        net_init(*state, &net, &d);
        uint64_t *counted = &net.lane.work.gemm_flops;
        model_forward(&net.model, &net.lane, net.tokens, net.mode);
        assert_int_equal(*counted, B * (f.done - f.head));
        model_loss(&net.model, &net.lane, net_targets(&net));
        assert_int_equal(*counted, B * f.done);
        *counted = 0;
        gradient_of(&net);
        assert_int_equal(*counted, B * (f.done + f.done_backward));
    }
}

/* A key meets the queries of its own block and of those after it, the last block's padding too. */
static void test_attention_flops(void **state) {
    (void)state;
    Dims d = GELU;
    for (d.T = 1; d.T <= 3 * ATTENTION_TILE + 1; d.T++) {
        uint64_t pairs = 0, done = 0;
        for (int key = 0; key < d.T; key++)
            for (int query = 0; query / ATTENTION_BLOCK <= (d.T - 1) / ATTENTION_BLOCK; query++) {
                pairs += query >= key && query < d.T;
                done += query / ATTENTION_BLOCK >= key / ATTENTION_BLOCK;
            }
        const uint64_t per_pair = (uint64_t)(2 * 2 * d.C * d.L);
        assert_int_equal(attention_pairs(d.T), done);
        assert_int_equal(count_flops(&d).attention_causal, per_pair * pairs);
        assert_int_equal(count_flops(&d).attention_done, per_pair * done);
    }
}

/* Numbers of the experts that a token does not visit, layer by layer. */
static uint64_t idle_params(const Dims *d) {
    uint64_t sum = 0;
    const int matrices = d->act == ACT_SWIGLU ? 3 : 2;
    for (int layer = 0; layer < d->L; layer++)
        if (has_experts(d, layer)) sum += (d->moe.E - d->moe.K) * matrices * d->C * d->moe.F;
    return sum;
}

/* First slice of a layer that has such a tensor, and how many slices it has there, by counting. */
static void slices_of(const Dims *d, ParamSlices where, int layer, int *first, int *count) {
    int before = 0;
    for (int l = 0; l < layer; l++) before += has_experts(d, l);
    const bool experts = has_experts(d, layer);
    const int E = d->moe.E;
    *first = where == ONCE    ? 0
             : where == EACH  ? layer
             : where == DENSE ? layer - before
             : where == MOE   ? before
                              : before * E;
    *count = where == DENSE ? !experts : where == MOE ? experts : where == EXPERT ? experts * E : 1;
}

/* Where a tensor's slices are, in the whole and seen from each layer; returns how many it has. */
static int check_slices(const Dims *d, const ParamInfo *info, const real *tensor,
                        const real *const *of_layer) {
    const size_t one = (size_t)info->rows * (size_t)info->cols;
    int seen = 0;
    for (int layer = 0; layer < d->L; layer++) {
        int first, count;
        slices_of(d, info->where, layer, &first, &count);
        if (count && tensor) assert_ptr_equal(of_layer[layer], tensor + (size_t)first * one);
        if (count) assert_int_equal(first, info->where == ONCE ? 0 : seen);
        seen += count;
    }
    return info->where == ONCE ? 1 : seen;
}

/* Tensors follow each other without holes, slices within them too, and the pointers are where the
 * table says. */
static void test_table(void **state) {
    for (int shape = 0; shape < SHAPES; shape++) {
        const Dims d = random_dims(*state, shape);
        real *storage = rig_zeros(*state, params_size(&d));
        const Params view = params_view(&d, storage);
        ParamInfo table[N_PARAMS];
        params_table(&d, table);
        size_t end = 0;
#define CHECK_TENSOR(field, ...)                                                                   \
    {                                                                                              \
        const ParamInfo *info = &table[PARAM_##field];                                             \
        const real *of_layer[8];                                                                   \
        for (int layer = 0; layer < d.L; layer++)                                                  \
            of_layer[layer] = params_layer(&view, &d, layer).field;                                \
        assert_int_equal(info->offset, end);                                                       \
        assert_string_equal(info->name, #field);                                                   \
        assert_ptr_equal(view.field, param_size(info) ? storage + end : NULL);                     \
        assert_int_equal(info->slices, check_slices(&d, info, view.field, of_layer));              \
        assert_int_equal(param_size(info),                                                         \
                         (size_t)info->slices *(size_t)(info->rows * info->cols));                 \
        end += param_size(info);                                                                   \
    }
        PARAM_TABLE(CHECK_TENSOR)
#undef CHECK_TENSOR
        assert_int_equal(params_size(&d), end);

        const ParamCount n = count_params(&d);
        uint64_t sum = 0;
        for (int g = 0; g < N_PARAM_GROUPS; g++) sum += n.group[g];
        assert_int_equal(n.total, sum);
        assert_int_equal(n.total, end);
        assert_int_equal(n.total - n.active, idle_params(&d));
    }
}

/* lane_bytes is what lane_init takes, but for the arena's padding. */
static void test_lane_bytes(void **state) {
    enum { PIECES = 48, PADDING = 256 };
    for (int shape = 0; shape < SHAPES; shape++)
        for (int with_gradient = 0; with_gradient < 2; with_gradient++) {
            const Dims d = random_dims(*state, shape);
            Arena *arena = arena_open();
            Lane lane;
            lane_init(&lane, &d, with_gradient, arena);
            const size_t bytes = lane_bytes(&d, with_gradient), used = arena_used(arena);
            arena_close(arena);
            assert_true((lane.grad != NULL) == with_gradient);
            assert_in_range(used, bytes, bytes + PIECES * PADDING);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_params_by_hand),
        TEST(test_expert_params_by_hand),
        TEST(test_flops_by_hand),
        TEST(test_expert_flops_by_hand),
        TEST(test_flops_are_those_done),
        TEST(test_attention_flops),
        TEST(test_table),
        TEST(test_lane_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
