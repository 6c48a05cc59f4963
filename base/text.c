/* text.c: growing strings. */
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/memory.h"

static void reserve(Text *t, size_t more) {
    if (t->size + more + 1 <= t->capacity) return;
    size_t capacity = t->capacity ? t->capacity : 64;
    while (capacity < t->size + more + 1) capacity *= 2;
    t->s = realloc(t->s, capacity);
    if (!t->s) out_of_memory(capacity);
    t->capacity = capacity;
}

void text_add_bytes(Text *t, const char *bytes, size_t n) {
    reserve(t, n);
    if (n) memcpy(t->s + t->size, bytes, n);
    t->s[t->size += n] = 0;
}

void text_add(Text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    text_add_list(t, format, args);
    va_end(args);
}

void text_add_list(Text *t, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    const int n = vsnprintf(NULL, 0, format, args);
    MUST(n >= 0);
    reserve(t, (size_t)n);
    vsnprintf(t->s + t->size, (size_t)n + 1, format, again);
    t->size += (size_t)n;
    va_end(again);
}

void text_add_words(Text *t, const char *const words[], size_t n, const char *between,
                    const char *last) {
    for (size_t i = 0; i < n; i++)
        text_add(t, "%s%s", i == 0 ? "" : i + 1 < n ? between : last, words[i]);
}

void text_add_escaped(Text *t, const char *s) {
    for (; *s; s++) switch (*s) {
        case '&':
            text_add(t, "&amp;");
            break;
        case '<':
            text_add(t, "&lt;");
            break;
        case '>':
            text_add(t, "&gt;");
            break;
        case '"':
            text_add(t, "&quot;");
            break;
        case '\'':
            text_add(t, "&#39;");
            break;
        default: // control characters are not allowed in a document at all
            if ((unsigned char)*s >= ' ' || *s == '\n' || *s == '\t') text_add_bytes(t, s, 1);
        }
}

void text_add_csv(Text *t, const char *s) {
    const bool quoted = strpbrk(s, ",\"\r\n") != NULL;
    if (quoted) text_add_bytes(t, "\"", 1);
    for (; *s; s++) text_add_bytes(t, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    if (quoted) text_add_bytes(t, "\"", 1);
}

size_t utf8_length(const char *at) {
    const unsigned char *s = (const unsigned char *)at;
    if (s[0] < 0x80) return 1;
    const size_t n = s[0] >= 0xC2 && s[0] <= 0xDF   ? 2
                     : (s[0] & 0xF0) == 0xE0        ? 3
                     : s[0] >= 0xF0 && s[0] <= 0xF4 ? 4
                                                    : 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    const bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    const bool surrogate = s[0] == 0xED && s[1] > 0x9F, beyond = s[0] == 0xF4 && s[1] > 0x8F;
    return overlong || surrogate || beyond ? 0 : n;
}

void text_add_utf8(Text *t, const char *s) {
    while (*s) {
        const size_t n = utf8_length(s);
        text_add_bytes(t, n ? s : "\xEF\xBF\xBD", n ? n : 3);
        s += n ? n : 1;
    }
}

void text_close(Text *t) {
    free(t->s);
    *t = (Text){0};
}
