/* json.h: reading JSON with errors that name the path, and writing it. The only user of cJSON.
 *
 *     JsonDoc *doc;
 *     TRY(json_open(bytes.data, "sweep.json", &doc, err));       // comments (// and / * * /) allowed
 *     const Json *base = json_get(json_root(doc), "base");       // NULL when absent
 *     TRY(json_need_number(doc, base, "lr", &lr, err));          // "sweep.json: base.lr: needs a number, not a string"
 *     json_close(doc);
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

typedef struct JsonDoc JsonDoc;
typedef struct Json Json; // a value inside a document; lives as long as the document
typedef enum { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } JsonKind;

/* name is what errors call the document (usually its path). A syntax error names line and column. A
 * key given twice in one object is an error. *out is NULL after an error. */
Status json_open(const char *text, const char *name, JsonDoc **out, Err *err);
Status json_open_file(const char *path, JsonDoc **out, Err *err); // .gz is fine
void json_close(JsonDoc *doc);                                    // NULL is fine
const Json *json_root(const JsonDoc *doc);

JsonKind json_kind(const Json *v);
const char *json_kind_name(JsonKind kind); // "a number", "an object", ...
const char *json_key(const Json *v); // the key under which v stands in its object, "" elsewhere
/* "sweep.json: axes.d_model[2]" */
const char *json_path(const JsonDoc *doc, const Json *v, char *buffer, size_t size);
const Json *json_get(const Json *object, const char *key); // NULL when either is not there
const Json *json_first(const Json *array_or_object);       // children in order; NULL at the end
const Json *json_next(const Json *v);
size_t json_size(const Json *array_or_object);

/* Values of a known kind; the caller has tested json_kind(), anything else is a BUG. */
double json_as_number(const Json *v);
bool json_as_bool(const Json *v);
const char *json_as_string(const Json *v);

/* Required members: absent or of the wrong kind is E_FORMAT with the path. */
Status json_need_number(const JsonDoc *doc, const Json *object, const char *key, double *out,
                        Err *err);
Status json_need_string(const JsonDoc *doc, const Json *object, const char *key, const char **out,
                        Err *err);
Status json_need(const JsonDoc *doc, const Json *object, const char *key, JsonKind kind,
                 const Json **out, Err *err);
/* Optional members: the fallback when absent or null. */
double json_number_or(const Json *object, const char *key, double fallback);
const char *json_string_or(const Json *object, const char *key, const char *fallback);

/* Writing. Numbers are the shortest text that reads back the same; NaN and infinities become null.
 * key is NULL inside arrays and for the outermost value. indent 0 writes all on one line (ledger,
 * log), 2 writes for people.
 *
 *     JsonOut j = json_out(2);
 *     json_begin(&j, NULL, '{');
 *     json_put_number(&j, "loss", 1.25);
 *     json_begin(&j, "tags", '['); json_put_string(&j, NULL, "a"); json_end(&j);
 *     json_end(&j);
 *     puts(j.text.s); text_close(&j.text);
 */
typedef struct {
    Text text;
    int indent, depth;
    bool first; // no member yet at this depth
    char closers[32];
} JsonOut;

JsonOut json_out(int indent);
void json_begin(JsonOut *j, const char *key, char bracket); // '{' or '['
void json_end(JsonOut *j);
void json_put_number(JsonOut *j, const char *key, double x);
void json_put_count(JsonOut *j, const char *key, uint64_t n);
void json_put_bool(JsonOut *j, const char *key, bool b);
void json_put_string(JsonOut *j, const char *key, const char *s); // NULL becomes null
void json_put_null(JsonOut *j, const char *key);
void json_put_value(JsonOut *j, const char *key, const Json *v); // a copy of a parsed value

#endif
