/* tune_spec.c: each member of "tune", with its place in every refusal. */
#include "sweep/tune_spec.h"

#include <string.h>

#include "base/suggest.h"
#include "sweep/spec_json.h"

enum { MOST_EXTEND = 16, MOST_RATES = 16, MOST_SEEDS = 16, FIRST_SEED = 901 };

static const Field EXTEND = {"extend", FIELD_INT, offsetof(TuneSpec, extend), 0, MOST_EXTEND,
                             NULL,     "",        "further factors of 2"};
static const Field EXTEND_BATCH = {"extend",
                                   FIELD_INT,
                                   offsetof(TuneSpec, extend_batch),
                                   0,
                                   MOST_EXTEND,
                                   NULL,
                                   "",
                                   "further factors of 2"};
static const Field CHECK = {"check", FIELD_REAL, offsetof(TuneSpec, check),  0, 1,
                            NULL,    "",         "share of the grid's FLOPs"};

static Status check_keys(const JsonDoc *doc, const Json *object, const char *const *keys, size_t n,
                         Err *err) {
    TRY(spec_need_kind(doc, object, JSON_OBJECT, err));
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        size_t i = 0;
        while (i < n && strcmp(keys[i], json_key(v)) != 0) i++;
        if (i == n) return spec_unknown_key(doc, v, suggest_nearest(json_key(v), keys, n), err);
    }
    return OK;
}

/* Check that an array has from `least` to `most` members. */
static Status check_size(const JsonDoc *doc, const Json *array, size_t least, size_t most,
                         Err *err) {
    char where[256];
    TRY(spec_need_kind(doc, array, JSON_ARRAY, err));
    const size_t n = json_size(array);
    if (n >= least && n <= most) return OK;
    FAIL(err, E_USAGE, "%s: needs %zu to %zu values, not %zu",
         json_path(doc, array, where, sizeof where), least, most, n);
}

static Status read_grid(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *lr,
                        const RunConfig *base, Err *err) {
    const Json *array = json_get(lr, "grid");
    double *grid = ARENA_ARRAY(arena, double, MOST_RATES);
    RunConfig c = *base;
    char where[256];
    t->grid = grid;
    if (!array) {
        for (int i = -1; i <= 1; i++) grid[t->n_grid++] = base->lr * (i < 0 ? 0.5 : 1 + i);
        if (base->lr > 0) return OK;
        FAIL(err, E_USAGE, "%s: needs \"grid\", since base.lr is 0",
             json_path(doc, lr, where, sizeof where));
    }
    TRY(check_size(doc, array, 3, MOST_RATES, err));
    for (const Json *v = json_first(array); v; v = json_next(v)) {
        TRY(field_from_json(field_find(&RUN_FIELDS, "lr"), &c, arena, doc, v, err));
        if (c.lr <= 0 || (t->n_grid > 0 && c.lr <= grid[t->n_grid - 1]))
            FAIL(err, E_USAGE, "%s: rates are above 0, each above the one before",
                 json_path(doc, v, where, sizeof where));
        grid[t->n_grid++] = c.lr;
    }
    return OK;
}

static Status read_batches(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *array,
                           const RunConfig *base, Err *err) {
    const uint64_t least = (uint64_t)base->lanes * (uint64_t)base->ctx;
    uint64_t *batches = ARENA_ARRAY(arena, uint64_t, MOST_RATES);
    RunConfig c = *base;
    char where[256];
    t->batches = batches;
    if (!array) {
        batches[0] = base->batch_tok % (2 * least) ? base->batch_tok : base->batch_tok / 2;
        for (t->n_batches = 1; t->n_batches < 3; t->n_batches++)
            batches[t->n_batches] = 2 * batches[t->n_batches - 1];
        return OK;
    }
    TRY(check_size(doc, array, 3, MOST_RATES, err));
    for (const Json *v = json_first(array); v; v = json_next(v)) {
        TRY(field_from_json(field_find(&RUN_FIELDS, "batch_tok"), &c, arena, doc, v, err));
        if (c.batch_tok % least || (t->n_batches > 0 && c.batch_tok <= batches[t->n_batches - 1]))
            FAIL(err, E_USAGE,
                 "%s: batches are multiples of lanes x ctx = %llu, each above the one before",
                 json_path(doc, v, where, sizeof where), (unsigned long long)least);
        batches[t->n_batches++] = c.batch_tok;
    }
    return OK;
}

static Status read_batch(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *batch,
                         const RunConfig *base, Err *err) {
    static const char *const KEYS[] = {"grid", "extend"};
    const Json *extend = json_get(batch, "extend");
    char where[256];
    TRY(check_keys(doc, batch, KEYS, COUNT_OF(KEYS), err));
    t->batch = true;
    if (extend) TRY(field_from_json(&EXTEND_BATCH, t, arena, doc, extend, err));
    if (json_get(t->at, "batch_tok"))
        FAIL(err, E_USAGE, "%s: tunes what is an axis of tune.lr.at; leave out one of the two",
             json_path(doc, batch, where, sizeof where));
    return read_batches(t, arena, doc, json_get(batch, "grid"), base, err);
}

static Status read_seeds(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *array,
                         Err *err) {
    uint64_t *seeds = ARENA_ARRAY(arena, uint64_t, MOST_SEEDS);
    RunConfig c = run_config_default();
    char where[256];
    t->seeds = seeds;
    if (!array) {
        seeds[t->n_seeds++] = FIRST_SEED;
        return OK;
    }
    TRY(check_size(doc, array, 1, MOST_SEEDS, err));
    for (const Json *v = json_first(array); v; v = json_next(v)) {
        TRY(field_from_json(field_find(&RUN_FIELDS, "seed"), &c, arena, doc, v, err));
        for (size_t k = 0; k < t->n_seeds; k++)
            if (seeds[k] == c.seed)
                FAIL(err, E_USAGE, "%s: stands there already, at [%zu]",
                     json_path(doc, v, where, sizeof where), k);
        seeds[t->n_seeds++] = c.seed;
    }
    return OK;
}

static Status read_lr(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *lr,
                      const RunConfig *base, Err *err) {
    static const char *const KEYS[] = {"at", "grid", "extend", "seeds", "check"};
    static const char *const AXES[] = {"d_model", "layers", "d_ff",
                                       "tokens",  "flops",  "batch_tok"}; // what the rule knows
    TRY(check_keys(doc, lr, KEYS, COUNT_OF(KEYS), err));
    TRY(json_need(doc, lr, "at", JSON_OBJECT, &t->at, err));
    TRY(check_keys(doc, t->at, AXES, COUNT_OF(AXES), err));
    const Json *extend = json_get(lr, "extend"), *check = json_get(lr, "check");
    if (extend) TRY(field_from_json(&EXTEND, t, arena, doc, extend, err));
    if (check) TRY(field_from_json(&CHECK, t, arena, doc, check, err));
    TRY(read_grid(t, arena, doc, lr, base, err));
    return read_seeds(t, arena, doc, json_get(lr, "seeds"), err);
}

Status tune_spec_read(TuneSpec *t, Arena *arena, const JsonDoc *doc, const Json *tune,
                      const RunConfig *base, Err *err) {
    static const char *const KEYS[] = {"lr", "batch_tok"};
    const Json *lr, *batch;
    *t = (TuneSpec){.extend = 4, .check = 0.1, .extend_batch = 2};
    if (!tune) return OK;
    TRY(check_keys(doc, tune, KEYS, COUNT_OF(KEYS), err));
    TRY(json_need(doc, tune, "lr", JSON_OBJECT, &lr, err));
    TRY(read_lr(t, arena, doc, lr, base, err));
    batch = json_get(tune, "batch_tok");
    return batch ? read_batch(t, arena, doc, batch, base, err) : OK;
}
