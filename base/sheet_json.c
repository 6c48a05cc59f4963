/* sheet_json.c: the pen that writes a sheet as members of a JSON object. */
#include "base/sheet_pen.h"

static void put_interval(JsonOut *j, const char *key, Interval x) {
    json_begin(j, key, '{');
    json_put_number(j, "value", x.value);
    json_put_number(j, "lo", x.lo);
    json_put_number(j, "hi", x.hi);
    json_end(j);
}

static void put_value(SheetPaper *to, const SheetCell *c) {
    switch (c->kind) {
    case CELL_MISSING:
        json_put_null(to->json, c->key);
        return;
    case CELL_TEXT:
        json_put_string(to->json, c->key, c->text);
        return;
    case CELL_NUMBER:
    case CELL_SIZE:
        json_put_number(to->json, c->key, c->x.value);
        return;
    case CELL_COUNT:
        json_put_count(to->json, c->key, c->count);
        return;
    case CELL_BOOL:
        json_put_bool(to->json, c->key, c->yes);
        return;
    case CELL_INTERVAL:
    case CELL_SIZE_INTERVAL:
        put_interval(to->json, c->key, c->x);
        return;
    }
}

static void put_list(SheetPaper *to, const char *key, const char *const texts[], int n) {
    json_begin(to->json, key, '[');
    for (int i = 0; i < n; i++) json_put_string(to->json, NULL, texts[i]);
    json_end(to->json);
}

static void put_cells(SheetPaper *to, const SheetRow *row) {
    for (size_t i = 0; i < row->n; i++) put_value(to, &row->cells[i]);
}

static void put_table(SheetPaper *to, const SheetTable *t) {
    const bool rows = t->kind == SHEET_NAMED || t->kind == SHEET_LIST;
    if (t->kind != SHEET_HEADING) json_begin(to->json, t->key, t->kind == SHEET_LIST ? '[' : '{');
    for (size_t i = 0; i < t->n; i++) {
        if (rows) json_begin(to->json, t->rows[i].name, '{');
        put_cells(to, &t->rows[i]);
        if (rows) json_end(to->json);
    }
    if (t->kind != SHEET_HEADING) json_end(to->json);
}

const SheetPen JSON_PEN = {.put_value = put_value, .put_list = put_list, .put_table = put_table};
