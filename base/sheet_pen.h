/* sheet_pen.h: what a sheet hands to its pen. Only a new pen needs this header.
 *
 * Lists of sentences, and single values outside of tables, arrive one by one; a table arrives whole
 * when it ends. A pen leaves the functions NULL for what it does not write. */
#ifndef BASE_SHEET_PEN_H
#define BASE_SHEET_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/interval.h"
#include "base/json.h"

typedef enum {
    CELL_MISSING, // printed as null
    CELL_TEXT,
    CELL_NUMBER,
    CELL_SIZE, // a number that people read as 14.3k
    CELL_COUNT,
    CELL_BOOL,
    CELL_INTERVAL,
    CELL_SIZE_INTERVAL, // an interval of numbers that people read as 14.3k
} SheetCellKind;

typedef struct {
    const char *key;
    SheetCellKind kind;
    const char *text; // for CELL_TEXT; NULL: missing
    Interval x;       // an interval, or in x.value a number or a size; not finite: missing
    uint64_t count;   // for CELL_COUNT
    bool yes;         // for CELL_BOOL
} SheetCell;

typedef struct {
    const char *name; // NULL in lists and in objects
    SheetCell *cells;
    size_t n;
} SheetRow;

typedef enum {
    SHEET_NAMED = '{',
    SHEET_LIST = '[',
    SHEET_OBJECT = '.',  // its values are the cells of a single row without a name
    SHEET_HEADING = ':', // values of the document itself, under a heading for people
} SheetKind;

/* A table. The cells of the first row are its columns and give their keys and kinds. A later row
 * may have fewer cells or more. */
typedef struct {
    const char *key, *title;
    SheetKind kind;
    SheetRow *rows;
    size_t n;
} SheetTable;

/* Return the cell with this key; NULL where the row has none. */
const SheetCell *sheet_cell(const SheetRow *row, const char *key);

typedef struct Tables Tables; // tables.h

/* Where a pen writes. Each pen uses one of json, out and tables. */
typedef struct {
    JsonOut *json;
    FILE *out;
    Tables *tables;
    bool in_lines; // a list of single values is open on the page
} SheetPaper;

typedef struct {
    bool for_people;
    void (*put_value)(SheetPaper *to, const SheetCell *value);
    void (*put_list)(SheetPaper *to, const char *key, const char *const texts[], int n);
    void (*put_table)(SheetPaper *to, const SheetTable *table);
    void (*end)(SheetPaper *to);
} SheetPen;

extern const SheetPen JSON_PEN;   // sheet_json.c
extern const SheetPen TEXT_PEN;   // sheet_people.c
extern const SheetPen PAGE_PEN;   // sheet_people.c
extern const SheetPen TABLES_PEN; // tables.c

#endif
