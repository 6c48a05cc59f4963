/* checkpoint.c: see checkpoint.h for the files and their order of appearance. */
#include "train/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/rmsnorm.h"
#include "model/rope.h"
#include "train/safetensors.h"

// clang-format off
typedef enum { ALWAYS, IF_SWIGLU, IF_QK_NORM, IF_UNTIED } When;
static const struct {
    const char *name; // with the layer's number
    ParamId tensor;
    int part, parts;  // which of `parts` equal slices of the columns
    bool matrix, per_layer;
    When when;
} EXPORTS[] = {
    {"model.embed_tokens.weight",                      PARAM_embed, 0, 1, true,  false, ALWAYS},
    {"model.layers.%d.input_layernorm.weight",         PARAM_norm1, 0, 1, false, true,  ALWAYS},
    {"model.layers.%d.self_attn.q_proj.weight",        PARAM_wqkv,  0, 3, true,  true,  ALWAYS},
    {"model.layers.%d.self_attn.k_proj.weight",        PARAM_wqkv,  1, 3, true,  true,  ALWAYS},
    {"model.layers.%d.self_attn.v_proj.weight",        PARAM_wqkv,  2, 3, true,  true,  ALWAYS},
    {"model.layers.%d.self_attn.q_norm.weight",        PARAM_qnorm, 0, 1, false, true,  IF_QK_NORM},
    {"model.layers.%d.self_attn.k_norm.weight",        PARAM_knorm, 0, 1, false, true,  IF_QK_NORM},
    {"model.layers.%d.self_attn.o_proj.weight",        PARAM_wo,    0, 1, true,  true,  ALWAYS},
    {"model.layers.%d.post_attention_layernorm.weight", PARAM_norm2, 0, 1, false, true, ALWAYS},
    {"model.layers.%d.mlp.gate_proj.weight",           PARAM_w1,    0, 2, true,  true,  IF_SWIGLU},
    {"model.layers.%d.mlp.up_proj.weight",             PARAM_w1,    1, 2, true,  true,  ALWAYS}, // gelu: all of w1
    {"model.layers.%d.mlp.down_proj.weight",           PARAM_w2,    0, 1, true,  true,  ALWAYS},
    {"model.norm.weight",                              PARAM_normf, 0, 1, false, false, ALWAYS},
    {"lm_head.weight",                                 PARAM_head,  0, 1, true,  false, IF_UNTIED},
};
// clang-format on

static bool applies(When when, const Dims *d) {
    switch (when) {
    case ALWAYS:
        return true;
    case IF_SWIGLU:
        return d->act == ACT_SWIGLU;
    case IF_QK_NORM:
        return d->qk_norm;
    case IF_UNTIED:
        return !d->tied;
    }
    BUG("no such condition");
}

static Export export_of(size_t row, int layer, const Dims *d, const ParamInfo *info) {
    const bool whole = EXPORTS[row].tensor == PARAM_w1 && d->act == ACT_GELU;
    const int parts = whole ? 1 : EXPORTS[row].parts, part = whole ? 0 : EXPORTS[row].part;
    const int cols = info->cols / parts;
    Export e = {.tensor = EXPORTS[row].tensor, .layer = layer, .from = part * cols, .cols = cols};
    // the embedding is [vocabulary, width] with both of us; matrices are [in, out] here, [out, in]
    // there
    e.transposed = EXPORTS[row].matrix && e.tensor != PARAM_embed;
    if (EXPORTS[row].matrix) e.rows = e.transposed ? cols : info->rows;
    if (e.transposed) e.cols = info->rows;
    char *brace = strstr(EXPORTS[row].name, "%d");
    if (brace)
        snprintf(e.name, sizeof e.name, "%.*s%d%s", (int)(brace - EXPORTS[row].name),
                 EXPORTS[row].name, layer, brace + 2);
    else
        snprintf(e.name, sizeof e.name, "%s", EXPORTS[row].name);
    return e;
}

int checkpoint_exports(const Dims *d, Export *out) {
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    int n = 0;
    for (size_t row = 0; row < COUNT_OF(EXPORTS);) {
        size_t end = row + 1; // rows of one layer stand together and are repeated for each layer
        if (EXPORTS[row].per_layer)
            while (end < COUNT_OF(EXPORTS) && EXPORTS[end].per_layer) end++;
        const int times = EXPORTS[row].per_layer ? d->L : 1;
        for (int layer = 0; layer < times; layer++)
            for (size_t i = row; i < end; i++)
                if (applies(EXPORTS[i].when, d))
                    out[n++] = export_of(i, layer, d, &table[EXPORTS[i].tensor]);
        row = end;
    }
    return n;
}

/* Move one exported tensor between the parameters and its flat copy. */
static void copy_export(const Export *e, const ParamInfo *info, real *storage, real *flat,
                        bool to_flat) {
    real *base =
        storage + info->offset + (size_t)e->layer * (size_t)info->rows * (size_t)info->cols;
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
    Export *exports = ARENA_ARRAY(arena, Export, 3 + MAX_EXPORTS_PER_LAYER * (size_t)d->L);
    const int n = checkpoint_exports(d, exports);
    Tensor *tensors = ARENA_ARRAY(arena, Tensor, (size_t)n);
    for (int i = 0; i < n; i++) {
        const Export *e = &exports[i];
        real *flat = ARENA_ARRAY(arena, real, (size_t)(e->rows ? e->rows : 1) * (size_t)e->cols);
        copy_export(e, &table[e->tensor], t->model.storage, flat, true);
        if (e->tensor == PARAM_normf) fold_logit_scale(d, flat);
        tensors[i] = (Tensor){e->name, e->rows, e->cols, flat};
    }
    const Status status = safetensors_write(path, tensors, (size_t)n, step, 1, err);
    arena_close(arena);
    return status;
}

// clang-format off
static const struct { const char *key; size_t offset; } TALLY[] = {
    {"tail_loss", offsetof(Tally, tail_loss)}, {"tail_n", offsetof(Tally, tail_n)},
    {"logged_loss", offsetof(Tally, logged_loss)}, {"logged_n", offsetof(Tally, logged_n)},
    {"clipped", offsetof(Tally, clipped)}, {"wall_s", offsetof(Tally, wall_s)}, {"cpu_s", offsetof(Tally, cpu_s)},
    {"cpu_paths", offsetof(Tally, paths)},
};
// clang-format on

static Status save_optimizer(const Trainer *t, const char *path, const Meta *step, Err *err) {
    char values[COUNT_OF(TALLY)][32];
    Meta meta[1 + COUNT_OF(TALLY)] = {*step};
    for (size_t i = 0; i < COUNT_OF(TALLY); i++) {
        const double value = *(const double *)((const char *)&t->tally + TALLY[i].offset);
        meta[1 + i] = (Meta){TALLY[i].key, real_to_text(values[i], value)};
    }
    const int n = (int)t->adamw.n;
    const Tensor tensors[] = {{"exp_avg", 0, n, t->adamw.m},
                              {"exp_avg_sq", 0, n, t->adamw.v},
                              {"final_norm", 0, t->dims.C, t->model.params.normf}};
    return safetensors_write(path, tensors, COUNT_OF(tensors), meta, COUNT_OF(meta), err);
}

static void write_architecture(const Trainer *t, JsonOut *j) {
    const Dims *d = &t->dims;
    const bool loads = d->act == ACT_SWIGLU;
    json_begin(j, NULL, '{');
    json_put_string(j, "crc32", "00000000");
    json_begin(j, "architectures", '[');
    // a plain GELU MLP in a Llama block has no public twin: the names are theirs, the loader must
    // be one's own
    if (loads) json_put_string(j, NULL, d->qk_norm ? "Qwen3ForCausalLM" : "LlamaForCausalLM");
    json_end(j);
    json_put_string(j, "model_type", loads ? d->qk_norm ? "qwen3" : "llama" : "tinyscale");
    json_put_string(j, "hidden_act", loads ? "silu" : "gelu_pytorch_tanh");
    json_put_bool(j, "gated_mlp", d->act == ACT_SWIGLU);
    json_put_bool(j, "qk_norm", d->qk_norm);
    const struct {
        const char *key;
        int value;
    } sizes[] = {{"hidden_size", d->C},         {"intermediate_size", d->F},
                 {"num_hidden_layers", d->L},   {"num_attention_heads", d->H},
                 {"num_key_value_heads", d->H}, {"head_dim", d->D},
                 {"vocab_size", d->V},          {"max_position_embeddings", d->T}};
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        json_put_count(j, sizes[i].key, (uint64_t)sizes[i].value);
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
    crc_seal(j.text.s, j.text.size);
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

static Status load_optimizer(Trainer *t, const SafeTensors *s, Err *err) {
    const char *step = safetensors_meta(s, "step");
    const int n = (int)t->adamw.n;
    const real *m, *v;
    TRY(safetensors_get(s, "exp_avg", 0, n, &m, err));
    TRY(safetensors_get(s, "exp_avg_sq", 0, n, &v, err));
    memcpy(t->adamw.m, m, t->adamw.n * sizeof(real));
    memcpy(t->adamw.v, v, t->adamw.n * sizeof(real));
    t->tally.step = step ? strtoull(step, NULL, 10) : 0;
    for (size_t i = 0; i < COUNT_OF(TALLY); i++) {
        const char *text = safetensors_meta(s, TALLY[i].key);
        double *value = (double *)((char *)&t->tally + TALLY[i].offset);
        if (!text || !real_from_text(text, value))
            FAIL(err, E_FORMAT, "%s: metadata lacks the number '%s'", s->path, TALLY[i].key);
    }
    return OK;
}

static Status load_model(Trainer *t, const SafeTensors *s, Arena *arena, Err *err) {
    const Dims *d = &t->dims;
    ParamInfo table[N_PARAMS];
    params_table(d, table);
    Export *exports = ARENA_ARRAY(arena, Export, 3 + MAX_EXPORTS_PER_LAYER * (size_t)d->L);
    const int n = checkpoint_exports(d, exports);
    for (int i = 0; i < n; i++) {
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
    return crc_check(path, file.data, file.size, err);
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
