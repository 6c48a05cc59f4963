/* tables.c: the pen that keeps every table as the texts of its files until they are written. */
#include "base/tables.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/claim.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sheet_pen.h"
#include "base/tables_formats.h"
#include "base/text.h"

typedef struct {
    const char *suffix;
    void (*add)(Text *to, const SheetTable *t);
} Format;
static const Format FORMATS[] = {
    {"csv", tables_add_csv}, {"md", tables_add_markdown}, {"tex", tables_add_tex}};
enum { N_FORMATS = COUNT_OF(FORMATS) };

typedef struct {
    const char *name; // file name without its suffix
    Text files[N_FORMATS];
} TableFiles;

struct Tables {
    Arena *arena; // memory of the names
    TableFiles *all;
    size_t n, capacity;
};

Tables *tables_open(void) {
    Tables *t = calloc(1, sizeof *t);
    if (!t) out_of_memory(sizeof *t);
    t->arena = arena_open();
    return t;
}

void tables_close(Tables *t) {
    if (!t) return;
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < N_FORMATS; k++) text_close(&t->all[i].files[k]);
    free(t->all);
    arena_close(t->arena);
    free(t);
}

/* ---- the pen --------------------------------------------------------------------------------- */

/* Return whether a table gets files: it has rows, and if the rows have names, all of them have the
 * cells of the first. */
static bool is_written(const SheetTable *t) {
    if (t->kind != SHEET_NAMED && t->kind != SHEET_LIST) return false;
    if (t->n == 0 || t->rows[0].n == 0) return false;
    for (size_t i = 1; i < t->n && t->kind == SHEET_NAMED; i++)
        for (size_t k = 0; k < t->rows[0].n; k++)
            if (!sheet_cell(&t->rows[i], t->rows[0].cells[k].key)) return false;
    return true;
}

static TableFiles *add_table(Tables *t, const char *name) {
    if (t->n == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 16;
        const size_t bytes = t->capacity * sizeof *t->all;
        t->all = realloc(t->all, bytes);
        if (!t->all) out_of_memory(bytes);
    }
    t->all[t->n] = (TableFiles){.name = arena_strdup(t->arena, name)};
    return &t->all[t->n++];
}

static void put_table(SheetPaper *to, const SheetTable *table) {
    if (!is_written(table)) return;
    TableFiles *files = add_table(to->tables, table->key);
    for (size_t i = 0; i < N_FORMATS; i++) {
        Text text = {0};
        FORMATS[i].add(&text, table);
        text_add_utf8(&files->files[i], text.s);
        text_close(&text);
    }
}

const SheetPen TABLES_PEN = {.put_table = put_table};

/* ---- files ----------------------------------------------------------------------------------- */

static Status write_all(Arena *arena, const Tables *t, const char *dir, Err *err) {
    const char **names = ARENA_ARRAY(arena, const char *, t->n *N_FORMATS);
    size_t n = 0;
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < N_FORMATS; k++)
            names[n++] = arena_printf(arena, "%s.%s", t->all[i].name, FORMATS[k].suffix);
    TRY(claim_files(dir, names, n, err));
    for (size_t i = 0; i < n; i++) {
        const Text *text = &t->all[i / N_FORMATS].files[i % N_FORMATS];
        TRY(file_write(arena_printf(arena, "%s/%s", dir, names[i]), text->s, text->size, err));
    }
    return OK;
}

Status tables_write(const Tables *t, const char *dir, Err *err) {
    Arena *arena = arena_open();
    const Status status = write_all(arena, t, dir, err);
    arena_close(arena);
    return status;
}
