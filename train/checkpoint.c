/* checkpoint.c: see checkpoint.h for the files and their order of appearance. */
#include "train/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/numbers.h"
#include "model/kernels/rmsnorm.h"
#include "model/kernels/rope.h"
#include "train/safetensors.h"

/* Public architectures that compute the same; OURS where none does. */
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
    const char *name; // with the layer's number, and the expert's
    ParamId tensor;
    int part, parts;  // which of `parts` equal slices of the columns; of two, the first is a gate
    bool matrix;
    Users users;      // who calls it so
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

/* One exported tensor: columns [from, from + cols) of a slice of a parameter tensor, transposed. */
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
    // the embedding is [vocabulary, width] with both of us; matrices are [in, out] here, [out, in]
    // there
    e.transposed = EXPORTS[row].matrix && e.tensor != PARAM_embed;
    if (EXPORTS[row].matrix) e.rows = e.transposed ? cols : info->rows;
    if (e.transposed) e.cols = info->rows;
    // a name without a number leaves the surplus arguments alone
    const int length = snprintf(e.name, sizeof e.name, EXPORTS[row].name, layer, expert);
    MUST(length < (int)sizeof e.name);
    return e;
}

static bool in_layers(size_t row, const ParamInfo table[N_PARAMS]) {
    return table[EXPORTS[row].tensor].where != ONCE;
}

/* What a layer has of a row: nothing, one tensor, or one of each expert. Returns how many. */
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

/* Every tensor of the export for these dimensions, in file order; n is how many. */
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

static Status path_in(const char *run_dir, const char *name, char out[4096], Err *err) {
    if (snprintf(out, 4096, "%s/checkpoint/%s", run_dir, name) >= 4096)
        FAIL(err, E_IO, "%s: path too long", run_dir);
    return OK;
}

/* muP's multiplier of tied logits goes out with the last norm's gain, where every loader will
 * honour it. */
static void fold_logit_scale(const Dims *d, real *normf) {
    for (int i = 0; i < d->C; i++) normf[i] *= d->logit_scale;
}

static Status save_model(const Trainer *t, const char *path, const Meta *step, Err *err) {
    const Dims *d = &t->dims;
    Arena *arena = arena_open();
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    size_t n;
    const Export *exports = exports_of(d, table, arena, &n);
    Tensor *tensors = ARENA_ARRAY(arena, Tensor, n);
    for (size_t i = 0; i < n; i++) {
        const Export *e = &exports[i];
        real *flat = ARENA_ARRAY(arena, real, (size_t)(e->rows ? e->rows : 1) * (size_t)e->cols);
        copy_export(e, &table[e->tensor], t->model.storage, flat, true);
        if (e->tensor == PARAM_normf) fold_logit_scale(d, flat);
        tensors[i] = (Tensor){e->name, e->rows, e->cols, flat};
    }
    const Status status = safetensors_write(path, tensors, n, step, 1, err);
    arena_close(arena);
    return status;
}

// clang-format off
#define AT(member) offsetof(Trainer, member)
static const struct { const char *key; size_t offset; } TALLY[] = {
    {"tail_loss", AT(tally.tail_loss)}, {"tail_n", AT(tally.tail_n)},
    {"logged_loss", AT(tally.logged_loss)}, {"logged_n", AT(tally.logged_n)},
    {"clipped", AT(tally.clipped)}, {"wall_s", AT(tally.wall_s)}, {"cpu_s", AT(tally.cpu_s)},
    {"cpu_paths", AT(tally.paths)},
    // only with experts:
    {"routed", AT(tally.routed)}, {"dropped", AT(tally.dropped)},
    {"logged_routed", AT(routed.tokens)}, {"logged_dropped", AT(routed.dropped)},
    {"logged_entropy", AT(routed.entropy)}, {"logged_aux", AT(routed.aux)}, {"logged_z", AT(routed.z)},
};
enum { DENSE_TALLY = 8 }; // so many first ones
// clang-format on

static size_t tally_size(const Dims *d) {
    return moe_layers(d) ? COUNT_OF(TALLY) : DENSE_TALLY;
}

static size_t loads(const Dims *d) {
    return (size_t)(moe_layers(d) * d->moe.E);
}

static Status save_optimizer(const Trainer *t, const char *path, const Meta *step, Err *err) {
    char values[COUNT_OF(TALLY)][32];
    Meta meta[2 + COUNT_OF(TALLY)] = {*step};
    size_t n_meta = 1;
    for (size_t i = 0; i < tally_size(&t->dims); i++) {
        const double value = *(const double *)((const char *)t + TALLY[i].offset);
        meta[n_meta++] = (Meta){TALLY[i].key, real_to_text(values[i], value)};
    }
    Text load = {0}; // whole numbers, which a float need not hold
    for (size_t i = 0; i < loads(&t->dims); i++) text_add(&load, "%.0f ", t->routed.load[i]);
    if (load.size) meta[n_meta++] = (Meta){"logged_load", load.s};
    const int n = (int)t->adamw.n;
    const Tensor tensors[] = {{"exp_avg", 0, n, t->adamw.m},
                              {"exp_avg_sq", 0, n, t->adamw.v},
                              {"final_norm", 0, t->dims.C, t->model.params.normf}};
    const Status status = safetensors_write(path, tensors, COUNT_OF(tensors), meta, n_meta, err);
    text_close(&load);
    return status;
}

/* Under the keys of Qwen3-MoE and Mixtral, and of DeepSeek-V3 for what those have not. */
static void write_experts(const Trainer *t, JsonOut *j) {
    const Moe *moe = &t->dims.moe;
    const bool mixtral = architecture_of(&t->dims) == MIXTRAL;
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
    // softmax over the chosen is softmax over all, made to sum to 1
    json_put_bool(j, "norm_topk_prob", moe->router != ROUTER_SOFTMAX);
    json_put_bool(j, "use_expert_bias", moe->biased);
    // theirs is one loss for all layers, and adds up a token's choices where ours takes their mean
    const double aux = moe->aux > 0 ? t->config.aux_loss : 0;
    json_put_number(j, "router_aux_loss_coef", aux * moe_layers(&t->dims) / moe->K);
}

static void write_architecture(const Trainer *t, JsonOut *j) {
    static const struct {
        const char *class, *type;
    } NAMES[] = {[LLAMA] = {"LlamaForCausalLM", "llama"},
                 [QWEN3] = {"Qwen3ForCausalLM", "qwen3"},
                 [MIXTRAL] = {"MixtralForCausalLM", "mixtral"},
                 [QWEN3_MOE] = {"Qwen3MoeForCausalLM", "qwen3_moe"},
                 [OURS] = {NULL, "tinyscale"}};
    const Dims *d = &t->dims;
    const Architecture as = architecture_of(d);
    json_begin(j, NULL, '{');
    json_put_string(j, "crc32", "00000000");
    json_begin(j, "architectures", '[');
    // the names of tensors are public ones all the same, the loader must be one's own
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
    if (moe_layers(d)) write_experts(t, j);
    json_put_number(j, "rms_norm_eps", RMSNORM_EPS);
    json_put_number(j, "rope_theta", ROPE_THETA);
    json_put_bool(j, "tie_word_embeddings", d->tied);
    json_put_bool(j, "attention_bias", false);
    json_put_bool(j, "mlp_bias", false);
    json_put_string(j, "torch_dtype", sizeof(real) == 4 ? "float32" : "float64");
    json_end(j);
}

static Status save_architecture(const Trainer *t, const char *path, Err *err) {
    JsonOut j = json_out(0);
    write_architecture(t, &j);
    crc_seal_inside(j.text.s, j.text.size);
    const Status status = file_write(path, j.text.s, j.text.size, err);
    text_close(&j.text);
    return status;
}

Status checkpoint_save(const Trainer *t, const char *run_dir, Err *err) {
    char dir[4096], model[4096], next[4096], optimizer[4096], architecture[4096], step_text[24];
    TRY(path_in(run_dir, "", dir, err));
    TRY(path_in(run_dir, "model.safetensors", model, err));
    TRY(path_in(run_dir, "model.next.safetensors", next, err));
    TRY(path_in(run_dir, "optimizer.safetensors", optimizer, err));
    TRY(path_in(run_dir, "config.json", architecture, err));
    snprintf(step_text, sizeof step_text, "%llu", (unsigned long long)t->tally.step);
    const Meta step = {"step", step_text};
    TRY(dir_make(dir, err));
    if (!file_exists(architecture)) TRY(save_architecture(t, architecture, err));
    TRY(save_model(t, next, &step, err));
    TRY(save_optimizer(t, optimizer, &step, err));
    if (rename(next, model) != 0)
        FAIL(err, E_IO, "%s: cannot be renamed: %s", next, strerror(errno));
    return OK;
}

bool checkpoint_exists(const char *run_dir) {
    char path[4096];
    Err err;
    return path_in(run_dir, "optimizer.safetensors", path, &err) == OK && file_exists(path);
}

static Status load_loads(Trainer *t, const SafeTensors *s, Err *err) {
    const char *text = safetensors_meta(s, "logged_load");
    for (size_t i = 0; i < loads(&t->dims); i++) {
        char *end = NULL;
        if (text) t->routed.load[i] = strtod(text, &end);
        if (end == text)
            FAIL(err, E_FORMAT, "%s: metadata lacks the number %zu of 'logged_load'", s->path,
                 i + 1);
        text = end;
    }
    return OK;
}

static Status load_optimizer(Trainer *t, const SafeTensors *s, Err *err) {
    const char *step = safetensors_meta(s, "step");
    const int n = (int)t->adamw.n;
    const real *m, *v;
    TRY(safetensors_get(s, "exp_avg", 0, n, &m, err));
    TRY(safetensors_get(s, "exp_avg_sq", 0, n, &v, err));
    memcpy(t->adamw.m, m, t->adamw.n * sizeof(real));
    memcpy(t->adamw.v, v, t->adamw.n * sizeof(real));
    t->tally.step = step ? strtoull(step, NULL, 10) : 0;
    for (size_t i = 0; i < tally_size(&t->dims); i++) {
        const char *text = safetensors_meta(s, TALLY[i].key);
        double *value = (double *)((char *)t + TALLY[i].offset);
        if (!text || !real_from_text(text, value))
            FAIL(err, E_FORMAT, "%s: metadata lacks the number '%s'", s->path, TALLY[i].key);
    }
    return load_loads(t, s, err);
}

static Status load_model(Trainer *t, const SafeTensors *s, Arena *arena, Err *err) {
    const Dims *d = &t->dims;
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    size_t n;
    const Export *exports = exports_of(d, table, arena, &n);
    for (size_t i = 0; i < n; i++) {
        const Export *e = &exports[i];
        const real *flat;
        TRY(safetensors_get(s, e->name, e->rows, e->cols, &flat, err));
        copy_export(e, &table[e->tensor], t->model.storage, (real *)(uintptr_t)flat, false);
    }
    return OK;
}

static bool same_step(const SafeTensors *a, const SafeTensors *b) {
    const char *x = safetensors_meta(a, "step"), *y = safetensors_meta(b, "step");
    return x && y && strcmp(x, y) == 0;
}

/* The model that belongs to this optimizer; a rename that was cut off is finished. */
static Status open_model(const SafeTensors *optimizer, const char *run_dir, Arena *arena,
                         SafeTensors *out, Err *err) {
    char model[4096], next[4096];
    TRY(path_in(run_dir, "model.safetensors", model, err));
    TRY(path_in(run_dir, "model.next.safetensors", next, err));
    if (file_exists(next) && safetensors_open(arena, next, out, err) == OK) {
        const bool belongs = same_step(out, optimizer);
        safetensors_close(out);
        if (belongs && rename(next, model) != 0)
            FAIL(err, E_IO, "%s: cannot be renamed: %s", next, strerror(errno));
    }
    TRY(safetensors_open(arena, model, out, err));
    if (same_step(out, optimizer)) return OK;
    safetensors_close(out);
    FAIL(err, E_FORMAT, "%s and %s are of different steps", model, optimizer->path);
}

static Status load_pair(Trainer *t, const SafeTensors *optimizer, const char *run_dir, Arena *arena,
                        Err *err) {
    SafeTensors model;
    TRY(load_optimizer(t, optimizer, err));
    TRY(open_model(optimizer, run_dir, arena, &model, err));
    const Status status = load_model(t, &model, arena, err);
    safetensors_close(&model);
    if (status != OK) return status;
    const real *normf; // as trained, before the logit scale was folded in
    TRY(safetensors_get(optimizer, "final_norm", 0, t->dims.C, &normf, err));
    memcpy(t->model.params.normf, normf, (size_t)t->dims.C * sizeof(real));
    return OK;
}

/* Other programs trust it: damage is said here, before they meet it. The next save writes a missing
 * one. */
static Status check_architecture(const char *run_dir, Arena *arena, Err *err) {
    char path[4096];
    Bytes file;
    TRY(path_in(run_dir, "config.json", path, err));
    if (!file_exists(path)) return OK;
    TRY(file_read(arena, path, &file, err));
    return crc_check_inside(path, file.data, file.size, err);
}

Status checkpoint_load(Trainer *t, const char *run_dir, Err *err) {
    char path[4096];
    TRY(path_in(run_dir, "optimizer.safetensors", path, err));
    Arena *arena = arena_open();
    SafeTensors optimizer;
    Status status = check_architecture(run_dir, arena, err);
    if (status == OK) status = safetensors_open(arena, path, &optimizer, err);
    if (status == OK) {
        status = load_pair(t, &optimizer, run_dir, arena, err);
        safetensors_close(&optimizer);
    }
    arena_close(arena);
    return status;
}
