/* spec_runs.c: from a spec that has been read to its runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"
#include "model/counts.h"
#include "sweep/spec.h"
#include "sweep/spec_axes.h"
#include "sweep/spec_json.h"
#include "train/branch.h"

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

static Status tokens_from_flops(const Unfolding *u, SpecDraft *d, Err *err) {
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

static void apply_rules(const Unfolding *u, SpecDraft *d, const SpecRun *run) {
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

static Status finish(const Unfolding *u, SpecDraft *d, SpecRun *run, Err *err) {
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
    if (u->n == SPEC_MAX_RUNS)
        FAIL(err, E_USAGE, "%s: more than %d runs", u->spec->path, SPEC_MAX_RUNS);
    if (u->n == u->capacity) {
        u->capacity = u->capacity ? 2 * u->capacity : 64;
        SpecRun *runs = ARENA_ARRAY(u->arena, SpecRun, u->capacity);
        if (u->n > 0) memcpy(runs, u->runs, u->n * sizeof *runs);
        u->runs = runs;
    }
    u->runs[u->n++] = *run;
    return OK;
}

static Status add_run(Unfolding *u, SpecDraft draft, bool hero, const char *where, Err *err) {
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

/* Add the replicates of one draft. Without seeds (NULL) the draft's own is the only one. */
static Status add_replicates(Unfolding *u, SpecDraft draft, const Json *seeds, bool hero,
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

Status spec_cells(const Spec *s, Arena *arena, int vocab, const Json *object, RunConfig **out,
                  size_t *n, Err *err) {
    const Unfolding u = {.spec = s, .arena = arena, .vocab = vocab};
    SpecAxis axes[SPEC_MAX_AXES];
    size_t n_axes;
    TRY(spec_axes_open(s, arena, object, axes, &n_axes, n, err));
    if (*n == 0) FAIL(err, E_USAGE, "%s: tune.lr.at: needs at least one axis", s->path);
    *out = ARENA_ARRAY(arena, RunConfig, *n);
    for (size_t i = 0; i < *n; i++) {
        SpecDraft d;
        TRY(spec_axes_draft(s, arena, axes, n_axes, i, &d, err));
        d.config.data = s->data;
        Status status = d.flops > 0 ? tokens_from_flops(&u, &d, err) : OK;
        if (status == OK) status = run_config_check(&d.config, err);
        if (status != OK) return err_prefix(err, "%s", spec_axes_name(s, arena, axes, n_axes, &d));
        (*out)[i] = d.config;
    }
    return OK;
}

static Status add_grid(Unfolding *u, Err *err) {
    const Json *object = json_get(json_root(u->spec->doc), "axes");
    if (!object) return OK;
    SpecAxis axes[SPEC_MAX_AXES];
    size_t n_axes, n;
    TRY(spec_axes_open(u->spec, u->arena, object, axes, &n_axes, &n, err));
    for (size_t i = 0; i < n; i++) {
        SpecDraft draft;
        TRY(spec_axes_draft(u->spec, u->arena, axes, n_axes, i, &draft, err));
        TRY(add_replicates(u, draft, seeds_of(u->spec), false,
                           spec_axes_name(u->spec, u->arena, axes, n_axes, &draft), err));
    }
    return OK;
}

/* Refuse seeds that are no list of seeds, and a run that names one seed and several. */
static Status check_own_seeds(const Unfolding *u, const Json *object, Err *err) {
    char where[256];
    const Json *seeds = json_get(object, "seeds");
    if (seeds && json_get(object, "seed"))
        FAIL(err, E_USAGE, "%s: has both seed and seeds; give one of them",
             json_path(u->spec->doc, object, where, sizeof where));
    return spec_check_seeds(u->spec, u->arena, seeds, err);
}

/* Add the base with the changes of one object of "runs" or "hero", once for each of its own
 * "seeds", or else of the spec's. A run that names its seed is one run; so is a hero without
 * "seeds", of the spec's first. */
static Status add_single(Unfolding *u, const Json *object, bool hero, Err *err) {
    const Spec *s = u->spec;
    char place[256];
    TRY(spec_need_kind(s->doc, object, JSON_OBJECT, err));
    TRY(spec_not_both(s, object, err));
    TRY(check_own_seeds(u, object, err));
    SpecDraft draft = {.config = s->base};
    const Json *own = json_get(object, "seeds"), *seeds = own ? own : seeds_of(s);
    if (hero && seeds)
        TRY(field_from_json(field_find(&RUN_FIELDS, "seed"), &draft, u->arena, s->doc,
                            json_first(seeds), err));
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        const Field *field = NULL;
        if (v == own) continue;
        TRY(spec_find_field(s, v, &field, err));
        TRY(field_from_json(field, &draft, u->arena, s->doc, v, err));
    }
    draft.own_lr = json_get(object, "lr") != NULL;
    draft.own_batch = json_get(object, "batch_tok") != NULL;
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
    TRY(spec_check_seeds(s, arena, seeds_of(s), err));
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
