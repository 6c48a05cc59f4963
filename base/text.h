/* text.h: strings that grow, numbers as people write them, columns, and the nearest word to a
 * misspelt one. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

/* A growing string: zero-initialise, add, use .s (NUL-terminated, never NULL after the first add),
 * text_close(). */
typedef struct {
    char *s;
    size_t size, capacity;
} Text;

void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_list(Text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
void text_add_bytes(Text *t, const char *bytes, size_t n);
/* With & < > " ' written as character references, and no control characters but \n and \t. */
void text_add_escaped(Text *t, const char *s);
void text_close(Text *t); // frees, leaves an empty Text

/* Shortest decimal that reads back as the same double ("0.1", "3e-04" is "0.0003"); buffer of >= 32
 * bytes, returned. */
char *real_to_text(char *buffer, double x);

/* A count for people: 950, 14.3k, 2.50M, 1.2G (three significant digits); returns buffer (>= 16
 * bytes). */
char *count_to_text(char *buffer, double x);
/* A duration: 0.4 s, 12 s, 3 min 05 s, 2 h 10 min; bytes: 812 B, 3.4 MB; returns buffer (>= 32
 * bytes). */
char *seconds_to_text(char *buffer, double seconds);
char *bytes_to_text(char *buffer, double bytes);

/* Read a count written 250000, 2.5e5, "250k", 1.5M, 2G; true when the whole text is one
 * non-negative whole number. */
bool count_from_text(const char *text, uint64_t *out);
/* Read a duration: 90, 90s, 30m, 2h; true when the whole text is one. */
bool seconds_from_text(const char *text, double *out);
/* Read a real number; true when the whole text (blanks around it allowed) is one. nan and inf are
 * read as such. */
bool real_from_text(const char *text, double *out);

/* Edit distance, and the nearest of n words (NULL when none is near enough to suggest). */
int text_distance(const char *a, const char *b);
const char *text_nearest(const char *word, const char *const words[], size_t n);

/* Columns for people: cells are added row by row, widths come from the widest cell; numbers are
 * right-aligned.
 *
 *     Columns *c = columns_open(4);
 *     columns_row(c, "run", "N", "D", "loss");
 *     columns_row(c, "1", "14.3k", "250k", "1.234");
 *     columns_print(c, stdout);                 // first row is the head, underlined
 *     columns_close(c);
 */
typedef struct Columns Columns;
enum { COLUMNS_FOLD = 118 }; // wider tables are printed in blocks, the first column before each
Columns *columns_open(int n_columns);
void columns_row_of(Columns *c, const char *const cells[]); // n_columns cells; texts are copied
#define columns_row(c, ...) columns_row_of((c), (const char *const[]){__VA_ARGS__})
void columns_print(const Columns *c, FILE *out);
void columns_print_markdown(const Columns *c, FILE *out);
void columns_print_html(const Columns *c, FILE *out); // <thead> and <tbody>, texts escaped
void columns_close(Columns *c);

#endif
