/* sheet_people.c: the two pens for people, which write text and parts of a page. */
#include <math.h>
#include <string.h>

#include "base/arena.h"
#include "base/columns.h"
#include "base/numbers.h"
#include "base/sheet_pen.h"
#include "base/text.h"

/* ---- cells in words -------------------------------------------------------------------------- */

/* Add a number with at most this many digits, because more would be noise; "-" if it is missing. */
static void add_number(Text *to, double x, int digits) {
    if (isfinite(x))
        text_add(to, "%.*g", digits, x);
    else
        text_add(to, "-");
}

static void add_size(Text *to, double x) {
    char buffer[16];
    text_add(to, "%s", isfinite(x) ? count_to_text(buffer, x) : "-");
}

static void add_interval(Text *to, Interval x, bool sizes) {
    const double parts[] = {x.value, x.lo, x.hi};
    static const char *const BEFORE[] = {"", " [", ", "};
    const size_t n = isnan(x.lo) ? 1 : 3;
    for (size_t i = 0; i < n; i++) {
        text_add(to, "%s", BEFORE[i]);
        if (sizes)
            add_size(to, parts[i]);
        else
            add_number(to, parts[i], 4);
    }
    if (n > 1) text_add(to, "]");
}

static void add_cell(Text *to, const SheetCell *c, int digits) {
    switch (c->kind) {
    case CELL_MISSING:
        text_add(to, "-");
        return;
    case CELL_TEXT:
        text_add(to, "%s", c->text ? c->text : "-");
        return;
    case CELL_NUMBER:
        add_number(to, c->x.value, digits);
        return;
    case CELL_SIZE:
        add_size(to, c->x.value);
        return;
    case CELL_COUNT:
        text_add(to, "%llu", (unsigned long long)c->count);
        return;
    case CELL_BOOL:
        text_add(to, c->yes ? "yes" : "no");
        return;
    case CELL_INTERVAL:
    case CELL_SIZE_INTERVAL:
        add_interval(to, c->x, c->kind == CELL_SIZE_INTERVAL);
        return;
    }
}

enum { DIGITS = 6, DIGITS_OF_LIST = 4 }; // digits of a number; lists are wide and get fewer

/* Add a key as a label: "gradient_norm" becomes "gradient norm". */
static void add_label(Text *to, const char *key) {
    text_add(to, "%s", key);
    for (char *p = to->s; *p; p++)
        if (*p == '_') *p = ' ';
}

typedef void PrintLine(SheetPaper *to, const char *label, const char *text);

static void put_line(SheetPaper *to, const SheetCell *c, PrintLine *print) {
    if (c->kind == CELL_MISSING) return;
    Text label = {0}, text = {0};
    add_label(&label, c->key);
    add_cell(&text, c, DIGITS);
    print(to, label.s, text.s);
    text_close(&label);
    text_close(&text);
}

static void put_lines(SheetPaper *to, const SheetTable *t, PrintLine *print) {
    for (size_t i = 0; i < t->n; i++)
        for (size_t k = 0; k < t->rows[i].n; k++) put_line(to, &t->rows[i].cells[k], print);
}

/* ---- rows as columns ------------------------------------------------------------------------- */

static bool has_rows(const SheetTable *t) {
    return (t->kind == SHEET_NAMED || t->kind == SHEET_LIST) && t->n > 0;
}

static void add_heads(Columns *columns, const char **cells, const SheetTable *t) {
    const size_t names = t->kind == SHEET_NAMED;
    const SheetRow *first = &t->rows[0];
    if (names) cells[0] = "";
    for (size_t i = 0; i < first->n; i++) cells[i + names] = first->cells[i].key;
    columns_row_of(columns, cells);
}

static void add_row(Columns *columns, const char **cells, Text *texts, const SheetTable *t,
                    const SheetRow *row) {
    const size_t names = t->kind == SHEET_NAMED;
    const SheetRow *first = &t->rows[0];
    if (names) cells[0] = row->name;
    for (size_t i = 0; i < first->n; i++) {
        const SheetCell *c = sheet_cell(row, first->cells[i].key);
        if (c) add_cell(&texts[i], c, t->kind == SHEET_LIST ? DIGITS_OF_LIST : DIGITS);
        cells[i + names] = texts[i].s;
    }
    columns_row_of(columns, cells);
    for (size_t i = 0; i < first->n; i++) text_close(&texts[i]);
}

/* Return the table as columns, which the caller closes. */
static Columns *columns_of(const SheetTable *t) {
    const size_t n = t->rows[0].n + (t->kind == SHEET_NAMED);
    Arena *arena = arena_open();
    const char **cells = ARENA_ARRAY(arena, const char *, n);
    Text *texts = ARENA_ARRAY(arena, Text, n);
    Columns *columns = columns_open((int)n);
    add_heads(columns, cells, t);
    for (size_t i = 0; i < t->n; i++) add_row(columns, cells, texts, t, &t->rows[i]);
    arena_close(arena);
    return columns;
}

/* ---- text ------------------------------------------------------------------------------------ */

static void print_line(SheetPaper *to, const char *label, const char *text) {
    fprintf(to->out, "%-18s %s\n", label, text);
}

static void print_indented(SheetPaper *to, const char *label, const char *text) {
    fputs("  ", to->out);
    print_line(to, label, text);
}

static void text_value(SheetPaper *to, const SheetCell *c) {
    put_line(to, c, print_line);
}

static void text_list(SheetPaper *to, const char *key, const char *const texts[], int n) {
    (void)key;
    for (int i = 0; i < n; i++) fprintf(to->out, "  %s\n", texts[i]);
}

static void text_table(SheetPaper *to, const SheetTable *t) {
    fprintf(to->out, "\n%s\n", t->title);
    if (has_rows(t)) {
        Columns *columns = columns_of(t);
        columns_print(columns, to->out);
        columns_close(columns);
    } else
        put_lines(to, t, print_indented);
}

const SheetPen TEXT_PEN = {
    .for_people = true, .put_value = text_value, .put_list = text_list, .put_table = text_table};

/* ---- page ------------------------------------------------------------------------------------ */

static void put_html(SheetPaper *to, const char *before, const char *text, const char *after) {
    Text escaped = {0};
    text_add_escaped(&escaped, text);
    fprintf(to->out, "%s%s%s", before, escaped.size ? escaped.s : "", after);
    text_close(&escaped);
}

static void end_lines(SheetPaper *to) {
    if (to->in_lines) fputs("</dl>\n", to->out);
    to->in_lines = false;
}

static void page_line(SheetPaper *to, const char *label, const char *text) {
    if (!to->in_lines) fputs("<dl>\n", to->out);
    to->in_lines = true;
    put_html(to, "<dt>", label, "</dt>");
    put_html(to, "<dd>", text, "</dd>\n");
}

static void page_value(SheetPaper *to, const SheetCell *c) {
    put_line(to, c, page_line);
}

static void page_list(SheetPaper *to, const char *key, const char *const texts[], int n) {
    (void)key;
    end_lines(to);
    if (n == 0) return;
    fputs("<ul>\n", to->out);
    for (int i = 0; i < n; i++) put_html(to, "<li>", texts[i], "</li>\n");
    fputs("</ul>\n", to->out);
}

static void page_table(SheetPaper *to, const SheetTable *t) {
    end_lines(to);
    put_html(to, "<h3>", t->title, "</h3>\n");
    if (has_rows(t)) {
        Columns *columns = columns_of(t);
        fputs("<div class=\"scroll\" tabindex=\"0\"><table>\n", to->out);
        columns_print_html(columns, to->out);
        fputs("</table></div>\n", to->out);
        columns_close(columns);
    } else
        put_lines(to, t, page_line);
    end_lines(to);
}

const SheetPen PAGE_PEN = {.for_people = true,
                           .put_value = page_value,
                           .put_list = page_list,
                           .put_table = page_table,
                           .end = end_lines};
