/* simulate_spec.c: reads a SPEC from a JSON file or from the command line. A table of fields knows
 * the fixed keys; all others are the law's parameters. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/field.h"
#include "base/file.h"
#include "base/numbers.h"
#include "base/suggest.h"
#include "analysis/fit/constraint.h"
#include "analysis/simulate/simulate.h"
#include "analysis/points/where.h"

typedef struct {
    const char *law, *x, *params, *tokens, *flops, *unique_tokens, *batch_tok;
    int seeds;
    uint64_t seed;
    double noise, trunk;
} Spec;

static const char *const VARIABLES[] = {"flops", "params", "tokens", NULL};

#define AT(member) offsetof(Spec, member)
static const Field FIELDS[] = {
    {"law", FIELD_STRING, AT(law), 0, -1, NULL, "", "the law to plant"},
    {"x", FIELD_CHOICE, AT(x), 0, -1, VARIABLES, "", "variable of a law of one"},
    {"params", FIELD_STRING, AT(params), 0, -1, NULL, "", "sizes"},
    {"tokens", FIELD_STRING, AT(tokens), 0, -1, NULL, "", "lengths"},
    {"flops", FIELD_STRING, AT(flops), 0, -1, NULL, "", "in the place of tokens: D = C / 6 N"},
    {"unique_tokens", FIELD_STRING, AT(unique_tokens), 0, -1, NULL, "", "at most tokens"},
    {"batch_tok", FIELD_STRING, AT(batch_tok), 0, -1, NULL, "", "tokens of a step"},
    {"seeds", FIELD_INT, AT(seeds), 1, 10000, NULL, "", "runs of each size and length"},
    {"seed", FIELD_COUNT, AT(seed), 0, -1, NULL, "", "of the noise"},
    {"noise", FIELD_REAL, AT(noise), 0, 1, NULL, "ln L", "of a run"},
    {"trunk", FIELD_REAL, AT(trunk), 0, 1, NULL, "ln L", "shared by the runs of a trunk"},
};
static const FieldTable TABLE = {"simulation", FIELDS, COUNT_OF(FIELDS)};

enum { MAX_VALUES = 10000, MAX_ROWS = 1000000 };
static const double MOST = 1e30; // the largest size, length or budget

/* Read a list parted by blanks or commas. An item is a number or a range lo:hi:count, evenly spaced
 * in logarithm. All numbers are rounded to whole ones. */
static Status read_list(Arena *arena, const char *key, const char *text, double **out, size_t *n,
                        Err *err) {
    *out = ARENA_ARRAY(arena, double, MAX_VALUES);
    *n = 0;
    char *rest = arena_strdup(arena, text);
    for (char *item; (item = strsep(&rest, ", \t\n"));) {
        if (*item == '\0') continue;
        double at[3] = {0, 0, 1};
        int parts = 0;
        for (char *part, *more = item; (part = strsep(&more, ":")); parts++) {
            uint64_t count;
            if (parts == 3 || !(count_from_text(part, &count) || real_from_text(part, &at[parts])))
                FAIL(err, E_USAGE, "--simulate: %s: '%s' of '%s' is no number, list or lo:hi:count",
                     key, part, text);
            if (count_from_text(part, &count)) at[parts] = (double)count;
        }
        if (parts == 1) at[1] = at[0];
        if (parts == 2 || !(at[0] >= 1 && at[1] >= at[0] && at[1] <= MOST) || !(at[2] >= 1) ||
            at[2] != floor(at[2]) || at[2] + (double)*n > MAX_VALUES)
            FAIL(err, E_USAGE,
                 "--simulate: %s: '%s' needs numbers from 1 to 1e30, or lo:hi:count, %d in all",
                 key, text, MAX_VALUES);
        for (int i = 0; i < (int)at[2]; i++)
            (*out)[(*n)++] = round(at[2] > 1 ? at[0] * pow(at[1] / at[0], i / (at[2] - 1)) : at[0]);
    }
    if (*n == 0) FAIL(err, E_USAGE, "--simulate: %s: needs numbers or lo:hi:count", key);
    return OK;
}

// ---- keys and texts -------------------------------------------------------------------------

/* Write a JSON value as it would stand in a text: an array's numbers parted by blanks. */
static Status json_text(Arena *arena, const JsonDoc *doc, const Json *v, const char **out,
                        Err *err) {
    char number[32], path[256];
    switch (json_kind(v)) {
    case JSON_STRING:
        *out = arena_strdup(arena, json_as_string(v));
        return OK;
    case JSON_NUMBER:
        *out = arena_strdup(arena, real_to_text(number, json_as_number(v)));
        return OK;
    case JSON_ARRAY:
        *out = "";
        for (const Json *item = json_first(v); item; item = json_next(item)) {
            const char *text;
            TRY(json_text(arena, doc, item, &text, err));
            *out = arena_printf(arena, "%s %s", *out, text);
        }
        return OK;
    default:
        FAIL(err, E_USAGE, "%s: needs a number, a string or a list of them",
             json_path(doc, v, path, sizeof path));
    }
}

static Status read_json(Arena *arena, const char *path, Where *out, Err *err) {
    JsonDoc *doc;
    TRY(json_open_file(path, &doc, err));
    const Json *root = json_root(doc);
    Status status = OK;
    if (json_kind(root) != JSON_OBJECT)
        status = err_set(err, E_FORMAT, "%s: a simulation is an object {...}", path);
    else
        out->rows = ARENA_ARRAY(arena, WhereCondition, json_size(root) + 1);
    for (const Json *v = status ? NULL : json_first(root); v && !status; v = json_next(v)) {
        WhereCondition *c = &out->rows[out->n++];
        *c = (WhereCondition){.name = arena_strdup(arena, json_key(v)), .op = WHERE_EQ};
        status = json_text(arena, doc, v, &c->value, err);
    }
    json_close(doc);
    return status;
}

static Status read_keys(Arena *arena, const char *spec, Where *out, Err *err) {
    *out = (Where){0};
    if (file_exists(spec)) return read_json(arena, spec, out, err);
    if (!strchr(spec, '='))
        FAIL(err, E_USAGE, "--simulate: '%s' is no file, nor 'law=..,params=..,tokens=..'", spec);
    return where_assignments(arena, spec, "--simulate", out, err);
}

static Status unknown_key(const Law *law, const char *key, Err *err) {
    const char *names[COUNT_OF(FIELDS) + LAW_MAX_PARAMS];
    size_t n = 0;
    for (; n < COUNT_OF(FIELDS); n++) names[n] = FIELDS[n].name;
    for (int i = 0; i < law->n_params; i++) names[n++] = law->params[i].name;
    const char *near = suggest_nearest(key, names, n);
    FAIL(err, E_USAGE, "--simulate: no key '%s' with law %s%s", key, law->name, DID_YOU_MEAN(near));
}

// ---- the law --------------------------------------------------------------------------------

/* Find the law to plant, and fail where planted rows would lack a variable of it. */
static Status find_law(const Spec *spec, Simulation *out, Err *err) {
    const char *near = spec->law ? law_nearest(spec->law) : NULL;
    if (!spec->law) FAIL(err, E_USAGE, "--simulate: needs law=NAME");
    const Law *law = out->law = law_find_x(spec->law, spec->x);
    if (!law) FAIL(err, E_USAGE, "--simulate: no law '%s'%s", spec->law, DID_YOU_MEAN(near));
    if (!law->log_loss)
        FAIL(err, E_USAGE, "--simulate: %s predicts no losses: plant another law and fit this one",
             law->name);
    for (int v = 0; v < law_n_variables(law); v++) {
        double (*const made[])(const Point *) = {ln_params, ln_tokens, ln_flops, ln_active,
                                                 ln_unique, ln_batch,  ln_steps};
        size_t i = 0;
        while (i < COUNT_OF(made) && made[i] != law->variables[v].ln_x) i++;
        if (law->variables[v].ln_x == ln_batch && !spec->batch_tok)
            FAIL(err, E_USAGE, "--simulate: law %s needs batch_tok=lo:hi:count or a list",
                 law->name);
        if (i == COUNT_OF(made))
            FAIL(err, E_USAGE, "--simulate: %s needs %s, which is not simulated", law->name,
                 law_x_name(law->variables[v].ln_x));
    }
    return OK;
}

static Status read_theta(const Where *keys, Simulation *out, Err *err) {
    const Law *law = out->law;
    bool given[LAW_MAX_PARAMS] = {0};
    for (size_t k = 0; k < keys->n; k++) {
        const WhereCondition *c = &keys->rows[k];
        bool as_ln;
        if (field_find(&TABLE, c->name)) continue;
        const int i = constraint_param(law, c->name, &as_ln);
        if (i < 0) return unknown_key(law, c->name, err);
        if (given[i]) FAIL(err, E_USAGE, "--simulate: %s is given twice", law->params[i].name);
        TRY(constraint_theta(law, i, as_ln, "--simulate", c->value, &out->theta[i], err));
        given[i] = true;
    }
    for (int i = 0; i < law->n_params; i++)
        if (!given[i])
            FAIL(err, E_USAGE, "--simulate: law %s needs %s=VALUE", law->name, law->params[i].name);
    return OK;
}

static Status read_grid(Arena *arena, const Spec *spec, Simulation *out, Err *err) {
    const bool flops = out->flops = spec->flops != NULL;
    if (!spec->params) FAIL(err, E_USAGE, "--simulate: needs params=lo:hi:count or a list");
    if (flops == (spec->tokens != NULL))
        FAIL(err, E_USAGE, "--simulate: needs either tokens=lo:hi:count or flops=lo:hi:count");
    TRY(read_list(arena, "params", spec->params, &out->params, &out->n_params, err));
    TRY(read_list(arena, flops ? "flops" : "tokens", flops ? spec->flops : spec->tokens,
                  &out->budget, &out->n_budgets, err));
    if (spec->unique_tokens)
        TRY(read_list(arena, "unique_tokens", spec->unique_tokens, &out->unique, &out->n_unique,
                      err));
    if (spec->batch_tok)
        TRY(read_list(arena, "batch_tok", spec->batch_tok, &out->batch, &out->n_batches, err));
    const double rows = (double)out->n_params * out->seeds * (double)out->n_budgets *
                        (double)(out->n_unique ? out->n_unique : 1) *
                        (double)(out->n_batches ? out->n_batches : 1);
    if (rows > MAX_ROWS)
        FAIL(err, E_USAGE, "--simulate: %.3g runs, at most %d are simulated", rows, MAX_ROWS);
    return OK;
}

Status simulation_read(Arena *arena, const char *text, Simulation *out, Err *err) {
    Spec spec = {.x = "flops", .seeds = 1, .seed = 1, .trunk = NAN};
    Where keys;
    TRY(read_keys(arena, text, &keys, err));
    bool given[COUNT_OF(FIELDS)] = {0};
    for (size_t k = 0; k < keys.n; k++) {
        const Field *f = field_find(&TABLE, keys.rows[k].name);
        const char *where = arena_printf(arena, "--simulate: %s", keys.rows[k].name);
        if (!f) continue;
        if (given[f - FIELDS]) FAIL(err, E_USAGE, "%s: given twice", where);
        given[f - FIELDS] = true;
        TRY(field_from_text(f, &spec, arena, keys.rows[k].value, where, err));
    }
    *out = (Simulation){.text = arena_strdup(arena, text),
                        .seeds = spec.seeds,
                        .seed = spec.seed,
                        .noise = spec.noise,
                        .trunk = spec.trunk};
    TRY(find_law(&spec, out, err));
    TRY(read_theta(&keys, out, err));
    TRY(read_grid(arena, &spec, out, err));
    const Points first = simulation_points(arena, out, 0);
    if (first.n == 0)
        FAIL(err, E_USAGE, "--simulate: every unique_tokens exceeds the tokens: no runs are left");
    for (size_t i = 0; i < first.n; i++)
        if (!(isfinite(first.rows[i].loss) && first.rows[i].loss > 0) || first.rows[i].tokens < 1)
            FAIL(err, E_USAGE, "--simulate: %.4g parameters and %.4g tokens have loss %g",
                 first.rows[i].params, first.rows[i].tokens, first.rows[i].loss);
    return OK;
}
