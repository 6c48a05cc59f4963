/* checkpoint.c: a run saved and taken up again: which files belong together, and how the
 * optimizer's state and the tally are written.
 */
#include "train/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/crc.h"
#include "base/file.h"
#include "base/numbers.h"
#include "train/export.h"
#include "train/run_dir.h"
#include "train/safetensors.h"

static Status path_in(const char *run_dir, const char *name, char out[4096], Err *err) {
    if (snprintf(out, 4096, "%s/checkpoint/%s", run_dir, name) >= 4096)
        FAIL(err, E_IO, "%s: path too long", run_dir);
    return OK;
}

// clang-format off
#define AT(member) offsetof(Trainer, member)
static const struct { const char *key; size_t offset; } TALLY[] = {
    {"tail_loss", AT(tally.tail_loss)}, {"tail_n", AT(tally.tail_n)},
    {"logged_loss", AT(tally.logged_loss)}, {"logged_n", AT(tally.logged_n)},
    {"clipped", AT(tally.clipped)}, {"wall_s", AT(tally.wall_s)}, {"cpu_s", AT(tally.cpu_s)},
    {"cpu_paths", AT(tally.cpu_paths)},
    // models with experts only:
    {"routed", AT(tally.routed)}, {"dropped", AT(tally.dropped)},
    {"logged_routed", AT(routed.tokens)}, {"logged_dropped", AT(routed.dropped)},
    {"logged_entropy", AT(routed.entropy)}, {"logged_aux", AT(routed.aux)}, {"logged_z", AT(routed.z)},
};
enum { DENSE_TALLY = 8 }; // rows that a dense model has, the first ones
// clang-format on

static size_t tally_size(const Dims *d) {
    return moe_layers(d) ? COUNT_OF(TALLY) : DENSE_TALLY;
}

static size_t loads(const Dims *d) {
    return (size_t)(moe_layers(d) * d->moe.E);
}

static Status save_optimizer(const Trainer *t, const char *path, const SafeTensorMeta *step,
                             Err *err) {
    char values[COUNT_OF(TALLY)][32];
    char branched_at[24];
    SafeTensorMeta meta[5 + COUNT_OF(TALLY)] = {*step, {"run", t->id}};
    size_t n_meta = 2;
    if (t->branch.step > 0) {
        snprintf(branched_at, sizeof branched_at, "%llu", (unsigned long long)t->branch.step);
        meta[n_meta++] = (SafeTensorMeta){"branched_from", t->branch.from};
        meta[n_meta++] = (SafeTensorMeta){"branched_at", branched_at};
    }
    for (size_t i = 0; i < tally_size(&t->dims); i++) {
        const double value = *(const double *)((const char *)t + TALLY[i].offset);
        meta[n_meta++] = (SafeTensorMeta){TALLY[i].key, real_to_text(values[i], value)};
    }
    Text load = {0}; // as text: a float tensor may not hold such large whole numbers
    for (size_t i = 0; i < loads(&t->dims); i++) text_add(&load, "%.0f ", t->routed.load[i]);
    if (load.size) meta[n_meta++] = (SafeTensorMeta){"logged_load", load.s};
    const int n = (int)t->adamw.n;
    const SafeTensor tensors[] = {{"exp_avg", 0, n, t->adamw.m},
                                  {"exp_avg_sq", 0, n, t->adamw.v},
                                  {"final_norm", 0, t->dims.C, t->model.params.normf}};
    const Status status = safetensors_write(path, tensors, COUNT_OF(tensors), meta, n_meta, err);
    text_close(&load);
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
    const SafeTensorMeta step = {"step", step_text};
    TRY(dir_make(dir, err));
    if (!file_exists(architecture))
        TRY(export_config_save(&t->dims, t->config.aux_loss, architecture, err));
    TRY(export_save(&t->model, next, &step, err));
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

/* Read where the run that was saved had come from; only one that is a branch says so. */
static void load_branch(Trainer *t, const SafeTensors *s) {
    const char *from = safetensors_meta(s, "branched_from"),
               *at = safetensors_meta(s, "branched_at");
    t->branch = (TrainerBranch){.step = from && at ? strtoull(at, NULL, 10) : 0};
    if (t->branch.step > 0) snprintf(t->branch.from, sizeof t->branch.from, "%s", from);
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
    load_branch(t, s);
    for (size_t i = 0; i < tally_size(&t->dims); i++) {
        const char *text = safetensors_meta(s, TALLY[i].key);
        double *value = (double *)((char *)t + TALLY[i].offset);
        if (!text || !real_from_text(text, value))
            FAIL(err, E_FORMAT, "%s: metadata lacks the number '%s'", s->path, TALLY[i].key);
    }
    return load_loads(t, s, err);
}

/* What the optimizer's file says of the model's file beside it. */
typedef struct {
    const char *path;
    char step[24];
    real *normf; // (C) last norm's gain as trained, before the logit scale was folded in
} Mate;

/* Copy the step that a file names, or "" when it names none. */
static void step_of(const SafeTensors *s, char out[24]) {
    const char *step = safetensors_meta(s, "step");
    snprintf(out, 24, "%s", step ? step : "");
}

static bool belongs_to(const SafeTensors *model, const Mate *mate) {
    char step[24];
    step_of(model, step);
    return *step && strcmp(step, mate->step) == 0;
}

/* Read the optimizer's file. t is the trainer whose moments and tally are filled, or NULL. */
static Status read_mate(Mate *mate, Trainer *t, const SafeTensors *s, int C, Err *err) {
    const real *normf;
    step_of(s, mate->step);
    TRY(safetensors_get(s, "final_norm", 0, C, &normf, err));
    memcpy(mate->normf, normf, (size_t)C * sizeof(real));
    return t ? load_optimizer(t, s, err) : OK;
}

/* Open the optimizer's file, read it and close it, so that its bytes are gone before those of the
 * model are read. */
static Status open_mate(Mate *mate, Trainer *t, const char *path, int C, Arena *arena, Err *err) {
    SafeTensors optimizer;
    Arena *bytes = arena_open();
    *mate = (Mate){.path = path, .normf = ARENA_ARRAY(arena, real, C)};
    Status status = safetensors_open(bytes, path, &optimizer, err);
    if (status == OK) {
        status = read_mate(mate, t, &optimizer, C, err);
        safetensors_close(&optimizer);
    }
    arena_close(bytes);
    return status;
}

/* Open the model that belongs to this optimizer. A rename that was cut off is finished first. */
static Status open_model(const Mate *mate, const char *run_dir, Arena *arena, SafeTensors *out,
                         Err *err) {
    char model[4096], next[4096];
    TRY(path_in(run_dir, "model.safetensors", model, err));
    TRY(path_in(run_dir, "model.next.safetensors", next, err));
    if (file_exists(next) && safetensors_open(arena, next, out, err) == OK) {
        const bool belongs = belongs_to(out, mate);
        safetensors_close(out);
        if (belongs && rename(next, model) != 0)
            FAIL(err, E_IO, "%s: cannot be renamed: %s", next, strerror(errno));
    }
    TRY(safetensors_open(arena, model, out, err));
    if (belongs_to(out, mate)) return OK;
    safetensors_close(out);
    FAIL(err, E_FORMAT, "%s and %s are of different steps", model, mate->path);
}

/* Check config.json for damage, because other programs trust it. A missing one is fine: the next
 * save writes it. */
static Status check_architecture(const char *run_dir, Arena *arena, Err *err) {
    char path[4096];
    Bytes file;
    TRY(path_in(run_dir, "config.json", path, err));
    if (!file_exists(path)) return OK;
    TRY(file_read(arena, path, &file, err));
    return crc_check_inside(path, file.data, file.size, err);
}

static Status load_files(Model *m, Trainer *t, const char *run_dir, Arena *arena, Err *err) {
    char path[4096];
    Mate mate;
    SafeTensors model;
    TRY(path_in(run_dir, "optimizer.safetensors", path, err));
    TRY(check_architecture(run_dir, arena, err));
    TRY(open_mate(&mate, t, path, m->d.C, arena, err));
    TRY(open_model(&mate, run_dir, arena, &model, err));
    const Status status = export_load(m, &model, err);
    safetensors_close(&model);
    if (status == OK) memcpy(m->params.normf, mate.normf, (size_t)m->d.C * sizeof(real));
    return status;
}

static Status load(Model *m, Trainer *t, const char *run_dir, Err *err) {
    Arena *arena = arena_open();
    const Status status = load_files(m, t, run_dir, arena, err);
    arena_close(arena);
    return status;
}

Status checkpoint_load(Trainer *t, const char *run_dir, Err *err) {
    return load(&t->model, t, run_dir, err);
}

Status checkpoint_run(const char *run_dir, char id[13], uint64_t *step, Err *err) {
    char path[4096];
    SafeTensors s;
    TRY(path_in(run_dir, "optimizer.safetensors", path, err));
    Arena *arena = arena_open();
    const Status status = safetensors_open(arena, path, &s, err);
    if (status == OK) {
        const char *run = safetensors_meta(&s, "run"), *at = safetensors_meta(&s, "step");
        snprintf(id, 13, "%s", run ? run : "");
        *step = at ? strtoull(at, NULL, 10) : 0;
        safetensors_close(&s);
    }
    arena_close(arena);
    return status;
}

Status checkpoint_open(const char *run_dir, int vocab, Arena *arena, RunConfig *config, Model *m,
                       Err *err) {
    TRY(run_dir_config(run_dir, arena, config, err));
    const Dims d = run_config_dims(config, vocab);
    TRY(model_init(m, &d, arena, err));
    return load(m, NULL, run_dir, err);
}
