/* spec.c: a sweep's JSON, read and checked. Memory is the caller's arena; the document is the
 * spec's. */
#include "sweep/spec.h"

#include <stdio.h>
#include <string.h>

#include "base/gzip.h"
#include "base/suggest.h"
#include "base/text.h"
#include "data/language.h"
#include "sweep/spec_json.h"

static const char *const KEYS[] = {"name",    "data",   "base", "axes", "runs", "seeds",
                                   "seeding", "trunks", "seal", "hero", "tune", "best"};

static Status check_keys(const JsonDoc *doc, Err *err) {
    TRY(spec_need_kind(doc, json_root(doc), JSON_OBJECT, err));
    for (const Json *v = json_first(json_root(doc)); v; v = json_next(v)) {
        size_t i = 0;
        while (i < COUNT_OF(KEYS) && strcmp(KEYS[i], json_key(v)) != 0) i++;
        if (i == COUNT_OF(KEYS))
            return spec_unknown_key(doc, v, suggest_nearest(json_key(v), KEYS, COUNT_OF(KEYS)),
                                    err);
    }
    return OK;
}

/* Read a key that has one of n words; *which is its number, and stays when there is no such key. */
static Status read_word(const Spec *s, const char *key, const char *const *words, size_t n,
                        int *which, Err *err) {
    const Json *v = json_get(json_root(s->doc), key);
    if (!v) return OK;
    TRY(spec_need_kind(s->doc, v, JSON_STRING, err));
    for (size_t i = 0; i < n; i++) {
        *which = (int)i;
        if (strcmp(json_as_string(v), words[i]) == 0) return OK;
    }
    Text t = {0};
    text_add_words(&t, words, n, "\", \"", "\" or \"");
    err_set(err, E_USAGE, "%s: %s: is \"%s\", not \"%s\"", s->path, key, t.s, json_as_string(v));
    text_close(&t);
    return err->status;
}

static Status read_words(Spec *s, Err *err) {
    static const char *const SEEDINGS[] = {[SEEDING_INDEPENDENT] = "independent",
                                           [SEEDING_TRUNK] = "trunk",
                                           [SEEDING_SHARED] = "shared"};
    static const char *const SEALS[] = {"complete", "partial"};
    int seeding = SEEDING_INDEPENDENT, partial = 0;
    TRY(read_word(s, "seeding", SEEDINGS, COUNT_OF(SEEDINGS), &seeding, err));
    TRY(read_word(s, "seal", SEALS, COUNT_OF(SEALS), &partial, err));
    s->seeding = (SpecSeeding)seeding;
    s->seal_partial = partial == 1;
    const Json *trunks = json_get(json_root(s->doc), "trunks");
    if (!trunks) return OK;
    TRY(spec_need_kind(s->doc, trunks, JSON_BOOL, err));
    s->wants_trunks = json_as_bool(trunks);
    s->scratch = !s->wants_trunks;
    return OK;
}

/* Read the name. It is the default directory too, so it must be one path component of plain
 * characters. */
static Status read_name(Spec *s, Arena *arena, Err *err) {
    const char *name = NULL;
    TRY(json_need_string(s->doc, json_root(s->doc), "name", &name, err));
    s->name = arena_strdup(arena, name);
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    if (s->name[0] == '\0' || s->name[0] == '.' || s->name[0] == '-' ||
        s->name[strspn(s->name, plain)] != '\0')
        FAIL(err, E_USAGE, "%s: name: needs letters, digits, '_', '-' or '.', not \"%s\"", s->path,
             s->name);
    return OK;
}

/* Read the fields of "best", as the text of --best. */
static Status read_best(Spec *s, Arena *arena, Err *err) {
    const Json *array = json_get(json_root(s->doc), "best");
    char where[256];
    if (!array) return OK;
    TRY(spec_need_kind(s->doc, array, JSON_ARRAY, err));
    for (const Json *v = json_first(array); v; v = json_next(v)) {
        TRY(spec_need_kind(s->doc, v, JSON_STRING, err));
        const char *name = json_as_string(v);
        json_path(s->doc, v, where, sizeof where);
        if (!field_find(&RUN_FIELDS, name))
            FAIL(err, E_USAGE, "%s: a run has no field '%s'%s", where, name,
                 DID_YOU_MEAN(field_suggest(&RUN_FIELDS, name)));
        s->best = s->best ? arena_printf(arena, "%s,%s", s->best, name) : arena_strdup(arena, name);
    }
    return OK;
}

static Status read_parts(Spec *s, Arena *arena, Err *err) {
    TRY(check_keys(s->doc, err));
    TRY(read_name(s, arena, err));
    TRY(read_words(s, err));
    TRY(read_best(s, arena, err));
    const Json *data = NULL;
    TRY(json_need(s->doc, json_root(s->doc), "data", JSON_OBJECT, &data, err));
    TRY(fields_from_json(&DATA_FIELDS, &s->data, arena, s->doc, data, NULL, err));
    if (data_spec_check(&s->data, err) != OK) return err_prefix(err, "%s: data", s->path);
    const Json *base = json_get(json_root(s->doc), "base");
    if (base) {
        TRY(spec_need_kind(s->doc, base, JSON_OBJECT, err));
        TRY(fields_from_json(&RUN_FIELDS, &s->base, arena, s->doc, base, NULL, err));
    }
    s->base.data = s->data;
    return tune_spec_read(&s->tune, arena, s->doc, json_get(json_root(s->doc), "tune"), &s->base,
                          err);
}

Status spec_open(Spec *s, Arena *arena, const char *path, Err *err) {
    Bytes text;
    *s = (Spec){.doc = NULL};
    TRY(file_read(arena, path, &text, err));
    return spec_open_text(s, arena, path, text, err);
}

Status spec_open_text(Spec *s, Arena *arena, const char *path, Bytes text, Err *err) {
    *s = (Spec){.path = arena_strdup(arena, path),
                .text = text,
                .data = data_spec_default(),
                .base = run_config_default()};
    TRY(json_open(s->text.data, s->path, &s->doc, err));
    /* Unfolding for any vocabulary finds every fault of a run but those that concern the corpus. */
    SpecRun *runs;
    size_t n, merged;
    Status status = read_parts(s, arena, err);
    if (status == OK) status = spec_runs(s, arena, 2, 0, &runs, &n, &merged, err);
    RunConfig *cells;
    if (status == OK && s->tune.at) status = spec_cells(s, arena, 2, s->tune.at, &cells, &n, err);
    if (status != OK) spec_close(s);
    return status;
}

const char *spec_crc_text(const Spec *s, char hex[9]) {
    snprintf(hex, 9, "%08x", (unsigned)gzip_crc32(s->text.data, s->text.size, 0));
    return hex;
}

void spec_close(Spec *s) {
    json_close(s->doc);
    s->doc = NULL;
}

bool spec_same_data(const Spec *a, const Spec *b) {
    return spec_fields_hash(&DATA_FIELDS, &a->data) == spec_fields_hash(&DATA_FIELDS, &b->data);
}
