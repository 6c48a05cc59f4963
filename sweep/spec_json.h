/* spec_json.h: what reading a spec and unfolding it share: refusing a value, and telling records
 * apart by a hash. Private to sweep/. */
#ifndef SWEEP_SPEC_JSON_H
#define SWEEP_SPEC_JSON_H

#include <stdint.h>

#include "base/field.h"
#include "base/json.h"

/* Refuse the key of v with E_USAGE, and suggest the nearest known one (NULL: none is near). */
Status spec_unknown_key(const JsonDoc *doc, const Json *v, const char *near, Err *err);

/* Refuse a value of another kind with E_USAGE. */
Status spec_need_kind(const JsonDoc *doc, const Json *v, JsonKind kind, Err *err);

/* Hash a record by its fields, each as JSON. */
uint64_t spec_fields_hash(const FieldTable *table, const void *record);

#endif
