/* sheet.c: turns values into typed cells and hands them to the pen: single values at once, the rows
 * of a table together. */
#include "base/sheet.h"

#include <string.h>

#include "base/err.h"

Sheet sheet_json(JsonOut *json) {
    return (Sheet){.pen = &JSON_PEN, .paper = {.json = json}};
}

Sheet sheet_text_out(FILE *out) {
    return (Sheet){.pen = &TEXT_PEN, .paper = {.out = out}};
}

Sheet sheet_html(FILE *out) {
    return (Sheet){.pen = &PAGE_PEN, .paper = {.out = out}};
}

void sheet_html_end(Sheet *s) {
    s->pen->end(&s->paper);
}

Sheet sheet_tables(Tables *tables) {
    return (Sheet){.pen = &TABLES_PEN, .paper = {.tables = tables}};
}

bool sheet_for_people(const Sheet *s) {
    return s->pen->for_people;
}

/* ---- the open table -------------------------------------------------------------------------- */

static bool has_rows(const SheetTable *t) {
    return t->kind == SHEET_NAMED || t->kind == SHEET_LIST;
}

/* Return the array with room for one more than its n elements. */
static void *room_for_one(Arena *arena, void *array, size_t n, size_t bytes) {
    const bool is_full = (n & (n - 1)) == 0; // the room is a power of two, or 0
    if (!is_full) return array;
    void *grown = arena_array(arena, n ? 2 * n : 1, bytes);
    if (n) memcpy(grown, array, n * bytes);
    return grown;
}

static void add_row(Sheet *s, const char *name) {
    SheetTable *t = s->table;
    t->rows = room_for_one(s->arena, t->rows, t->n, sizeof *t->rows);
    t->rows[t->n++] = (SheetRow){.name = name ? arena_strdup(s->arena, name) : NULL};
}

/* Return a copy of the key. Most rows have the keys of the first row, whose copy they use. */
static const char *kept_key(Sheet *s, size_t column, const char *key) {
    const SheetRow *first = &s->table->rows[0];
    const bool known = column < first->n && strcmp(first->cells[column].key, key) == 0;
    return known ? first->cells[column].key : arena_strdup(s->arena, key);
}

static void add_cell(Sheet *s, SheetCell cell) {
    MUST(s->table->n > 0);
    SheetRow *row = &s->table->rows[s->table->n - 1];
    cell.key = kept_key(s, row->n, cell.key);
    if (cell.text) cell.text = arena_strdup(s->arena, cell.text);
    row->cells = room_for_one(s->arena, row->cells, row->n, sizeof *row->cells);
    row->cells[row->n++] = cell;
}

void sheet_table(Sheet *s, const char *key, char kind, const char *title) {
    MUST(!s->table);
    MUST(kind && strchr("{[.:", kind));
    s->arena = arena_open();
    s->table = ARENA_NEW(s->arena, SheetTable);
    *s->table = (SheetTable){.key = key ? arena_strdup(s->arena, key) : NULL,
                             .title = arena_strdup(s->arena, title),
                             .kind = (SheetKind)kind};
    if (!has_rows(s->table)) add_row(s, NULL);
}

void sheet_row(Sheet *s, const char *name) {
    MUST(s->table && has_rows(s->table));
    MUST((name != NULL) == (s->table->kind == SHEET_NAMED));
    add_row(s, name);
}

void sheet_end(Sheet *s) {
    MUST(s->table);
    if (s->pen->put_table) s->pen->put_table(&s->paper, s->table);
    arena_close(s->arena);
    s->table = NULL;
    s->arena = NULL;
}

/* ---- values ---------------------------------------------------------------------------------- */

static void put(Sheet *s, SheetCell cell) {
    if (s->table)
        add_cell(s, cell);
    else if (s->pen->put_value)
        s->pen->put_value(&s->paper, &cell);
}

void sheet_list(Sheet *s, const char *key, const char *const texts[], int n) {
    MUST(!s->table);
    if (s->pen->put_list) s->pen->put_list(&s->paper, key, texts, n);
}

void sheet_missing(Sheet *s, const char *key) {
    put(s, (SheetCell){.key = key, .kind = CELL_MISSING});
}

void sheet_text(Sheet *s, const char *key, const char *text) {
    put(s, (SheetCell){.key = key, .kind = CELL_TEXT, .text = text});
}

void sheet_number(Sheet *s, const char *key, double x) {
    put(s, (SheetCell){.key = key, .kind = CELL_NUMBER, .x.value = x});
}

void sheet_size(Sheet *s, const char *key, double x) {
    put(s, (SheetCell){.key = key, .kind = CELL_SIZE, .x.value = x});
}

void sheet_count(Sheet *s, const char *key, uint64_t n) {
    put(s, (SheetCell){.key = key, .kind = CELL_COUNT, .count = n});
}

void sheet_bool(Sheet *s, const char *key, bool b) {
    put(s, (SheetCell){.key = key, .kind = CELL_BOOL, .yes = b});
}

void sheet_interval(Sheet *s, const char *key, Interval v) {
    put(s, (SheetCell){.key = key, .kind = CELL_INTERVAL, .x = v});
}

void sheet_size_interval(Sheet *s, const char *key, Interval v) {
    put(s, (SheetCell){.key = key, .kind = CELL_SIZE_INTERVAL, .x = v});
}

void sheet_interval_cells(Sheet *s, Interval v) {
    sheet_number(s, "value", v.value);
    sheet_number(s, "lo", v.lo);
    sheet_number(s, "hi", v.hi);
}
