/* sheet_pen.h: what a sheet hands to its pen. Callers of a sheet do not need this; a new pen does.
 *
 * Single values outside of tables and lists of sentences come one by one, a table comes whole when
 * it ends. A function that is NULL in a Pen stands for what that pen does not write.
 */
#ifndef BASE_SHEET_PEN_H
#define BASE_SHEET_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/interval.h"
#include "base/json.h"

typedef enum {
    CELL_MISSING, // null
    CELL_TEXT,
    CELL_NUMBER,
    CELL_SIZE, // a number that people read as 14.3k
    CELL_COUNT,
    CELL_BOOL,
    CELL_INTERVAL,
    CELL_SIZE_INTERVAL, // an interval of sizes
} SheetCellKind;

typedef struct {
    const char *key;
    SheetCellKind kind;
    const char *text; // CELL_TEXT; NULL: missing
    Interval x;       // an interval; x.value: a number or a size; not finite: missing
    uint64_t count;   // CELL_COUNT
    bool yes;         // CELL_BOOL
} SheetCell;

typedef struct {
    const char *name; // NULL in lists and in objects
    SheetCell *cells;
    size_t n;
} SheetRow;

typedef enum {
    SHEET_NAMED = '{',
    SHEET_LIST = '[',
    SHEET_OBJECT = '.',  // its values are the cells of one row without a name
    SHEET_HEADING = ':', // as SHEET_OBJECT, but its values belong to the document
} SheetKind;

/* The cells of its first row are its columns: they have their keys and kinds. A later row may lack
 * some of them, or have more. */
typedef struct {
    const char *key, *title;
    SheetKind kind;
    SheetRow *rows;
    size_t n;
} SheetTable;

/* NULL where the row has no such cell. */
const SheetCell *sheet_cell(const SheetRow *row, const char *key);

typedef struct Tables Tables; // tables.h

/* What a pen writes on; each pen uses one of json, out and tables. */
typedef struct {
    JsonOut *json;
    FILE *out;
    Tables *tables;
    bool in_lines; // of a page: a list of single values is open
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
