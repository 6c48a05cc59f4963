/* test_train_export.c: an exported model, read without the code that wrote it: every parameter
 * once, under the name that its group has elsewhere; and the architecture that its config.json
 * names. */
#include "tests/checkpoint_rig.h"

#include "model/counts.h"
#include "train/safetensors.h"

/* --- what is in it, read without the code that wrote it --------------------------------------- */

static ParamGroup group_of(const char *name) {
    static const struct {
        const char *part;
        ParamGroup group;
    } PARTS[] = {
        {"embed_tokens", G_EMBED},     {"lm_head", G_HEAD},    {"_norm.", G_NORM},
        {"layernorm", G_NORM},         {"model.norm", G_NORM}, {".mlp.gate.", G_ROUTER},
        {"sparse_moe.gate", G_ROUTER}, {"experts.", G_EXPERT}, {".mlp.", G_MLP},
        {"_proj", G_ATTENTION},
    };
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        if (strstr(name, PARTS[i].part)) return PARTS[i].group;
    fail_msg("no group for %s", name);
    return N_PARAM_GROUPS;
}

/* Elements of each group by the header's shapes; the tensors follow each other without holes to
 * the end. */
static void count_file(Scratch *x, const char *path, uint64_t counts[N_PARAM_GROUPS]) {
    Bytes b;
    JsonDoc *header;
    uint64_t size, end = 0;
    assert_ok(x, file_read(x->arena, path, &b, &x->err));
    memcpy(&size, b.data, sizeof size);
    assert_ok(x, json_open(arena_strndup(x->arena, b.data + 8, size), path, &header, &x->err));
    for (const Json *v = json_first(json_root(header)); v; v = json_next(v)) {
        if (strcmp(json_key(v), "__metadata__") == 0) continue;
        uint64_t elements = 1;
        for (const Json *n = json_first(json_get(v, "shape")); n; n = json_next(n))
            elements *= (uint64_t)json_as_number(n);
        const Json *from = json_first(json_get(v, "data_offsets"));
        assert_true(json_as_number(from) == (double)end);
        end += elements * sizeof(real);
        assert_true(json_as_number(json_next(from)) == (double)end);
        counts[group_of(json_key(v))] += elements;
    }
    assert_int_equal(8 + size + end, b.size);
    json_close(header);
}

static void test_counts_are_those_exported(void **state) {
    Scratch *x = *state;
    for (int shape = 0; shape < SHAPES; shape++) {
        const RunConfig c = random_config(shape);
        const char *name = arena_printf(x->arena, "%d", shape);
        CheckpointRig rig = rig_of(x, &c, 2 + (int)below((uint64_t)shape, 60), 1);
        save(&rig, name);
        uint64_t counts[N_PARAM_GROUPS] = {0};
        count_file(x, file_of(x, name, "model.safetensors"), counts);
        const ParamCount n = count_params(&rig.trainer->dims);
        for (int g = 0; g < N_PARAM_GROUPS; g++)
            if (counts[g] != n.group[g])
                fail_msg("shape %d: %llu exported in group %s, %llu counted", shape,
                         (unsigned long long)counts[g], PARAM_GROUP_NAMES[g],
                         (unsigned long long)n.group[g]);
        corpus_close(rig.corpus);
    }
}

/* --- as others read it ------------------------------------------------------------------------ */

static void test_public_architectures(void **state) {
    static const struct {
        Activation activation;
        Router router;
        RunBalance balance;
        bool qk_norm;
        int experts, shared, every;
        const char *type, *tensor; // one that the architecture has in layer 1
    } CASES[] = {
        {ACT_SWIGLU, ROUTER_RENORM, BALANCE_NONE, false, 1, 0, 1, "llama", "mlp.gate_proj"},
        {ACT_SWIGLU, ROUTER_SIGMOID, BALANCE_BIAS, true, 1, 1, 1, "qwen3",
         "mlp.gate_proj"}, // 1 expert: dense
        {ACT_GELU, ROUTER_RENORM, BALANCE_NONE, true, 1, 0, 1, "tinyscale", "mlp.up_proj"},
        {ACT_SWIGLU, ROUTER_SOFTMAX, BALANCE_NONE, true, 2, 0, 1, "qwen3_moe",
         "mlp.experts.1.gate_proj"},
        {ACT_SWIGLU, ROUTER_RENORM, BALANCE_AUX, true, 2, 0, 2, "qwen3_moe",
         "mlp.experts.1.down_proj"},
        {ACT_SWIGLU, ROUTER_TOPK, BALANCE_AUX, true, 2, 0, 1, "qwen3_moe", "mlp.gate"},
        {ACT_SWIGLU, ROUTER_RENORM, BALANCE_NONE, false, 2, 0, 1, "mixtral",
         "block_sparse_moe.gate"},
        {ACT_SWIGLU, ROUTER_TOPK, BALANCE_AUX, false, 2, 0, 1, "mixtral",
         "block_sparse_moe.experts.1.w2"},
        {ACT_SWIGLU, ROUTER_SOFTMAX, BALANCE_NONE, false, 2, 0, 1, "tinyscale",
         "mlp.experts.1.up_proj"},
        {ACT_SWIGLU, ROUTER_RENORM, BALANCE_NONE, false, 2, 0, 2, "tinyscale",
         "mlp.experts.1.up_proj"},
        {ACT_SWIGLU, ROUTER_SIGMOID, BALANCE_NONE, true, 2, 0, 1, "tinyscale", "mlp.gate"},
        {ACT_SWIGLU, ROUTER_RENORM, BALANCE_BIAS, true, 2, 0, 1, "tinyscale", "mlp.gate"},
        {ACT_SWIGLU, ROUTER_RENORM, BALANCE_NONE, true, 2, 1, 1, "tinyscale",
         "mlp.shared_experts.up_proj"},
        {ACT_GELU, ROUTER_TOPK, BALANCE_NONE, true, 2, 0, 1, "tinyscale", "mlp.experts.1.up_proj"},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        RunConfig c = small_config(10);
        c.d_ff = 12;
        c.activation = CASES[i].activation;
        c.router = CASES[i].router;
        c.balance = CASES[i].balance;
        c.qk_norm = CASES[i].qk_norm;
        c.experts = CASES[i].experts;
        c.shared = CASES[i].shared;
        c.moe_every = CASES[i].every;
        const char *name = arena_printf(x->arena, "%zu", i);
        CheckpointRig rig = rig_of(x, &c, 9, 1);
        save(&rig, name);
        JsonDoc *config, *header;
        Bytes b;
        assert_ok(x, json_open_file(file_of(x, name, "config.json"), &config, &x->err));
        assert_string_equal(json_string_or(json_root(config), "model_type", ""), CASES[i].type);
        const bool public = strcmp(CASES[i].type, "tinyscale") != 0;
        assert_int_equal(json_size(json_get(json_root(config), "architectures")), public);
        json_close(config);
        assert_ok(x, file_read(x->arena, file_of(x, name, "model.safetensors"), &b, &x->err));
        uint64_t size;
        memcpy(&size, b.data, sizeof size);
        assert_ok(x, json_open(arena_strndup(x->arena, b.data + 8, size), name, &header, &x->err));
        const char *tensor = arena_printf(x->arena, "model.layers.1.%s.weight", CASES[i].tensor);
        if (!json_get(json_root(header), tensor)) fail_msg("case %zu lacks %s", i, tensor);
        json_close(header);
        corpus_close(rig.corpus);
    }
}

/* Tensor `name` of layer 1 is columns [from, from + out) of w (in, stride), turned. */
static void assert_turned(Scratch *x, const SafeTensors *file, const char *name, const real *w,
                          int in, int out, int stride, int from) {
    const real *got;
    const char *full = arena_printf(x->arena, "model.layers.1.%s.weight", name);
    assert_ok(x, safetensors_get(file, full, out, in, &got, &x->err));
    for (int r = 0; r < out; r++)
        for (int c = 0; c < in; c++)
            if (got[r * in + c] != w[c * stride + from + r]) fail_msg("%s[%d][%d]", full, r, c);
}

static void test_experts_as_loaders_read_them(void **state) {
    static const char *const NAMES[2][4] = {
        {"mlp.gate", "mlp.experts.%d.gate_proj", "mlp.experts.%d.up_proj",
         "mlp.experts.%d.down_proj"},
        {"block_sparse_moe.gate", "block_sparse_moe.experts.%d.w1",
         "block_sparse_moe.experts.%d.w3", "block_sparse_moe.experts.%d.w2"}};
    Scratch *x = *state;
    for (int mixtral = 0; mixtral < 2; mixtral++) {
        RunConfig c = small_experts();
        c.activation = ACT_SWIGLU;
        c.router = ROUTER_RENORM;
        c.qk_norm = !mixtral;
        CheckpointRig rig = rig_of(x, &c, 9, 1);
        const Dims *d = &rig.trainer->dims;
        const Params p = params_layer(&rig.trainer->model.params, d, 1);
        const int C = d->C, E = d->moe.E, F = d->moe.F;
        SafeTensors file;
        save(&rig, c.qk_norm ? "qwen" : "mixtral");
        const char *path = file_of(x, c.qk_norm ? "qwen" : "mixtral", "model.safetensors");
        assert_ok(x, safetensors_open(x->arena, path, &file, &x->err));
        assert_turned(x, &file, NAMES[mixtral][0], p.router, C, E, E, 0);
        for (int e = 0; e < E; e++) {
            const char *name[4];
            for (int i = 1; i < 4; i++) name[i] = arena_printf(x->arena, NAMES[mixtral][i], e);
            assert_turned(x, &file, name[1], p.we1 + e * C * 2 * F, C, F, 2 * F, 0);
            assert_turned(x, &file, name[2], p.we1 + e * C * 2 * F, C, F, 2 * F, F);
            assert_turned(x, &file, name[3], p.we2 + e * F * C, F, C, C, 0);
        }
        safetensors_close(&file);
        corpus_close(rig.corpus);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_counts_are_those_exported),
        TEST(test_public_architectures),
        TEST(test_experts_as_loaders_read_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
