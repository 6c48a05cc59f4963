/* sheet_pen.c: the lookup of a cell, for pens. */
#include "base/sheet_pen.h"

#include <string.h>

const SheetCell *sheet_cell(const SheetRow *row, const char *key) {
    for (size_t i = 0; i < row->n; i++)
        if (strcmp(row->cells[i].key, key) == 0) return &row->cells[i];
    return NULL;
}
