/* spec_runs.c: from a spec that has been read to its runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "model/counts.h"
#include "sweep/spec.h"
#include "sweep/spec_json.h"
#include "train/branch.h"

enum { MAX_AXES = 16, MAX_RUNS = 10000 };

/* A run being put together. The config stands first, so that rows of RUN_FIELDS fit a draft as
 * well. */
typedef struct {
    RunConfig config;
    uint64_t flops; // 0: tokens are given
    bool own_lr;    // it names its learning rate, and nothing of it is tuned
    bool own_batch; // it names its batch
} Draft;
_Static_assert(offsetof(Draft, config) == 0, "rows of RUN_FIELDS are applied to drafts");

static const Field FLOPS_FIELD = {"flops",
                                  FIELD_COUNT,
                                  offsetof(Draft, flops),
                                  1,
                                  1e19,
                                  NULL,
                                  "FLOP",
                                  "training budget, instead of tokens"};

typedef struct {
    const Field *field;
    const Json *values;
    size_t n;
} Axis;

typedef struct {
    const Spec *spec;
    Arena *arena;
    int vocab;
    uint64_t corpus_hash;
    SpecRun *runs;
    size_t n, capacity, n_merged;
    const SpecRun *open; // (n_open) all runs as they are before the rule gives them their rates
    size_t n_open;
} Unfolding;

static uint64_t cell_seed(const RunConfig *config, SpecSeeding seeding) {
    RunConfig cell = *config;
    if (seeding == SEEDING_TRUNK) cell.tokens = 0;
    cell.lr = 0;
    cell.seed = 0;
    return config->seed + 1000 * (spec_fields_hash(&RUN_FIELDS, &cell) % 1000000000);
}

static void trunk_id(const RunConfig *config, char out[13]) {
    RunConfig trunk = *config;
    trunk.tokens = 0;
    const unsigned long long hash = spec_fields_hash(&RUN_FIELDS, &trunk);
    snprintf(out, 13, "%012llx", hash >> 16);
}

static Status tokens_from_flops(const Unfolding *u, Draft *d, Err *err) {
    RunConfig *c = &d->config;
    c->tokens = c->batch_tok * 1000000000; // long enough for any warm-up
    TRY(run_config_check(c, err));
    const Dims dims = run_config_dims(c, u->vocab);
    const double batches =
        (double)d->flops / count_train_flops_per_token(&dims) / (double)c->batch_tok;
    if (batches < 0.5)
        FAIL(err, E_USAGE,
             "a budget of %.3g FLOPs is less than one batch of %llu tokens at this size",
             (double)d->flops, (unsigned long long)c->batch_tok);
    c->tokens = (uint64_t)llround(batches) * c->batch_tok;
    return OK;
}

Status spec_run_of(const Spec *s, const RunConfig *config, uint64_t corpus_hash, SpecRun *out,
                   Err *err) {
    RunConfig c = *config;
    c.data = s->data;
    if (s->seeding != SEEDING_SHARED) {
        if (c.seed > 999)
            FAIL(err, E_USAGE, "seed %llu: with \"%s\" seeding a replicate's seed is 0 to 999",
                 (unsigned long long)c.seed, s->seeding == SEEDING_TRUNK ? "trunk" : "independent");
        c.seed = cell_seed(&c, s->seeding);
    }
    out->config = c;
    run_config_id(&c, corpus_hash, out->id);
    trunk_id(&c, out->trunk);
    return OK;
}

void spec_run_at_lr(const SpecRun *run, double lr, uint64_t corpus_hash, SpecRun *out) {
    *out = *run;
    out->tuning = true;
    out->hero = false;
    out->config.lr = lr;
    run_config_id(&out->config, corpus_hash, out->id);
    trunk_id(&out->config, out->trunk);
}

const char *spec_run_role(const SpecRun *run) {
    return run->hero ? "hero" : run->tuning ? "tuning" : "grid";
}

/* Return the tokens at which the rule is asked for a run's rate: its own, or the geometric middle
 * of those that share its trunk, of the grid's where there are some. With "trunks": false as well,
 * which must change no bit of a run. */
static double rule_tokens(const Unfolding *u, const SpecRun *run) {
    double lo[2] = {INFINITY, INFINITY}, hi[2] = {0, 0}; // of the grid, of heroes
    RunConfig longer = run->config;
    longer.tokens *= 2;
    if (u->spec->seeding == SEEDING_INDEPENDENT || branch_shared(&run->config, &longer) == 0)
        return (double)run->config.tokens;
    for (size_t i = 0; i < u->n_open; i++) {
        const SpecRun *other = &u->open[i];
        if (other->tuning || strcmp(other->trunk, run->trunk) != 0) continue;
        lo[other->hero] = fmin(lo[other->hero], (double)other->config.tokens);
        hi[other->hero] = fmax(hi[other->hero], (double)other->config.tokens);
    }
    const int which = hi[0] > 0 ? 0 : 1;
    return sqrt(lo[which] * hi[which]);
}

static void apply_rules(const Unfolding *u, Draft *d, const SpecRun *run) {
    RunConfig *c = &d->config;
    const Spec *s = u->spec;
    const Dims dims = run_config_dims(c, u->vocab);
    const double params = (double)count_params(&dims).total, tokens = rule_tokens(u, run);
    if (s->batch_rule && !d->own_batch)
        c->batch_tok =
            (uint64_t)tune_round_batch(exp(tune_rule_ln(s->batch_rule, params, tokens, 1)),
                                       (double)s->base.batch_tok, (double)c->lanes * c->ctx);
    c->lr = tune_round(exp(tune_rule_ln(s->rule, params, tokens, (double)c->batch_tok)));
}

static Status finish(const Unfolding *u, Draft *d, SpecRun *run, Err *err) {
    d->config.data = u->spec->data;
    if (d->flops > 0) TRY(tokens_from_flops(u, d, err));
    TRY(run_config_check(&d->config, err));
    TRY(spec_run_of(u->spec, &d->config, u->corpus_hash, run, err));
    run->tuned = u->spec->tune.at && !d->own_lr;
    run->open = run->tuned && !u->n_open;
    if (!run->tuned || run->open) return OK;
    apply_rules(u, d, run);
    TRY(run_config_check(&d->config, err));
    return spec_run_of(u->spec, &d->config, u->corpus_hash, run, err);
}

/* Take the tuning run out that is now one of the grid. */
static void take_out(Unfolding *u, size_t i) {
    memmove(&u->runs[i], &u->runs[i + 1], (u->n - i - 1) * sizeof *u->runs);
    u->n--;
}

static Status append(Unfolding *u, const SpecRun *run, Err *err) {
    if (u->n == MAX_RUNS) FAIL(err, E_USAGE, "%s: more than %d runs", u->spec->path, MAX_RUNS);
    if (u->n == u->capacity) {
        u->capacity = u->capacity ? 2 * u->capacity : 64;
        SpecRun *runs = ARENA_ARRAY(u->arena, SpecRun, u->capacity);
        if (u->n > 0) memcpy(runs, u->runs, u->n * sizeof *runs);
        u->runs = runs;
    }
    u->runs[u->n++] = *run;
    return OK;
}

static Status add_run(Unfolding *u, Draft draft, bool hero, const char *where, Err *err) {
    SpecRun run = {.hero = hero, .where = where};
    if (finish(u, &draft, &run, err) != OK) return err_prefix(err, "%s", where);
    for (size_t i = 0; i < u->n; i++) {
        if (strcmp(u->runs[i].id, run.id) != 0 || u->runs[i].tuning != run.tuning) continue;
        if (hero && !u->runs[i].hero)
            FAIL(err, E_USAGE,
                 "%s: is a run of the grid too; a hero must be a run that the fit has not seen",
                 where);
        u->n_merged++;
        return OK;
    }
    for (size_t i = 0; i < u->n && !run.open; i++)
        if (u->runs[i].tuning && strcmp(u->runs[i].id, run.id) == 0) {
            take_out(u, i);
            break;
        }
    return append(u, &run, err);
}

static Status find_field(const Spec *s, const Json *v, const Field **out, Err *err) {
    const char *key = json_key(v);
    *out = strcmp(key, FLOPS_FIELD.name) == 0 ? &FLOPS_FIELD : field_find(&RUN_FIELDS, key);
    return *out ? OK : spec_unknown_key(s->doc, v, field_suggest(&RUN_FIELDS, key), err);
}

static Status not_both(const Spec *s, const Json *object, Err *err) {
    char where[256];
    if (!json_get(object, "tokens") || !json_get(object, "flops")) return OK;
    FAIL(err, E_USAGE, "%s: has both tokens and flops; one follows from the other",
         json_path(s->doc, object, where, sizeof where));
}

/* Check the values of an axis, or the seeds. One that is there twice would be merged away in
 * silence, and is a slip of its author. */
static Status check_values(const Spec *s, Arena *arena, const Field *field, const Json *array,
                           Err *err) {
    char where[256], text[64];
    const size_t n = json_size(array);
    json_path(s->doc, array, where, sizeof where);
    if (n == 0) FAIL(err, E_USAGE, "%s: needs at least one value", where);
    if (n > MAX_RUNS) FAIL(err, E_USAGE, "%s: more than %d values", where, MAX_RUNS);
    const char **seen = ARENA_ARRAY(arena, const char *, n);
    Draft draft = {.config = s->base};
    size_t i = 0;
    for (const Json *v = json_first(array); v; v = json_next(v), i++) {
        TRY(field_from_json(field, &draft, arena, s->doc, v, err));
        seen[i] = arena_strdup(arena, field_to_text(field, &draft, text, sizeof text));
        for (size_t k = 0; k < i; k++)
            if (strcmp(seen[k], seen[i]) == 0)
                FAIL(err, E_USAGE, "%s[%zu]: %s stands there already, at [%zu]", where, i, seen[i],
                     k);
    }
    return OK;
}

static Status check_seeds(const Spec *s, Arena *arena, Err *err) {
    const Json *seeds = json_get(json_root(s->doc), "seeds");
    if (!seeds) return OK;
    TRY(spec_need_kind(s->doc, seeds, JSON_ARRAY, err));
    return check_values(s, arena, field_find(&RUN_FIELDS, "seed"), seeds, err);
}

static Status read_axes(const Spec *s, Arena *arena, const Json *object, Axis axes[MAX_AXES],
                        size_t *n, Err *err) {
    TRY(spec_need_kind(s->doc, object, JSON_OBJECT, err));
    TRY(not_both(s, object, err));
    *n = 0;
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        if (*n == MAX_AXES) FAIL(err, E_USAGE, "%s: axes: more than %d", s->path, MAX_AXES);
        Axis *axis = &axes[(*n)++];
        TRY(find_field(s, v, &axis->field, err));
        if (strcmp(axis->field->name, "seed") == 0)
            FAIL(err, E_USAGE, "%s: axes.seed: give \"seeds\" instead", s->path);
        if (s->tune.at && object != s->tune.at &&
            (strcmp(axis->field->name, "lr") == 0 ||
             (s->tune.batch && strcmp(axis->field->name, "batch_tok") == 0)))
            FAIL(err, E_USAGE, "%s: axes.%s: \"tune\" chooses it; leave out one of the two",
                 s->path, axis->field->name);
        TRY(spec_need_kind(s->doc, v, JSON_ARRAY, err));
        TRY(check_values(s, arena, axis->field, v, err));
        *axis = (Axis){axis->field, v, json_size(v)};
    }
    return OK;
}

static const Json *nth(const Json *array, size_t i) {
    const Json *v = json_first(array);
    while (i-- > 0) v = json_next(v);
    return v;
}

/* Add the replicates of one draft. Without "seeds" the draft's own seed is the only one. */
static Status add_replicates(Unfolding *u, Draft draft, const char *where, Err *err) {
    const Spec *s = u->spec;
    const Json *seeds = json_get(json_root(s->doc), "seeds");
    if (!seeds) return add_run(u, draft, false, where, err);
    for (const Json *v = json_first(seeds); v; v = json_next(v)) {
        TRY(field_from_json(field_find(&RUN_FIELDS, "seed"), &draft.config, u->arena, s->doc, v,
                            err));
        TRY(add_run(u, draft, false, where, err));
    }
    return OK;
}

/* Make the draft of one combination of the axes, the last axis fastest. */
static Status draft_cell(const Spec *s, Arena *arena, const Axis *axes, size_t n_axes, size_t index,
                         Draft *out, Err *err) {
    *out = (Draft){.config = s->base};
    for (size_t a = n_axes; a-- > 0; index /= axes[a].n)
        TRY(field_from_json(axes[a].field, out, arena, s->doc,
                            nth(axes[a].values, index % axes[a].n), err));
    return OK;
}

/* Name a combination by its values: "SPEC: axes: run with d_model 16, tokens 250000". */
static const char *cell_name(const Spec *s, Arena *arena, const Axis *axes, size_t n_axes,
                             const Draft *draft) {
    char label[256] = "", value[64];
    size_t used = 0;
    for (size_t a = 0; a < n_axes && used < sizeof label; a++)
        used += (size_t)snprintf(label + used, sizeof label - used, "%s%s %s", a ? ", " : "",
                                 axes[a].field->name,
                                 field_to_text(axes[a].field, draft, value, sizeof value));
    return arena_printf(arena, "%s: axes: run with %s", s->path, label);
}

/* Read the axes, and count their combinations; no axes have none. */
static Status open_axes(const Spec *s, Arena *arena, const Json *object, Axis axes[MAX_AXES],
                        size_t *n_axes, size_t *n, Err *err) {
    TRY(read_axes(s, arena, object, axes, n_axes, err));
    *n = *n_axes > 0;
    for (size_t a = 0; a < *n_axes; a++) {
        *n *= axes[a].n;
        if (*n > MAX_RUNS)
            FAIL(err, E_USAGE, "%s: axes: more than %d combinations", s->path, MAX_RUNS);
    }
    return OK;
}

Status spec_cells(const Spec *s, Arena *arena, int vocab, const Json *object, RunConfig **out,
                  size_t *n, Err *err) {
    const Unfolding u = {.spec = s, .arena = arena, .vocab = vocab};
    Axis axes[MAX_AXES];
    size_t n_axes;
    TRY(open_axes(s, arena, object, axes, &n_axes, n, err));
    if (*n == 0) FAIL(err, E_USAGE, "%s: tune.lr.at: needs at least one axis", s->path);
    *out = ARENA_ARRAY(arena, RunConfig, *n);
    for (size_t i = 0; i < *n; i++) {
        Draft d;
        TRY(draft_cell(s, arena, axes, n_axes, i, &d, err));
        d.config.data = s->data;
        Status status = d.flops > 0 ? tokens_from_flops(&u, &d, err) : OK;
        if (status == OK) status = run_config_check(&d.config, err);
        if (status != OK) return err_prefix(err, "%s", cell_name(s, arena, axes, n_axes, &d));
        (*out)[i] = d.config;
    }
    return OK;
}

static Status add_grid(Unfolding *u, Err *err) {
    const Json *object = json_get(json_root(u->spec->doc), "axes");
    if (!object) return OK;
    Axis axes[MAX_AXES];
    size_t n_axes, n;
    TRY(open_axes(u->spec, u->arena, object, axes, &n_axes, &n, err));
    for (size_t i = 0; i < n; i++) {
        Draft draft;
        TRY(draft_cell(u->spec, u->arena, axes, n_axes, i, &draft, err));
        TRY(add_replicates(u, draft, cell_name(u->spec, u->arena, axes, n_axes, &draft), err));
    }
    return OK;
}

/* Add the base with the changes of one object of "runs" or "hero". A run that names its own seed is
 * not replicated. */
static Status add_single(Unfolding *u, const Json *object, bool hero, Err *err) {
    const Spec *s = u->spec;
    char place[256];
    TRY(spec_need_kind(s->doc, object, JSON_OBJECT, err));
    TRY(not_both(s, object, err));
    Draft draft = {.config = s->base};
    const Json *seeds = json_get(json_root(s->doc), "seeds");
    if (hero && seeds)
        TRY(field_from_json(field_find(&RUN_FIELDS, "seed"), &draft, u->arena, s->doc,
                            json_first(seeds), err));
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        const Field *field = NULL;
        TRY(find_field(s, v, &field, err));
        TRY(field_from_json(field, &draft, u->arena, s->doc, v, err));
    }
    draft.own_lr = json_get(object, "lr") != NULL;
    draft.own_batch = json_get(object, "batch_tok") != NULL;
    const char *where = arena_strdup(u->arena, json_path(s->doc, object, place, sizeof place));
    if (hero || json_get(object, "seed")) return add_run(u, draft, hero, where, err);
    return add_replicates(u, draft, where, err);
}

static Status add_singles(Unfolding *u, const char *key, bool hero, Err *err) {
    const Json *v = json_get(json_root(u->spec->doc), key);
    if (!v) return OK;
    if (hero && json_kind(v) == JSON_OBJECT) return add_single(u, v, hero, err);
    TRY(spec_need_kind(u->spec->doc, v, JSON_ARRAY, err));
    for (const Json *object = json_first(v); object; object = json_next(object))
        TRY(add_single(u, object, hero, err));
    return OK;
}

/* Add all runs; those that find the learning rate first. */
static Status add_all(Unfolding *u, Err *err) {
    const Spec *s = u->spec;
    for (size_t i = 0; i < s->n_tuning; i++) TRY(append(u, &s->tuning[i], err));
    TRY(add_grid(u, err));
    TRY(add_singles(u, "runs", false, err));
    if (u->n == 0 || u->runs[u->n - 1].tuning)
        FAIL(err, E_USAGE, "%s: plans no run; give \"axes\" or \"runs\"", s->path);
    return add_singles(u, "hero", true, err);
}

Status spec_runs(const Spec *s, Arena *arena, int vocab, uint64_t corpus_hash, SpecRun **out,
                 size_t *n, size_t *n_merged, Err *err) {
    Unfolding u = {.spec = s, .arena = arena, .vocab = vocab, .corpus_hash = corpus_hash};
    TRY(check_seeds(s, arena, err));
    TRY(add_all(&u, err));
    if (s->rule) { // once more, now that each run can be seen beside those of its trunk
        u = (Unfolding){.spec = s,
                        .arena = arena,
                        .vocab = vocab,
                        .corpus_hash = corpus_hash,
                        .open = u.runs,
                        .n_open = u.n};
        TRY(add_all(&u, err));
    }
    *out = u.runs;
    *n = u.n;
    *n_merged = u.n_merged;
    return OK;
}
