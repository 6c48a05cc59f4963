/* sheet.h: the way by which every result is printed. Values are put on a sheet once, and its pen
 * writes them as JSON, as lines and columns for people, as parts of a page, or as one file per
 * table (tables.h).
 *
 *     Sheet s = sheet_json(&json);                as JSON                      for people
 *     sheet_text(&s, "law", "chinchilla");        "law": "chinchilla"          law  chinchilla
 *     sheet_table(&s, "params", '{', "title");    "params": {                  title
 *     sheet_row(&s, "alpha");                       "alpha": {
 *     sheet_interval_cells(&s, v);                    "value": 0.3, ... }      alpha  0.3  0.2  0.4
 *     sheet_end(&s);                              }
 *
 * Tables do not nest. A sheet keeps the open table in memory until sheet_end, and owns no other
 * memory. Texts and keys are copied.
 *
 * To add a pen: one SheetPen (sheet_pen.h), and one function here that opens a sheet with it. */
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
    SheetTable *table; // the open table, or NULL
    Arena *arena;      // memory of the open table
};

Sheet sheet_json(JsonOut *json); // write members of the open object
Sheet sheet_text_out(FILE *out);
Sheet sheet_html(FILE *out); // parts of a page; call sheet_html_end at the end
void sheet_html_end(Sheet *s);
Sheet sheet_tables(Tables *tables); // keeps tables with rows, and nothing else

/* Return whether the sheet is read by people. Callers then leave out members that are missing or
 * too wide; all other readers get every member. */
bool sheet_for_people(const Sheet *s);

/* Begin a table. `kind` is a SheetKind: with '{' rows have names, with '[' they are a list; '.' is
 * an object of single values; with ':' single values get a heading, which only people see. The key
 * is NULL for ':'. */
void sheet_table(Sheet *s, const char *key, char kind, const char *title);
void sheet_row(Sheet *s, const char *name); // begin a row; name is NULL in lists
void sheet_end(Sheet *s);

/* Put a list of sentences. */
void sheet_list(Sheet *s, const char *key, const char *const texts[], int n);
void sheet_missing(Sheet *s, const char *key); // put null, which people do not see

/* Put a value: a cell of the open row, a member of the open object, or a line by itself. */
void sheet_text(Sheet *s, const char *key, const char *text); // text NULL: missing
void sheet_number(Sheet *s, const char *key, double x);
void sheet_size(Sheet *s, const char *key, double x); // people see 14.3k, 1.50M
void sheet_count(Sheet *s, const char *key, uint64_t n);
void sheet_bool(Sheet *s, const char *key, bool b);
void sheet_interval(Sheet *s, const char *key, Interval v);
void sheet_size_interval(Sheet *s, const char *key, Interval v); // people see 14.3k [14.1k, 14.6k]
/* Put the cells value, lo and hi of a row that is an interval. */
void sheet_interval_cells(Sheet *s, Interval v);

#endif
