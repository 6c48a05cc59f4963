/* fuzz_csv.c: libFuzzer target: a --where condition on the first line, a table after it; any bytes
 * end in a table or in one line of error. */
#include <stdint.h>
#include <string.h>

#include "analysis/csv.h"
#include "analysis/where.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    Arena *arena = arena_open();
    char *text = arena_strndup(arena, "", 0);
    if (size) text = memcpy(arena_alloc(arena, size + 1), data, size);
    char *table = memchr(text, '\n', size);
    table = table ? table + 1 : text + size;
    const char *condition = arena_strndup(arena, text, (size_t)(table - text));
    Err err = {0};
    Csv csv;
    Where where;
    const bool is_condition = where_parse(arena, condition, "--where", &where, &err) == OK;
    const bool is_table =
        csv_parse(arena, table, size - (size_t)(table - text), "table", &csv, &err) == OK;
    if (is_condition && is_table && where_bind(&where, &csv, "--where", &err) == OK)
        for (size_t row = 0; row < csv.n_rows; row++) (void)where_holds(&where, &csv, row);
    arena_close(arena);
    return 0;
}
