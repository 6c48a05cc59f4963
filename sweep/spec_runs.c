/* spec_runs.c: from a spec that has been read to its runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "model/counts.h"
#include "sweep/spec.h"
#include "sweep/spec_json.h"

enum { MAX_AXES = 16, MAX_RUNS = 10000 };

/* A run being put together. The config stands first, so that rows of RUN_FIELDS fit a draft as
 * well. */
typedef struct {
    RunConfig config;
    uint64_t flops; // 0: tokens are given
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
} Unfolding;

static uint64_t config_hash(const RunConfig *config) {
    JsonOut j = json_out(0);
    json_begin(&j, NULL, '{');
    run_config_canonical(config, &j);
    json_end(&j);
    const uint64_t hash = hash_bytes(j.text.s, j.text.size, 0);
    text_close(&j.text);
    return hash;
}

static uint64_t cell_seed(const RunConfig *config, SpecSeeding seeding) {
    RunConfig cell = *config;
    if (seeding == SEEDING_TRUNK) cell.tokens = 0;
    cell.lr = 0;
    cell.seed = 0;
    cell.perturb = 0;
    return config->seed + 1000 * (config_hash(&cell) % 1000000000);
}

static void trunk_id(const RunConfig *config, char out[13]) {
    RunConfig trunk = *config;
    trunk.tokens = 0;
    trunk.perturb = 0;
    const unsigned long long hash = config_hash(&trunk);
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

static Status finish(const Unfolding *u, Draft *d, SpecRun *run, Err *err) {
    d->config.data = u->spec->data;
    if (d->flops > 0) TRY(tokens_from_flops(u, d, err));
    TRY(run_config_check(&d->config, err));
    if (u->spec->seeding != SEEDING_SHARED) {
        if (d->config.seed > 999)
            FAIL(err, E_USAGE, "seed %llu: with \"%s\" seeding a replicate's seed is 0 to 999",
                 (unsigned long long)d->config.seed,
                 u->spec->seeding == SEEDING_TRUNK ? "trunk" : "independent");
        d->config.seed = cell_seed(&d->config, u->spec->seeding);
    }
    run->config = d->config;
    run_config_id(&run->config, u->corpus_hash, run->id);
    trunk_id(&run->config, run->trunk);
    return OK;
}

static Status add_run(Unfolding *u, Draft draft, bool hero, const char *where, Err *err) {
    SpecRun run = {.hero = hero, .where = where};
    if (finish(u, &draft, &run, err) != OK) return err_prefix(err, "%s", where);
    for (size_t i = 0; i < u->n; i++) {
        if (strcmp(u->runs[i].id, run.id) != 0) continue;
        if (hero && !u->runs[i].hero)
            FAIL(err, E_USAGE,
                 "%s: is a run of the grid too; a hero must be a run that the fit has not seen",
                 where);
        u->n_merged++;
        return OK;
    }
    if (u->n == MAX_RUNS) FAIL(err, E_USAGE, "%s: more than %d runs", u->spec->path, MAX_RUNS);
    if (u->n == u->capacity) {
        u->capacity = u->capacity ? 2 * u->capacity : 64;
        SpecRun *runs = ARENA_ARRAY(u->arena, SpecRun, u->capacity);
        if (u->n > 0) memcpy(runs, u->runs, u->n * sizeof *runs);
        u->runs = runs;
    }
    u->runs[u->n++] = run;
    return OK;
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

static Status check_seeds(const Spec *s, Arena *arena, const Json *seeds, Err *err) {
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

/* Add the replicates of one draft. Without seeds (NULL) the draft's own is the only one. */
static Status add_replicates(Unfolding *u, Draft draft, const Json *seeds, bool hero,
                             const char *where, Err *err) {
    const Spec *s = u->spec;
    if (!seeds) return add_run(u, draft, hero, where, err);
    for (const Json *v = json_first(seeds); v; v = json_next(v)) {
        TRY(field_from_json(field_find(&RUN_FIELDS, "seed"), &draft.config, u->arena, s->doc, v,
                            err));
        TRY(add_run(u, draft, hero, where, err));
    }
    return OK;
}

static const Json *seeds_of(const Spec *s) {
    return json_get(json_root(s->doc), "seeds");
}

static Status add_cell(Unfolding *u, const Axis *axes, size_t n_axes, size_t index, Err *err) {
    Draft draft = {.config = u->spec->base};
    char label[256] = "", value[64];
    size_t used = 0;
    for (size_t a = n_axes; a-- > 0; index /= axes[a].n)
        TRY(field_from_json(axes[a].field, &draft, u->arena, u->spec->doc,
                            nth(axes[a].values, index % axes[a].n), err));
    for (size_t a = 0; a < n_axes && used < sizeof label; a++)
        used += (size_t)snprintf(label + used, sizeof label - used, "%s%s %s", a ? ", " : "",
                                 axes[a].field->name,
                                 field_to_text(axes[a].field, &draft, value, sizeof value));
    return add_replicates(u, draft, seeds_of(u->spec), false,
                          arena_printf(u->arena, "%s: axes: run with %s", u->spec->path, label),
                          err);
}

static Status add_grid(Unfolding *u, Err *err) {
    const Json *object = json_get(json_root(u->spec->doc), "axes");
    if (!object) return OK;
    Axis axes[MAX_AXES];
    size_t n_axes = 0, n = 1;
    TRY(read_axes(u->spec, u->arena, object, axes, &n_axes, err));
    for (size_t a = 0; a < n_axes; a++) {
        n *= axes[a].n;
        if (n > MAX_RUNS)
            FAIL(err, E_USAGE, "%s: axes: more than %d combinations", u->spec->path, MAX_RUNS);
    }
    for (size_t i = 0; i < n && n_axes > 0; i++) TRY(add_cell(u, axes, n_axes, i, err));
    return OK;
}

/* Refuse seeds that are no list of seeds, and a run that names one seed and several. */
static Status check_own_seeds(const Unfolding *u, const Json *object, Err *err) {
    char where[256];
    const Json *seeds = json_get(object, "seeds");
    if (seeds && json_get(object, "seed"))
        FAIL(err, E_USAGE, "%s: has both seed and seeds; give one of them",
             json_path(u->spec->doc, object, where, sizeof where));
    return check_seeds(u->spec, u->arena, seeds, err);
}

/* Add the base with the changes of one object of "runs" or "hero", once for each of its own
 * "seeds", or else of the spec's. A run that names its seed is one run; so is a hero without
 * "seeds", of the spec's first. */
static Status add_single(Unfolding *u, const Json *object, bool hero, Err *err) {
    const Spec *s = u->spec;
    char place[256];
    TRY(spec_need_kind(s->doc, object, JSON_OBJECT, err));
    TRY(not_both(s, object, err));
    TRY(check_own_seeds(u, object, err));
    Draft draft = {.config = s->base};
    const Json *own = json_get(object, "seeds"), *seeds = own ? own : seeds_of(s);
    if (hero && seeds)
        TRY(field_from_json(field_find(&RUN_FIELDS, "seed"), &draft, u->arena, s->doc,
                            json_first(seeds), err));
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        const Field *field = NULL;
        if (v == own) continue;
        TRY(find_field(s, v, &field, err));
        TRY(field_from_json(field, &draft, u->arena, s->doc, v, err));
    }
    const char *where = arena_strdup(u->arena, json_path(s->doc, object, place, sizeof place));
    const bool once = json_get(object, "seed") || (hero && !own);
    return add_replicates(u, draft, once ? NULL : seeds, hero, where, err);
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

Status spec_runs(const Spec *s, Arena *arena, int vocab, uint64_t corpus_hash, SpecRun **out,
                 size_t *n, size_t *n_merged, Err *err) {
    Unfolding u = {.spec = s, .arena = arena, .vocab = vocab, .corpus_hash = corpus_hash};
    TRY(check_seeds(s, arena, seeds_of(s), err));
    TRY(add_grid(&u, err));
    TRY(add_singles(&u, "runs", false, err));
    if (u.n == 0) FAIL(err, E_USAGE, "%s: plans no run; give \"axes\" or \"runs\"", s->path);
    TRY(add_singles(&u, "hero", true, err));
    *out = u.runs;
    *n = u.n;
    *n_merged = u.n_merged;
    return OK;
}
