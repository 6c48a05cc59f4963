/* export.c: the table of public names, and the config.json beside the tensors. */
#include "train/export.h"

#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/json.h"
#include "model/kernels/rmsnorm.h"
#include "model/kernels/rope.h"

/* The public architecture that computes what a model computes; OURS where there is none. */
typedef enum { LLAMA, QWEN3, MIXTRAL, QWEN3_MOE, OURS } Architecture;

static Architecture architecture_of(const Dims *d) {
    const Moe *moe = &d->moe;
    if (d->act != ACT_SWIGLU) return OURS;
    if (!moe_layers(d)) return d->qk_norm ? QWEN3 : LLAMA;
    if (moe->S || moe->biased || moe->router == ROUTER_SIGMOID) return OURS;
    if (d->qk_norm) return QWEN3_MOE;
    return moe->every == 1 && moe->router != ROUTER_SOFTMAX ? MIXTRAL : OURS;
}

// clang-format off
typedef enum { ALL, MIXTRALS, OTHERS } Users;
static const struct {
    const char *name; // %d stands for the layer, a second one for the expert
    ParamId tensor;
    int part, parts;  // which of `parts` equal slices of the columns; of two, the first is a gate
    bool matrix;
    Users users;      // architectures that use this name
} EXPORTS[] = {
    {"model.embed_tokens.weight",                              PARAM_embed,  0, 1, true,  ALL},
    {"model.layers.%d.input_layernorm.weight",                 PARAM_norm1,  0, 1, false, ALL},
    {"model.layers.%d.self_attn.q_proj.weight",                PARAM_wqkv,   0, 3, true,  ALL},
    {"model.layers.%d.self_attn.k_proj.weight",                PARAM_wqkv,   1, 3, true,  ALL},
    {"model.layers.%d.self_attn.v_proj.weight",                PARAM_wqkv,   2, 3, true,  ALL},
    {"model.layers.%d.self_attn.q_norm.weight",                PARAM_qnorm,  0, 1, false, ALL},
    {"model.layers.%d.self_attn.k_norm.weight",                PARAM_knorm,  0, 1, false, ALL},
    {"model.layers.%d.self_attn.o_proj.weight",                PARAM_wo,     0, 1, true,  ALL},
    {"model.layers.%d.post_attention_layernorm.weight",        PARAM_norm2,  0, 1, false, ALL},
    {"model.layers.%d.mlp.gate_proj.weight",                   PARAM_w1,     0, 2, true,  ALL},
    {"model.layers.%d.mlp.up_proj.weight",                     PARAM_w1,     1, 2, true,  ALL},
    {"model.layers.%d.mlp.down_proj.weight",                   PARAM_w2,     0, 1, true,  ALL},
    {"model.layers.%d.mlp.gate.weight",                        PARAM_router, 0, 1, true,  OTHERS},
    {"model.layers.%d.mlp.gate.e_score_correction_bias",       PARAM_bias,   0, 1, false, OTHERS},
    {"model.layers.%d.mlp.experts.%d.gate_proj.weight",        PARAM_we1,    0, 2, true,  OTHERS},
    {"model.layers.%d.mlp.experts.%d.up_proj.weight",          PARAM_we1,    1, 2, true,  OTHERS},
    {"model.layers.%d.mlp.experts.%d.down_proj.weight",        PARAM_we2,    0, 1, true,  OTHERS},
    {"model.layers.%d.mlp.shared_experts.gate_proj.weight",    PARAM_ws1,    0, 2, true,  OTHERS},
    {"model.layers.%d.mlp.shared_experts.up_proj.weight",      PARAM_ws1,    1, 2, true,  OTHERS},
    {"model.layers.%d.mlp.shared_experts.down_proj.weight",    PARAM_ws2,    0, 1, true,  OTHERS},
    {"model.layers.%d.block_sparse_moe.gate.weight",           PARAM_router, 0, 1, true,  MIXTRALS},
    {"model.layers.%d.block_sparse_moe.experts.%d.w1.weight",  PARAM_we1,    0, 2, true,  MIXTRALS},
    {"model.layers.%d.block_sparse_moe.experts.%d.w3.weight",  PARAM_we1,    1, 2, true,  MIXTRALS},
    {"model.layers.%d.block_sparse_moe.experts.%d.w2.weight",  PARAM_we2,    0, 1, true,  MIXTRALS},
    {"model.norm.weight",                                      PARAM_normf,  0, 1, false, ALL},
    {"lm_head.weight",                                         PARAM_head,   0, 1, true,  ALL},
};
// clang-format on

static bool applies(size_t row, const Dims *d, const ParamInfo *info) {
    const bool gate = EXPORTS[row].parts == 2 && EXPORTS[row].part == 0;
    if (param_size(info) == 0 || (gate && d->act != ACT_SWIGLU)) return false;
    const Users users = EXPORTS[row].users;
    return users == ALL || (users == MIXTRALS) == (architecture_of(d) == MIXTRAL);
}

/* One exported tensor: columns [from, from + cols) of a slice of a parameter tensor, transposed or
 * not. */
typedef struct {
    char name[64];
    ParamId tensor;
    int slice, from, rows, cols; // exported shape: (rows, cols), rows 0 for vectors
    bool transposed;
} Export;

static Export export_of(size_t row, int layer, int expert, const Dims *d, const ParamInfo *info) {
    const bool whole = EXPORTS[row].parts == 2 && d->act != ACT_SWIGLU;
    const int parts = whole ? 1 : EXPORTS[row].parts, part = whole ? 0 : EXPORTS[row].part;
    const int cols = info->cols / parts;
    Export e = {.tensor = EXPORTS[row].tensor,
                .slice = param_slice(d, info->where, layer) + expert,
                .from = part * cols,
                .cols = cols};
    // the embedding is [vocabulary, width] in both formats; other matrices are [in, out] here and
    // [out, in] in the file
    e.transposed = EXPORTS[row].matrix && e.tensor != PARAM_embed;
    if (EXPORTS[row].matrix) e.rows = e.transposed ? cols : info->rows;
    if (e.transposed) e.cols = info->rows;
    // snprintf ignores the numbers that a name does not use
    const int length = snprintf(e.name, sizeof e.name, EXPORTS[row].name, layer, expert);
    MUST(length < (int)sizeof e.name);
    return e;
}

static bool in_layers(size_t row, const ParamInfo table[N_PARAMS]) {
    return table[EXPORTS[row].tensor].where != ONCE;
}

/* Add what a layer has of a row: nothing, one tensor, or one for each expert. Return how many. */
static size_t add_exports(Export *out, size_t row, int layer, const Dims *d,
                          const ParamInfo table[N_PARAMS]) {
    const ParamInfo *info = &table[EXPORTS[row].tensor];
    if (!applies(row, d, info)) return 0;
    const int first = param_slice(d, info->where, layer);
    const int end = info->where == ONCE ? 1 : param_slice(d, info->where, layer + 1);
    for (int expert = 0; expert < end - first; expert++)
        out[expert] = export_of(row, layer, expert, d, info);
    return (size_t)(end - first);
}

/* Return every tensor of the export for these dimensions, in file order; n is how many. */
static Export *exports_of(const Dims *d, const ParamInfo table[N_PARAMS], Arena *arena, size_t *n) {
    size_t most = 0;
    for (size_t row = 0; row < COUNT_OF(EXPORTS); row++)
        most += (size_t)table[EXPORTS[row].tensor].slices;
    Export *out = ARENA_ARRAY(arena, Export, most);
    *n = 0;
    for (size_t row = 0; row < COUNT_OF(EXPORTS);) {
        const bool repeated = in_layers(row, table);
        size_t end = row + 1; // rows of one layer stand together and are repeated for each layer
        while (repeated && end < COUNT_OF(EXPORTS) && in_layers(end, table)) end++;
        for (int layer = 0; layer < (repeated ? d->L : 1); layer++)
            for (size_t i = row; i < end; i++) *n += add_exports(out + *n, i, layer, d, table);
        row = end;
    }
    return out;
}

/* Move one exported tensor between the parameters and its flat copy. */
static void copy_export(const Export *e, const ParamInfo *info, real *storage, real *flat,
                        bool to_flat) {
    real *base =
        storage + info->offset + (size_t)e->slice * (size_t)info->rows * (size_t)info->cols;
    const int rows = e->rows ? e->rows : 1;
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < e->cols; c++) {
            const size_t at = e->transposed ? (size_t)c * info->cols + e->from + r
                                            : (size_t)r * info->cols + e->from + c;
            real *outside = &flat[(size_t)r * e->cols + c];
            if (to_flat)
                *outside = base[at];
            else
                base[at] = *outside;
        }
}

/* Multiply the last norm's gain by muP's multiplier of tied logits, because every loader honours
 * the gain. */
static void fold_logit_scale(const Dims *d, real *normf) {
    for (int i = 0; i < d->C; i++) normf[i] *= d->logit_scale;
}

Status export_save(const Model *m, const char *path, const SafeTensorMeta *step, Err *err) {
    const Dims *d = &m->d;
    Arena *arena = arena_open();
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    size_t n;
    const Export *exports = exports_of(d, table, arena, &n);
    SafeTensor *tensors = ARENA_ARRAY(arena, SafeTensor, n);
    for (size_t i = 0; i < n; i++) {
        const Export *e = &exports[i];
        real *flat = ARENA_ARRAY(arena, real, (size_t)(e->rows ? e->rows : 1) * (size_t)e->cols);
        copy_export(e, &table[e->tensor], m->storage, flat, true);
        if (e->tensor == PARAM_normf) fold_logit_scale(d, flat);
        tensors[i] = (SafeTensor){e->name, e->rows, e->cols, flat};
    }
    const Status status = safetensors_write(path, tensors, n, step, 1, err);
    arena_close(arena);
    return status;
}

static Status load_tensors(Model *m, const SafeTensors *s, Arena *arena, Err *err) {
    const Dims *d = &m->d;
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    size_t n;
    const Export *exports = exports_of(d, table, arena, &n);
    for (size_t i = 0; i < n; i++) {
        const Export *e = &exports[i];
        const real *flat;
        TRY(safetensors_get(s, e->name, e->rows, e->cols, &flat, err));
        copy_export(e, &table[e->tensor], m->storage, (real *)(uintptr_t)flat, false);
    }
    return OK;
}

Status export_load(Model *m, const SafeTensors *s, Err *err) {
    Arena *arena = arena_open();
    const Status status = load_tensors(m, s, arena, err);
    arena_close(arena);
    return status;
}

/* --- config.json ------------------------------------------------------------------------------ */

/* Write the experts under the keys of Qwen3-MoE and Mixtral, and what these lack under those of
 * DeepSeek-V3. */
static void write_experts(const Dims *d, double aux_loss, JsonOut *j) {
    const Moe *moe = &d->moe;
    const bool mixtral = architecture_of(d) == MIXTRAL;
    const struct {
        const char *key;
        int value;
    } sizes[] = {{mixtral ? "num_local_experts" : "num_experts", moe->E},
                 {"num_experts_per_tok", moe->K},
                 {"n_shared_experts", moe->S},
                 {"moe_intermediate_size", moe->F},
                 {"decoder_sparse_step", moe->every}};
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        json_put_count(j, sizes[i].key, (uint64_t)sizes[i].value);
    json_begin(j, "mlp_only_layers", '[');
    json_end(j);
    json_put_string(j, "scoring_func", moe->router == ROUTER_SIGMOID ? "sigmoid" : "softmax");
    // softmax over the chosen experts is softmax over all, made to sum to 1
    json_put_bool(j, "norm_topk_prob", moe->router != ROUTER_SOFTMAX);
    json_put_bool(j, "use_expert_bias", moe->biased);
    // their balance loss is one for all layers, and sums over a token's choices where ours takes
    // the mean
    const double aux = moe->aux > 0 ? aux_loss : 0;
    json_put_number(j, "router_aux_loss_coef", aux * moe_layers(d) / moe->K);
}

static void write_architecture(const Dims *d, double aux_loss, JsonOut *j) {
    static const struct {
        const char *class, *type;
    } NAMES[] = {[LLAMA] = {"LlamaForCausalLM", "llama"},
                 [QWEN3] = {"Qwen3ForCausalLM", "qwen3"},
                 [MIXTRAL] = {"MixtralForCausalLM", "mixtral"},
                 [QWEN3_MOE] = {"Qwen3MoeForCausalLM", "qwen3_moe"},
                 [OURS] = {NULL, "tinyscale"}};
    const Architecture as = architecture_of(d);
    json_begin(j, NULL, '{');
    json_put_string(j, "crc32", "00000000");
    json_begin(j, "architectures", '[');
    // where no class computes this model its tensors keep public names, but it needs a loader of
    // its own
    if (NAMES[as].class) json_put_string(j, NULL, NAMES[as].class);
    json_end(j);
    json_put_string(j, "model_type", NAMES[as].type);
    json_put_string(j, "hidden_act", d->act == ACT_SWIGLU ? "silu" : "gelu_pytorch_tanh");
    json_put_bool(j, "gated_mlp", d->act == ACT_SWIGLU);
    json_put_bool(j, "qk_norm", d->qk_norm);
    const struct {
        const char *key;
        int value;
    } sizes[] = {
        {"hidden_size", d->C},         {"intermediate_size", as == MIXTRAL ? d->moe.F : d->F},
        {"num_hidden_layers", d->L},   {"num_attention_heads", d->H},
        {"num_key_value_heads", d->H}, {"head_dim", d->D},
        {"vocab_size", d->V},          {"max_position_embeddings", d->T}};
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        json_put_count(j, sizes[i].key, (uint64_t)sizes[i].value);
    if (moe_layers(d)) write_experts(d, aux_loss, j);
    json_put_number(j, "rms_norm_eps", RMSNORM_EPS);
    json_put_number(j, "rope_theta", ROPE_THETA);
    json_put_bool(j, "tie_word_embeddings", d->tied);
    json_put_bool(j, "attention_bias", false);
    json_put_bool(j, "mlp_bias", false);
    json_put_string(j, "torch_dtype", sizeof(real) == 4 ? "float32" : "float64");
    json_end(j);
}

Status export_config_save(const Dims *d, double aux_loss, const char *path, Err *err) {
    JsonOut j = json_out(0);
    write_architecture(d, aux_loss, &j);
    crc_seal_inside(j.text.s, j.text.size);
    const Status status = file_write(path, j.text.s, j.text.size, err);
    text_close(&j.text);
    return status;
}
