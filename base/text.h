/* text.h: strings that grow. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/* A growing string: zero-initialise, add, use .s (NUL-terminated, never NULL after the first add),
 * text_close(). */
typedef struct {
    char *s;
    size_t size, capacity;
} Text;

void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(Text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void text_add_bytes(Text *t, const char *bytes, size_t n);
/* Add n words with `between` between them and `last` before the last: "plan, run or status". */
void text_add_words(Text *t, const char *const words[], size_t n, const char *between,
                    const char *last);
/* With & < > " ' written as character references, and no control characters but \n and \t. */
void text_add_escaped(Text *t, const char *s);
void text_close(Text *t); // frees, leaves an empty Text

#endif
