/* tables_formats.c: writes a table as CSV, Markdown and TeX. The cells of its first row are the
 * columns; they give the keys, and which columns hold intervals. */
#include "base/tables_formats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/columns.h"
#include "base/memory.h"
#include "base/numbers.h"

/* ---- cells --------------------------------------------------------------------------------- */

static bool is_interval(const SheetCell *c) {
    return c->kind == CELL_INTERVAL || c->kind == CELL_SIZE_INTERVAL;
}

static bool is_text(const SheetCell *c) {
    return c && c->kind == CELL_TEXT && c->text;
}

static bool is_bool(const SheetCell *c) {
    return c && c->kind == CELL_BOOL;
}

static double if_finite(double x) {
    return isfinite(x) ? x : NAN;
}

/* Return the number in a cell; NaN where there is none. c may be NULL. */
static double number_of(const SheetCell *c) {
    if (c && c->kind == CELL_COUNT) return (double)c->count;
    const bool number = c && (c->kind == CELL_NUMBER || c->kind == CELL_SIZE);
    return number ? if_finite(c->x.value) : NAN;
}

/* Return the interval in a cell; NaN where there is none. c may be NULL. */
static Interval interval_of(const SheetCell *c) {
    if (!c || !is_interval(c)) return (Interval){NAN, NAN, NAN};
    return (Interval){if_finite(c->x.value), if_finite(c->x.lo), if_finite(c->x.hi)};
}

static bool is_missing(const SheetCell *c) {
    return !is_text(c) && !is_bool(c) && isnan(number_of(c)) && isnan(interval_of(c).value);
}

/* ---- columns ------------------------------------------------------------------------------- */

typedef struct {
    Arena *arena; // memory of the columns
    const SheetTable *table;
    const SheetCell **columns;
    size_t n;
    bool named; // the first column has the names of the rows
} Shown;

static bool is_empty(const SheetTable *t, const char *key) {
    for (size_t i = 0; i < t->n; i++)
        if (!is_missing(sheet_cell(&t->rows[i], key))) return false;
    return true;
}

/* Return the columns that people see: those with a value in some row. The caller closes the arena.
 */
static Shown for_people(const SheetTable *t) {
    const SheetRow *first = &t->rows[0];
    Arena *arena = arena_open();
    Shown s = {arena, t, ARENA_ARRAY(arena, const SheetCell *, first->n), 0,
               t->kind == SHEET_NAMED};
    for (size_t i = 0; i < first->n; i++)
        if (!is_empty(t, first->cells[i].key)) s.columns[s.n++] = &first->cells[i];
    return s;
}

/* ---- CSV ----------------------------------------------------------------------------------- */

static void add_raw_number(Text *to, double x) {
    char buffer[32];
    if (!isnan(x)) text_add(to, "%s", real_to_text(buffer, x));
}

static void add_raw(Text *to, const SheetCell *c, const SheetCell *column) {
    if (is_interval(column)) {
        const Interval x = interval_of(c);
        add_raw_number(to, x.value);
        text_add(to, ","), add_raw_number(to, x.lo);
        text_add(to, ","), add_raw_number(to, x.hi);
    } else if (is_text(c))
        text_add_csv(to, c->text);
    else if (is_bool(c))
        text_add(to, c->yes ? "yes" : "no");
    else
        add_raw_number(to, number_of(c));
}

void tables_add_csv(Text *to, const SheetTable *t) {
    const SheetRow *first = &t->rows[0];
    const bool named = t->kind == SHEET_NAMED;
    if (named) text_add(to, "name,");
    for (size_t i = 0; i < first->n; i++) {
        const char *key = first->cells[i].key;
        text_add(to, "%s%s", i ? "," : "", key);
        if (is_interval(&first->cells[i])) text_add(to, ",%s_lo,%s_hi", key, key);
    }
    for (size_t r = 0; r < t->n; r++) {
        text_add(to, "\n");
        if (named) text_add_csv(to, t->rows[r].name), text_add(to, ",");
        for (size_t i = 0; i < first->n; i++) {
            if (i) text_add(to, ",");
            add_raw(to, sheet_cell(&t->rows[r], first->cells[i].key), &first->cells[i]);
        }
    }
    text_add(to, "\n");
}

/* ---- Markdown ------------------------------------------------------------------------------ */

static void add_number(Text *to, double x) {
    if (isnan(x))
        text_add(to, "-");
    else
        text_add(to, "%.4g", x);
}

static void add_interval(Text *to, Interval x) {
    add_number(to, x.value);
    if (isnan(x.lo)) return;
    text_add(to, " [");
    add_number(to, x.lo);
    text_add(to, ", ");
    add_number(to, x.hi);
    text_add(to, "]");
}

static void add_cell(Text *to, const SheetCell *c, const SheetCell *column) {
    if (is_interval(column))
        add_interval(to, interval_of(c));
    else if (is_text(c))
        text_add(to, "%s", c->text);
    else if (is_bool(c))
        text_add(to, c->yes ? "yes" : "no");
    else
        add_number(to, number_of(c));
}

static Columns *columns_of(const Shown *t) {
    const char **cells = ARENA_ARRAY(t->arena, const char *, t->n + 1);
    Text *texts = ARENA_ARRAY(t->arena, Text, t->n + 1);
    Columns *c = columns_open((int)(t->n + t->named));
    cells[0] = "name";
    for (size_t i = 0; i < t->n; i++) cells[i + t->named] = t->columns[i]->key;
    columns_row_of(c, cells);
    for (size_t r = 0; r < t->table->n; r++) {
        const SheetRow *row = &t->table->rows[r];
        cells[0] = row->name;
        for (size_t i = 0; i < t->n; i++) {
            add_cell(&texts[i], sheet_cell(row, t->columns[i]->key), t->columns[i]);
            cells[i + t->named] = texts[i].s;
        }
        columns_row_of(c, cells);
        for (size_t i = 0; i < t->n; i++) text_close(&texts[i]);
    }
    return c;
}

void tables_add_markdown(Text *to, const SheetTable *t) {
    char *bytes;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    if (!out) out_of_memory(0);
    const Shown shown = for_people(t);
    Columns *c = columns_of(&shown);
    columns_print_markdown(c, out);
    columns_close(c);
    arena_close(shown.arena);
    const bool torn = ferror(out);
    if (fclose(out) != 0 || torn) out_of_memory(size);
    text_add_bytes(to, bytes, size);
    free(bytes);
}

/* ---- TeX ----------------------------------------------------------------------------------- */

static void add_tex_text(Text *to, const char *s) {
    for (; *s; s++) {
        if (strchr("_%&#${}", *s))
            text_add(to, "\\%c", *s);
        else if (strchr("^~", *s))
            text_add(to, "\\%c{}", *s);
        else if (*s == '\\')
            text_add(to, "\\textbackslash{}");
        else if (strchr("<>", *s))
            text_add(to, "$%c$", *s);
        else
            text_add(to, "%c", *s);
    }
}

/* Add 1.2e+07 as 1.2 \times 10^{7}; the caller opens the formula. */
static void add_tex_number(Text *to, double x) {
    char number[32];
    if (isnan(x)) {
        text_add(to, "-");
        return;
    }
    snprintf(number, sizeof number, "%.4g", x);
    char *e = strchr(number, 'e');
    if (e) *e = 0;
    text_add(to, "%s", number);
    if (e) text_add(to, " \\times 10^{%d}", atoi(e + 1));
}

/* Add an interval as a formula, or a dash if its value is missing, whatever its ends are. */
static void add_tex_interval(Text *to, Interval x) {
    if (isnan(x.value)) {
        text_add(to, "--");
        return;
    }
    text_add(to, "$");
    add_tex_number(to, x.value);
    if (!isnan(x.lo)) {
        text_add(to, "\\ [");
        add_tex_number(to, x.lo);
        text_add(to, ",\\ ");
        add_tex_number(to, x.hi);
        text_add(to, "]");
    }
    text_add(to, "$");
}

static void add_tex_cell(Text *to, const SheetCell *c, const SheetCell *column) {
    if (is_interval(column))
        add_tex_interval(to, interval_of(c));
    else if (is_text(c))
        add_tex_text(to, c->text);
    else if (is_bool(c))
        text_add(to, c->yes ? "yes" : "no");
    else
        add_tex_interval(to, (Interval){number_of(c), NAN, NAN});
}

static void add_tex_head(Text *to, const Shown *t) {
    text_add(to, "%% needs \\usepackage{booktabs}\n\\begin{tabular}{%s", t->named ? "l" : "");
    for (size_t i = 0; i < t->n; i++) text_add(to, is_text(t->columns[i]) ? "l" : "r");
    text_add(to, "}\n\\toprule\n%s", t->named ? "name & " : "");
    for (size_t i = 0; i < t->n; i++) {
        text_add(to, i ? " & " : "");
        add_tex_text(to, t->columns[i]->key);
    }
    text_add(to, " \\\\\n\\midrule\n");
}

void tables_add_tex(Text *to, const SheetTable *all) {
    const Shown t = for_people(all);
    add_tex_head(to, &t);
    for (size_t r = 0; r < all->n; r++) {
        const SheetRow *row = &all->rows[r];
        if (t.named) add_tex_text(to, row->name), text_add(to, " & ");
        for (size_t i = 0; i < t.n; i++) {
            text_add(to, i ? " & " : "");
            add_tex_cell(to, sheet_cell(row, t.columns[i]->key), t.columns[i]);
        }
        text_add(to, " \\\\\n");
    }
    text_add(to, "\\bottomrule\n\\end{tabular}\n");
    arena_close(t.arena);
}
