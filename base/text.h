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
/* One cell of a CSV (RFC 4180): in quotes where it must be, a quote in it doubled. */
void text_add_csv(Text *t, const char *s);
/* Paths may hold any bytes: those that are no UTF-8 become U+FFFD. */
void text_add_utf8(Text *t, const char *s);
/* Length of the well-formed UTF-8 character at s, 0 when there is none (Unicode 15, table 3-7). */
size_t utf8_length(const char *s);
void text_close(Text *t); // frees, leaves an empty Text

#endif
