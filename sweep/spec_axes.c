/* spec_axes.c: axes read, checked, and their combinations made. */
#include "sweep/spec_axes.h"

#include <stdio.h>
#include <string.h>

#include "sweep/spec_json.h"

_Static_assert(offsetof(SpecDraft, config) == 0, "rows of RUN_FIELDS are applied to drafts");

static const Field FLOPS_FIELD = {
    "flops", FIELD_COUNT, offsetof(SpecDraft, flops),          1, 1e19,
    NULL,    "FLOP",      "training budget, instead of tokens"};

Status spec_find_field(const Spec *s, const Json *v, const Field **out, Err *err) {
    const char *key = json_key(v);
    *out = strcmp(key, FLOPS_FIELD.name) == 0 ? &FLOPS_FIELD : field_find(&RUN_FIELDS, key);
    return *out ? OK : spec_unknown_key(s->doc, v, field_suggest(&RUN_FIELDS, key), err);
}

Status spec_not_both(const Spec *s, const Json *object, Err *err) {
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
    if (n > SPEC_MAX_RUNS) FAIL(err, E_USAGE, "%s: more than %d values", where, SPEC_MAX_RUNS);
    const char **seen = ARENA_ARRAY(arena, const char *, n);
    SpecDraft draft = {.config = s->base};
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

Status spec_check_seeds(const Spec *s, Arena *arena, const Json *seeds, Err *err) {
    if (!seeds) return OK;
    TRY(spec_need_kind(s->doc, seeds, JSON_ARRAY, err));
    return check_values(s, arena, field_find(&RUN_FIELDS, "seed"), seeds, err);
}

static Status read_axes(const Spec *s, Arena *arena, const Json *object,
                        SpecAxis axes[SPEC_MAX_AXES], size_t *n, Err *err) {
    TRY(spec_need_kind(s->doc, object, JSON_OBJECT, err));
    TRY(spec_not_both(s, object, err));
    *n = 0;
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        if (*n == SPEC_MAX_AXES)
            FAIL(err, E_USAGE, "%s: axes: more than %d", s->path, SPEC_MAX_AXES);
        SpecAxis *axis = &axes[(*n)++];
        TRY(spec_find_field(s, v, &axis->field, err));
        if (strcmp(axis->field->name, "seed") == 0)
            FAIL(err, E_USAGE, "%s: axes.seed: give \"seeds\" instead", s->path);
        if (s->tune.at && object != s->tune.at &&
            (strcmp(axis->field->name, "lr") == 0 ||
             (s->tune.batch && strcmp(axis->field->name, "batch_tok") == 0)))
            FAIL(err, E_USAGE, "%s: axes.%s: \"tune\" chooses it; leave out one of the two",
                 s->path, axis->field->name);
        TRY(spec_need_kind(s->doc, v, JSON_ARRAY, err));
        TRY(check_values(s, arena, axis->field, v, err));
        *axis = (SpecAxis){axis->field, v, json_size(v)};
    }
    return OK;
}

static const Json *nth(const Json *array, size_t i) {
    const Json *v = json_first(array);
    while (i-- > 0) v = json_next(v);
    return v;
}

Status spec_axes_draft(const Spec *s, Arena *arena, const SpecAxis *axes, size_t n_axes,
                       size_t index, SpecDraft *out, Err *err) {
    *out = (SpecDraft){.config = s->base};
    for (size_t a = n_axes; a-- > 0; index /= axes[a].n)
        TRY(field_from_json(axes[a].field, out, arena, s->doc,
                            nth(axes[a].values, index % axes[a].n), err));
    return OK;
}

const char *spec_axes_name(const Spec *s, Arena *arena, const SpecAxis *axes, size_t n_axes,
                           const SpecDraft *draft) {
    char label[256] = "", value[64];
    size_t used = 0;
    for (size_t a = 0; a < n_axes && used < sizeof label; a++)
        used += (size_t)snprintf(label + used, sizeof label - used, "%s%s %s", a ? ", " : "",
                                 axes[a].field->name,
                                 field_to_text(axes[a].field, draft, value, sizeof value));
    return arena_printf(arena, "%s: axes: run with %s", s->path, label);
}

Status spec_axes_open(const Spec *s, Arena *arena, const Json *object, SpecAxis axes[SPEC_MAX_AXES],
                      size_t *n_axes, size_t *n, Err *err) {
    TRY(read_axes(s, arena, object, axes, n_axes, err));
    *n = *n_axes > 0;
    for (size_t a = 0; a < *n_axes; a++) {
        *n *= axes[a].n;
        if (*n > SPEC_MAX_RUNS)
            FAIL(err, E_USAGE, "%s: axes: more than %d combinations", s->path, SPEC_MAX_RUNS);
    }
    return OK;
}
