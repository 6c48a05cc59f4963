/* columns.h: tables for people. */
#ifndef BASE_COLUMNS_H
#define BASE_COLUMNS_H

#include <stdio.h>

/* A table: cells are added row by row, widths come from the widest cell; numbers are
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
