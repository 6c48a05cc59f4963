/* columns.c: tables for people, plain or in Markdown. A Columns owns copies of its cells. */
#include "base/columns.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/memory.h"
#include "base/text.h"

struct Columns {
    Arena *arena;
    const char **cells; // (n_rows, n_columns)
    size_t n_columns, n_rows, capacity;
};

Columns *columns_open(int n_columns) {
    MUST(n_columns >= 1);
    Columns *c = calloc(1, sizeof *c);
    if (!c) out_of_memory(sizeof *c);
    c->arena = arena_open();
    c->n_columns = (size_t)n_columns;
    return c;
}

void columns_close(Columns *c) {
    if (!c) return;
    arena_close(c->arena);
    free(c->cells);
    free(c);
}

void columns_row_of(Columns *c, const char *const cells[]) {
    if (c->n_rows == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 16;
        const size_t bytes = c->capacity * c->n_columns * sizeof *c->cells;
        c->cells = realloc(c->cells, bytes);
        if (!c->cells) out_of_memory(bytes);
    }
    for (size_t i = 0; i < c->n_columns; i++)
        c->cells[c->n_rows * c->n_columns + i] = arena_strdup(c->arena, cells[i] ? cells[i] : "");
    c->n_rows++;
}

static const char *cell(const Columns *c, size_t row, size_t column) {
    return c->cells[row * c->n_columns + column];
}

typedef struct {
    size_t width;
    bool right;
} Layout;

/* Count characters, not bytes: UTF-8 continuation bytes take no room. */
static size_t width(const char *s) {
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static size_t column_width(const Columns *c, size_t column) {
    size_t widest = 0;
    for (size_t row = 0; row < c->n_rows; row++) {
        const size_t w = width(cell(c, row, column));
        if (w > widest) widest = w;
    }
    return widest;
}

/* Tell whether a column holds numbers: below the head every cell begins like one, blanks and dashes
 * aside. */
static bool is_numeric(const Columns *c, size_t column) {
    bool any = false;
    for (size_t row = 1; row < c->n_rows; row++) {
        const char *s = cell(c, row, column);
        const char *digits = s + strspn(s, " +-.<>~=");
        if (isdigit((unsigned char)*digits))
            any = true;
        else if (*digits)
            return false;
    }
    return any;
}

static void print_blanks(size_t n, char blank, FILE *out) {
    while (n--) fputc(blank, out);
}

/* Print one cell. The blanks before it are printed only when something follows them, so that no
 * line ends in blanks: they are owed until then, and what is owed afterwards is returned. */
static size_t print_cell(const char *s, Layout layout, size_t owed, FILE *out) {
    const size_t room = layout.width - width(s);
    if (layout.right) owed += room;
    if (*s) {
        print_blanks(owed, ' ', out);
        fputs(s, out);
        owed = 0;
    }
    return owed + (layout.right ? 0 : room) + 2;
}

/* Print all rows of the first column and of columns from .. to-1. */
static void print_block(const Columns *c, const Layout layout[], size_t from, size_t to,
                        FILE *out) {
    for (size_t row = 0; row < c->n_rows; row++) {
        size_t owed = 0;
        if (from > 0) owed = print_cell(cell(c, row, 0), layout[0], owed, out);
        for (size_t i = from; i < to; i++) owed = print_cell(cell(c, row, i), layout[i], owed, out);
        fputc('\n', out);
        if (row > 0) continue;
        if (from > 0) print_blanks(layout[0].width, '-', out);
        for (size_t i = from; i < to; i++) {
            print_blanks(i ? 2 : 0, ' ', out);
            print_blanks(layout[i].width, '-', out);
        }
        fputc('\n', out);
    }
}

/* Find the end of the columns that fit beside each other from `from` on; at least one does. */
static size_t block_end(const Columns *c, const Layout layout[], size_t from) {
    size_t used = from > 0 ? layout[0].width + 2 : 0, to = from;
    while (to < c->n_columns && (to == from || used + layout[to].width <= COLUMNS_FOLD))
        used += layout[to++].width + 2;
    return to;
}

void columns_print(const Columns *c, FILE *out) {
    Layout *layout = ARENA_ARRAY(c->arena, Layout, c->n_columns);
    for (size_t i = 0; i < c->n_columns; i++)
        layout[i] = (Layout){column_width(c, i), is_numeric(c, i)};
    for (size_t from = 0, to; from < c->n_columns; from = to) {
        if (from > 0) fputc('\n', out);
        to = block_end(c, layout, from);
        print_block(c, layout, from, to, out);
    }
}

void columns_print_markdown(const Columns *c, FILE *out) {
    for (size_t row = 0; row < c->n_rows; row++) {
        for (size_t i = 0; i < c->n_columns; i++) {
            fputs("| ", out);
            for (const char *s = cell(c, row, i); *s; s++)
                fprintf(out, *s == '|' ? "\\%c" : "%c", *s);
            fputc(' ', out);
        }
        fputs("|\n", out);
        if (row > 0) continue;
        for (size_t i = 0; i < c->n_columns; i++) fputs(is_numeric(c, i) ? "|---:" : "|---", out);
        fputs("|\n", out);
    }
}

static void put_html_cell(const char *tag, bool left, const char *text, FILE *out) {
    Text escaped = {0};
    text_add_escaped(&escaped, text);
    fprintf(out, "<%s%s>%s</%.2s>", tag, left ? " class=\"text\"" : "",
            escaped.size ? escaped.s : "", tag);
    text_close(&escaped);
}

void columns_print_html(const Columns *c, FILE *out) {
    for (size_t row = 0; row < c->n_rows; row++) {
        fputs(row == 0 ? "<thead><tr>" : "<tr>", out);
        for (size_t i = 0; i < c->n_columns; i++)
            put_html_cell(row == 0 ? "th scope=\"col\""
                          : i == 0 ? "th scope=\"row\""
                                   : "td",
                          !is_numeric(c, i), cell(c, row, i), out);
        fputs(row == 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n", out);
    }
    if (c->n_rows > 0) fputs("</tbody>\n", out);
}
