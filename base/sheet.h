/* sheet.h: the one way out for results. What is told to a sheet once, its pen writes as JSON, as
 * lines and columns for people, as parts of a page, or as files with a table each (tables.h).
 *
 *     Sheet s = sheet_json(&json);                as JSON                      for people
 *     sheet_text(&s, "law", "chinchilla");        "law": "chinchilla"          law  chinchilla
 *     sheet_table(&s, "params", '{', "title");    "params": {                  title
 *     sheet_row(&s, "alpha");                       "alpha": {
 *     sheet_interval_cells(&s, v);                    "value": 0.3, ... }      alpha  0.3  0.2  0.4
 *     sheet_end(&s);                              }
 *
 * Tables do not nest. A sheet keeps the open one until sheet_end, and owns no memory outside of
 * it. Texts and keys are copied.
 *
 * To add a pen: one Pen (sheet_pen.h) and one function here that opens a sheet with it.
 */
#ifndef BASE_SHEET_H
#define BASE_SHEET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/interval.h"
#include "base/json.h"
#include "base/sheet_pen.h"

typedef struct Sheet Sheet;
struct Sheet {
    const SheetPen *pen;
    SheetPaper paper;
    SheetTable *table; // the open one, or NULL
    Arena *arena;      // of the open table
};

Sheet sheet_json(JsonOut *json); // an object is open there
Sheet sheet_text_out(FILE *out);
Sheet sheet_html(FILE *out); // what people get, as parts of a page; tell sheet_html_end at its end
void sheet_html_end(Sheet *s);
Sheet sheet_tables(Tables *tables); // only the tables that have rows; nothing else is kept

/* People are spared members that are missing or too wide. All other readers get every member. */
bool sheet_for_people(const Sheet *s);

/* A kind of SheetKind: '{' rows have names, '[' rows are a list, '.' an object of single values,
 * ':' single values that have a heading for people only. key is NULL for ':'. */
void sheet_table(Sheet *s, const char *key, char kind, const char *title);
void sheet_row(Sheet *s, const char *name); // name NULL in lists
void sheet_end(Sheet *s);

void sheet_list(Sheet *s, const char *key, const char *const texts[], int n); // sentences
void sheet_missing(Sheet *s, const char *key); // null, and nothing for people

/* A value: a cell of the open row, a line of an object, or a line by itself. */
void sheet_text(Sheet *s, const char *key, const char *text); // NULL: missing
void sheet_number(Sheet *s, const char *key, double x);
void sheet_size(Sheet *s, const char *key, double x); // 14.3k, 1.50M for people
void sheet_count(Sheet *s, const char *key, uint64_t n);
void sheet_bool(Sheet *s, const char *key, bool b);
void sheet_interval(Sheet *s, const char *key, Interval v);
void sheet_size_interval(Sheet *s, const char *key, Interval v); // as sheet_size
void sheet_interval_cells(Sheet *s, Interval v); // value, lo, hi of a row that is an interval

#endif
