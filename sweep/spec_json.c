/* spec_json.c: errors that name a place of the spec, and hashes of what it holds. */
#include "sweep/spec_json.h"

#include "base/rng.h"
#include "base/suggest.h"
#include "base/text.h"

Status spec_unknown_key(const JsonDoc *doc, const Json *v, const char *near, Err *err) {
    char where[256];
    json_path(doc, v, where, sizeof where);
    FAIL(err, E_USAGE, "%s: no such key%s", where, DID_YOU_MEAN(near));
}

Status spec_need_kind(const JsonDoc *doc, const Json *v, JsonKind kind, Err *err) {
    char where[256];
    if (json_kind(v) == kind) return OK;
    FAIL(err, E_USAGE, "%s: needs %s, not %s", json_path(doc, v, where, sizeof where),
         json_kind_name(kind), json_kind_name(json_kind(v)));
}

uint64_t spec_fields_hash(const FieldTable *table, const void *record) {
    JsonOut j = json_out(0);
    json_begin(&j, NULL, '{');
    fields_to_json(table, record, &j);
    json_end(&j);
    const uint64_t hash = hash_bytes(j.text.s, j.text.size, 0);
    text_close(&j.text);
    return hash;
}
