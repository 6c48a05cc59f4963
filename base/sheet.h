/* sheet.h: one walk, many outputs: the same results as JSON, as lines and columns for people, or as
 * parts of a page.
 *
 *     Sheet s = sheet_json(&json);                as JSON                      for people
 *     sheet_text(&s, "law", "chinchilla");        "law": "chinchilla"          law  chinchilla
 *     sheet_table(&s, "params", '{', "title");    "params": {                  title
 *     sheet_row(&s, "alpha");                       "alpha": {
 *     sheet_interval_cells(&s, v);                    "value": .3, ... }       alpha  .3  .2  .4
 *     sheet_end(&s);                              }
 *
 * A table is '{' (rows have names), '[' (rows are a list), '.' (an object of single values) or ':'
 * (single values that have a heading for people only).
 */
#ifndef ANALYSIS_FIT_SHEET_H
#define ANALYSIS_FIT_SHEET_H

#include "analysis/fit/fit.h"
#include "base/columns.h"

enum { SHEET_MAX_CELLS = 24 };
struct Sheet {
    JsonOut *json; // or NULL
    FILE *out;     // or NULL
    bool html;     // out is part of a page
    bool in_lines; // ... in which a list of single values is open
    char kind;     // of the open table; 0 outside
    bool in_row;
    int n_cells;
    const char *heads[SHEET_MAX_CELLS];
    Text cells[SHEET_MAX_CELLS];
    Columns *columns;
};

Sheet sheet_json(JsonOut *json);
Sheet sheet_text_out(FILE *out);
Sheet sheet_html(FILE *out); // what people get, as parts of a page; tell sheet_html_end at its end
void sheet_html_end(Sheet *s);

void sheet_table(Sheet *s, const char *key, char kind, const char *title);
void sheet_row(Sheet *s, const char *name); // name NULL in lists
void sheet_end(Sheet *s);

void sheet_list(Sheet *s, const char *key, const char *const texts[], int n); // sentences
void sheet_missing(Sheet *s, const char *key); // null, and nothing for people

/* A value: a cell of the open row, a line of an object, or a line by itself. */
void sheet_text(Sheet *s, const char *key, const char *text);
void sheet_number(Sheet *s, const char *key, double x);
void sheet_size(Sheet *s, const char *key, double x); // 14.3k, 1.50M for people
void sheet_count(Sheet *s, const char *key, uint64_t n);
void sheet_bool(Sheet *s, const char *key, bool b);
void sheet_interval(Sheet *s, const char *key, Interval v);
void sheet_size_interval(Sheet *s, const char *key, Interval v); // as sheet_size
void sheet_interval_cells(Sheet *s, Interval v); // value, lo, hi of a row that is an interval

#endif
