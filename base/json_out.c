/* json_out.c: writing JSON: the member functions add one value each, commas and line breaks come by
 * themselves. */
#include "base/json.h"
#include "base/numbers.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

JsonOut json_out(int indent) {
    return (JsonOut){.indent = indent, .first = true};
}

static void new_line(JsonOut *j) {
    if (j->indent) text_add(&j->text, "\n%*s", j->indent * j->depth, "");
}

/* Write a string. Bytes that are no UTF-8 (paths may hold any) become U+FFFD, so that what is
 * written is always JSON. */
static void add_quoted(Text *t, const char *s) {
    text_add_bytes(t, "\"", 1);
    while (*s) {
        const size_t n = utf8_length(s);
        if (n == 0)
            text_add(t, "\xEF\xBF\xBD");
        else if (*s == '"' || *s == '\\')
            text_add(t, "\\%c", *s);
        else if (*s == '\n')
            text_add(t, "\\n");
        else if (*s == '\t')
            text_add(t, "\\t");
        else if ((unsigned char)*s < ' ')
            text_add(t, "\\u%04x", (unsigned)*s);
        else
            text_add_bytes(t, s, n);
        s += n ? n : 1;
    }
    text_add_bytes(t, "\"", 1);
}

static void begin_value(JsonOut *j, const char *key) {
    MUST(j->depth > 0 || j->text.size == 0);
    MUST(j->depth == 0 || (key != NULL) == (j->closers[j->depth - 1] == '}'));
    if (!j->first) text_add_bytes(&j->text, ",", 1);
    if (j->depth > 0) new_line(j);
    j->first = false;
    if (!key) return;
    add_quoted(&j->text, key);
    text_add(&j->text, j->indent ? ": " : ":");
}

void json_begin(JsonOut *j, const char *key, char bracket) {
    MUST(bracket == '{' || bracket == '[');
    MUST((size_t)j->depth < sizeof j->closers);
    begin_value(j, key);
    text_add_bytes(&j->text, &bracket, 1);
    j->closers[j->depth++] = bracket == '{' ? '}' : ']';
    j->first = true;
}

void json_end(JsonOut *j) {
    MUST(j->depth > 0);
    j->depth--;
    if (!j->first) new_line(j);
    text_add_bytes(&j->text, &j->closers[j->depth], 1);
    j->first = false;
}

void json_put_number(JsonOut *j, const char *key, double x) {
    char buffer[32];
    begin_value(j, key);
    text_add(&j->text, "%s", isfinite(x) ? real_to_text(buffer, x) : "null");
}

void json_put_count(JsonOut *j, const char *key, uint64_t n) {
    begin_value(j, key);
    text_add(&j->text, "%" PRIu64, n);
}

void json_put_bool(JsonOut *j, const char *key, bool b) {
    begin_value(j, key);
    text_add(&j->text, b ? "true" : "false");
}

void json_put_string(JsonOut *j, const char *key, const char *s) {
    begin_value(j, key);
    if (s)
        add_quoted(&j->text, s);
    else
        text_add(&j->text, "null");
}

void json_put_null(JsonOut *j, const char *key) {
    json_put_string(j, key, NULL);
}

void json_put_value(JsonOut *j, const char *key, const Json *v) {
    const JsonKind kind = json_kind(v);
    switch (kind) {
    case JSON_NULL:
        json_put_null(j, key);
        return;
    case JSON_BOOL:
        json_put_bool(j, key, json_as_bool(v));
        return;
    case JSON_NUMBER:
        json_put_number(j, key, json_as_number(v));
        return;
    case JSON_STRING:
        json_put_string(j, key, json_as_string(v));
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    json_begin(j, key, kind == JSON_OBJECT ? '{' : '[');
    for (const Json *child = json_first(v); child; child = json_next(child))
        json_put_value(j, kind == JSON_OBJECT ? json_key(child) : NULL, child);
    json_end(j);
}
