/* json.c: reading JSON. The only user of cJSON; a Json is a cJSON that others cannot look into. */
#include "base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"

enum {
    DEEPEST = 24
}; // deeper documents are no config of ours, and JsonOut must be able to copy them

struct JsonDoc {
    cJSON *root;
    char *name;
};

static const cJSON *inside(const Json *v) {
    return (const cJSON *)v;
}
static const Json *outside(const cJSON *v) {
    return (const Json *)v;
}

/* --- parsing ---------------------------------------------------------------------------------- */

/* Turn comments into blanks, so that what follows keeps its line and column. A comment that never
 * ends stays, and is reported as a syntax error. */
static void blank_comments(char *s) {
    while (*s) {
        const char *end = NULL;
        if (*s == '"') {
            for (s++; *s && *s != '"'; s++)
                if (*s == '\\' && s[1]) s++;
            if (*s) s++;
        } else if (s[0] == '/' && s[1] == '/') {
            end = s + strcspn(s, "\n");
        } else if (s[0] == '/' && s[1] == '*') {
            end = strstr(s + 2, "*/");
            if (!end) return;
            end += 2;
        } else {
            s++;
        }
        for (; s < end; s++)
            if (*s != '\n') *s = ' ';
    }
}

static Status syntax_error(const char *name, const char *text, const char *at, Err *err) {
    int line = 1, column = 1;
    for (const char *c = text; c < at; c++) {
        column = *c == '\n' ? 1 : column + 1;
        line += *c == '\n';
    }
    if (*at == 0) FAIL(err, E_FORMAT, "%s:%d:%d: the JSON ends too early", name, line, column);
    FAIL(err, E_FORMAT, "%s:%d:%d: not JSON at '%.24s'", name, line, column, at);
}

static int by_key(const void *a, const void *b) {
    return strcmp((*(cJSON *const *)a)->string, (*(cJSON *const *)b)->string);
}

/* Find a member of object whose key an earlier one has; NULL when there is none. */
static const cJSON *twin_in(const cJSON *object) {
    const size_t n = json_size(outside(object));
    if (n < 2) return NULL;
    const cJSON **members = malloc(n * sizeof *members), *member, *twin = NULL;
    if (!members) out_of_memory(n * sizeof *members);
    size_t i = 0;
    cJSON_ArrayForEach(member, object) members[i++] = member;
    qsort(members, n, sizeof *members, by_key);
    for (i = 1; i < n && !twin; i++)
        if (by_key(&members[i - 1], &members[i]) == 0) twin = members[i];
    free(members);
    return twin;
}

/* Refuse what cJSON lets through and this program does not. */
static Status check(const JsonDoc *doc, const cJSON *v, int depth, Err *err) {
    char path[256];
    if (cJSON_IsNumber(v) && !isfinite(v->valuedouble))
        FAIL(err, E_FORMAT, "%s: too large a number",
             json_path(doc, outside(v), path, sizeof path));
    if (depth > DEEPEST) FAIL(err, E_FORMAT, "%s: nested more than %d deep", doc->name, DEEPEST);
    const cJSON *twin = cJSON_IsObject(v) ? twin_in(v) : NULL;
    if (twin)
        FAIL(err, E_FORMAT, "%s: given twice", json_path(doc, outside(twin), path, sizeof path));
    const cJSON *child;
    cJSON_ArrayForEach(child, v) TRY(check(doc, child, depth + 1, err));
    return OK;
}

/* cJSON itself would take a refusal for a syntax error. */
static void *must_allocate(size_t size) {
    void *p = malloc(size);
    if (!p) out_of_memory(size);
    return p;
}

Status json_open(const char *text, const char *name, JsonDoc **out, Err *err) {
    *out = NULL;
    char *blanked = strdup(text);
    if (!blanked) out_of_memory(strlen(text) + 1);
    blank_comments(blanked);
    const char *at = blanked;
    cJSON_InitHooks(&(cJSON_Hooks){.malloc_fn = must_allocate, .free_fn = free});
    cJSON *root = cJSON_ParseWithLengthOpts(blanked, strlen(blanked) + 1, &at, true);
    const Status parsed = root ? OK : syntax_error(name, blanked, at, err);
    free(blanked);
    TRY(parsed);
    JsonDoc *doc = malloc(sizeof *doc);
    if (!doc) out_of_memory(sizeof *doc);
    *doc = (JsonDoc){root, strdup(name)};
    if (!doc->name) out_of_memory(strlen(name) + 1);
    const Status status = check(doc, root, 0, err);
    if (status == OK)
        *out = doc;
    else
        json_close(doc);
    return status;
}

Status json_open_file(const char *path, JsonDoc **out, Err *err) {
    *out = NULL;
    Arena *arena = arena_open();
    Bytes bytes;
    Status status = file_read(arena, path, &bytes, err);
    if (status == OK && strlen(bytes.data) != bytes.size)
        status = err_set(err, E_FORMAT, "%s: not JSON: byte %zu is zero", path, strlen(bytes.data));
    if (status == OK) status = json_open(bytes.data, path, out, err);
    arena_close(arena);
    return status;
}

void json_close(JsonDoc *doc) {
    if (!doc) return;
    cJSON_Delete(doc->root);
    free(doc->name);
    free(doc);
}

const Json *json_root(const JsonDoc *doc) {
    return outside(doc->root);
}

/* --- looking ---------------------------------------------------------------------------------- */

JsonKind json_kind(const Json *v) {
    switch (inside(v)->type & 0xFF) {
    case cJSON_NULL:
        return JSON_NULL;
    case cJSON_True:
    case cJSON_False:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        BUG("a JSON value of type %d", inside(v)->type);
    }
}

const char *json_kind_name(JsonKind kind) {
    static const char *const NAMES[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",     [JSON_OBJECT] = "an object",
    };
    return NAMES[kind];
}

const char *json_key(const Json *v) {
    return inside(v)->string ? inside(v)->string : "";
}

const Json *json_get(const Json *object, const char *key) {
    if (!object || !cJSON_IsObject(inside(object))) return NULL;
    return outside(cJSON_GetObjectItemCaseSensitive(inside(object), key));
}

const Json *json_first(const Json *array_or_object) {
    return outside(inside(array_or_object)->child);
}
const Json *json_next(const Json *v) {
    return outside(inside(v)->next);
}

size_t json_size(const Json *array_or_object) {
    size_t n = 0;
    for (const Json *v = json_first(array_or_object); v; v = json_next(v)) n++;
    return n;
}

/* Add ".key" or "[i]" for every step from `from` down to v. False, and path as it was, when v is
 * not below. */
static bool add_steps(Text *path, const Json *from, const Json *v) {
    if (from == v) return true;
    const size_t size = path->size;
    const bool in_array = json_kind(from) == JSON_ARRAY;
    size_t i = 0;
    for (const Json *child = json_first(from); child; child = json_next(child), i++) {
        if (in_array)
            text_add(path, "[%zu]", i);
        else
            text_add(path, ".%s", json_key(child));
        if (add_steps(path, child, v)) return true;
        path->s[path->size = size] = 0;
    }
    return false;
}

const char *json_path(const JsonDoc *doc, const Json *v, char *buffer, size_t size) {
    Text path = {0};
    text_add_bytes(&path, "", 0);
    if (v && add_steps(&path, json_root(doc), v) && path.size)
        snprintf(buffer, size, "%s: %s", doc->name, path.s + (path.s[0] == '.'));
    else
        snprintf(buffer, size, "%s", doc->name);
    text_close(&path);
    return buffer;
}

/* --- values ----------------------------------------------------------------------------------- */

double json_as_number(const Json *v) {
    MUST(json_kind(v) == JSON_NUMBER);
    return inside(v)->valuedouble;
}

bool json_as_bool(const Json *v) {
    MUST(json_kind(v) == JSON_BOOL);
    return cJSON_IsTrue(inside(v));
}

const char *json_as_string(const Json *v) {
    MUST(json_kind(v) == JSON_STRING);
    return inside(v)->valuestring;
}

Status json_need(const JsonDoc *doc, const Json *object, const char *key, JsonKind kind,
                 const Json **out, Err *err) {
    char path[256];
    const Json *v = json_get(object, key);
    if (!v)
        FAIL(err, E_FORMAT, "%s: needs '%s', %s", json_path(doc, object, path, sizeof path), key,
             json_kind_name(kind));
    if (json_kind(v) != kind)
        FAIL(err, E_FORMAT, "%s: needs %s, not %s", json_path(doc, v, path, sizeof path),
             json_kind_name(kind), json_kind_name(json_kind(v)));
    *out = v;
    return OK;
}

Status json_need_number(const JsonDoc *doc, const Json *object, const char *key, double *out,
                        Err *err) {
    const Json *v;
    TRY(json_need(doc, object, key, JSON_NUMBER, &v, err));
    *out = json_as_number(v);
    return OK;
}

Status json_need_string(const JsonDoc *doc, const Json *object, const char *key, const char **out,
                        Err *err) {
    const Json *v;
    TRY(json_need(doc, object, key, JSON_STRING, &v, err));
    *out = json_as_string(v);
    return OK;
}

double json_number_or(const Json *object, const char *key, double fallback) {
    const Json *v = json_get(object, key);
    return v && json_kind(v) == JSON_NUMBER ? json_as_number(v) : fallback;
}

const char *json_string_or(const Json *object, const char *key, const char *fallback) {
    const Json *v = json_get(object, key);
    return v && json_kind(v) == JSON_STRING ? json_as_string(v) : fallback;
}
