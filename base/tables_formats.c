/* tables.c: lists of rows in JSON, written as CSV, Markdown and TeX. */
#include "analysis/report/tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/claim.h"
#include "base/columns.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/numbers.h"

enum { MAX_COLUMNS = 64 };

typedef struct {
    const char *key;
    bool interval; // an object of value, lo, hi
    bool empty;    // missing in every row: CSV has it, people are spared it
} Column;

typedef struct {
    const Json *rows; // their list or object
    bool named;       // of an object: the key of a row is its first cell
    Column columns[MAX_COLUMNS];
    int n;
} Table;

/* ---- what is a table ----------------------------------------------------------------------- */

static bool is_interval(const Json *v) {
    return json_kind(v) == JSON_OBJECT && json_get(v, "value") && json_get(v, "lo") &&
           json_get(v, "hi") && json_size(v) == 3;
}

static bool is_missing(const Json *v, const Column *c) {
    const Json *value = c->interval ? json_get(v, "value") : v;
    return !value || json_kind(value) == JSON_NULL;
}

/* One column for each key of the first row. */
static void columns_of(Table *t) {
    const Json *row = json_first(t->rows);
    for (const Json *v = json_first(row); v && t->n < MAX_COLUMNS; v = json_next(v)) {
        Column *c = &t->columns[t->n++];
        *c = (Column){json_key(v), is_interval(v), true};
        for (const Json *r = row; r && c->empty; r = json_next(r))
            c->empty = is_missing(json_get(r, c->key), c);
    }
}

/* The table without its empty columns. */
static Table for_people(const Table *t) {
    Table out = *t;
    out.n = 0;
    for (int i = 0; i < t->n; i++)
        if (!t->columns[i].empty) out.columns[out.n++] = t->columns[i];
    return out;
}

/* Rows are objects; those of an object have the same keys. */
static bool is_table(const Json *v, Table *out) {
    const JsonKind kind = json_kind(v);
    if ((kind != JSON_ARRAY && kind != JSON_OBJECT) || json_size(v) == 0) return false;
    *out = (Table){.rows = v, .named = kind == JSON_OBJECT};
    for (const Json *row = json_first(v); row; row = json_next(row))
        if (json_kind(row) != JSON_OBJECT) return false;
    columns_of(out);
    for (const Json *row = json_first(v); row && out->named; row = json_next(row))
        for (int i = 0; i < out->n; i++)
            if (!json_get(row, out->columns[i].key)) return false;
    return out->n > 0;
}

/* ---- cells --------------------------------------------------------------------------------- */

static double number_of(const Json *v) {
    return v && json_kind(v) == JSON_NUMBER ? json_as_number(v) : NAN;
}

static void add_number(Text *to, const Json *v) {
    if (isnan(number_of(v)))
        text_add(to, "-");
    else
        text_add(to, "%.4g", number_of(v));
}

/* As people are shown it. */
static void add_cell(Text *to, const Json *v, const Column *c) {
    if (c->interval) {
        add_number(to, json_get(v, "value"));
        if (isnan(number_of(json_get(v, "lo")))) return;
        text_add(to, " [");
        add_number(to, json_get(v, "lo"));
        text_add(to, ", ");
        add_number(to, json_get(v, "hi"));
        text_add(to, "]");
    } else if (v && json_kind(v) == JSON_STRING)
        text_add(to, "%s", json_as_string(v));
    else if (v && json_kind(v) == JSON_BOOL)
        text_add(to, json_as_bool(v) ? "yes" : "no");
    else
        add_number(to, v);
}

/* ---- CSV ----------------------------------------------------------------------------------- */

static void add_quoted(Text *to, const char *s) {
    const bool quote = strpbrk(s, ",\"\r\n") != NULL;
    if (quote) text_add(to, "\"");
    for (; *s; s++) text_add(to, *s == '"' ? "\"\"" : "%c", *s);
    if (quote) text_add(to, "\"");
}

static void add_raw(Text *to, const Json *v) {
    char buffer[32];
    if (v && json_kind(v) == JSON_STRING)
        add_quoted(to, json_as_string(v));
    else if (v && json_kind(v) == JSON_BOOL)
        text_add(to, json_as_bool(v) ? "yes" : "no");
    else if (!isnan(number_of(v)))
        text_add(to, "%s", real_to_text(buffer, number_of(v)));
}

static void add_csv(Text *to, const Table *t) {
    if (t->named) text_add(to, "name,");
    for (int i = 0; i < t->n; i++) {
        const char *key = t->columns[i].key;
        text_add(to, "%s%s", i ? "," : "", key);
        if (t->columns[i].interval) text_add(to, ",%s_lo,%s_hi", key, key);
    }
    for (const Json *row = json_first(t->rows); row; row = json_next(row)) {
        text_add(to, "\n");
        if (t->named) add_quoted(to, json_key(row)), text_add(to, ",");
        for (int i = 0; i < t->n; i++) {
            const Json *v = json_get(row, t->columns[i].key);
            if (i) text_add(to, ",");
            add_raw(to, t->columns[i].interval ? json_get(v, "value") : v);
            if (!t->columns[i].interval) continue;
            text_add(to, ","), add_raw(to, json_get(v, "lo"));
            text_add(to, ","), add_raw(to, json_get(v, "hi"));
        }
    }
    text_add(to, "\n");
}

/* ---- Markdown ------------------------------------------------------------------------------ */

static Columns *columns_for_people(const Table *t) {
    const char *cells[MAX_COLUMNS + 1] = {"name"};
    Text texts[MAX_COLUMNS + 1] = {{0}};
    Columns *c = columns_open(t->n + t->named);
    for (int i = 0; i < t->n; i++) cells[i + t->named] = t->columns[i].key;
    columns_row_of(c, cells);
    for (const Json *row = json_first(t->rows); row; row = json_next(row)) {
        if (t->named) cells[0] = json_key(row);
        for (int i = 0; i < t->n; i++) {
            add_cell(&texts[i], json_get(row, t->columns[i].key), &t->columns[i]);
            cells[i + t->named] = texts[i].s ? texts[i].s : "";
        }
        columns_row_of(c, cells);
        for (int i = 0; i < t->n; i++) text_close(&texts[i]);
    }
    return c;
}

static void add_markdown(Text *to, const Table *t) {
    char *bytes;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    if (!out) out_of_memory(0);
    const Table shown = for_people(t);
    Columns *c = columns_for_people(&shown);
    columns_print_markdown(c, out);
    columns_close(c);
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

/* "1.2e+07" as 1.2 \times 10^{7}, in a formula. */
static void add_tex_number(Text *to, const Json *v) {
    char number[32];
    if (isnan(number_of(v))) {
        text_add(to, "-");
        return;
    }
    snprintf(number, sizeof number, "%.4g", number_of(v));
    char *e = strchr(number, 'e');
    if (e) *e = 0;
    text_add(to, "%s", number);
    if (e) text_add(to, " \\times 10^{%d}", atoi(e + 1));
}

static void add_tex_cell(Text *to, const Json *v, const Column *c) {
    if (!c->interval && v && json_kind(v) != JSON_NUMBER && json_kind(v) != JSON_NULL) {
        Text text = {0};
        add_cell(&text, v, c);
        add_tex_text(to, text.s ? text.s : "");
        text_close(&text);
        return;
    }
    const Json *value = c->interval ? json_get(v, "value") : v;
    if (isnan(number_of(value))) {
        text_add(to, "--");
        return;
    }
    text_add(to, "$");
    add_tex_number(to, value);
    if (c->interval && !isnan(number_of(json_get(v, "lo")))) {
        text_add(to, "\\ [");
        add_tex_number(to, json_get(v, "lo"));
        text_add(to, ",\\ ");
        add_tex_number(to, json_get(v, "hi"));
        text_add(to, "]");
    }
    text_add(to, "$");
}

static void add_tex(Text *to, const Table *all) {
    const Table shown = for_people(all), *t = &shown;
    text_add(to, "%% needs \\usepackage{booktabs}\n\\begin{tabular}{%s", t->named ? "l" : "");
    for (int i = 0; i < t->n; i++) {
        const Json *v = json_get(json_first(t->rows), t->columns[i].key);
        text_add(to, json_kind(v) == JSON_STRING ? "l" : "r");
    }
    text_add(to, "}\n\\toprule\n%s", t->named ? "name & " : "");
    for (int i = 0; i < t->n; i++) {
        text_add(to, i ? " & " : "");
        add_tex_text(to, t->columns[i].key);
    }
    text_add(to, " \\\\\n\\midrule\n");
    for (const Json *row = json_first(t->rows); row; row = json_next(row)) {
        if (t->named) add_tex_text(to, json_key(row)), text_add(to, " & ");
        for (int i = 0; i < t->n; i++) {
            text_add(to, i ? " & " : "");
            add_tex_cell(to, json_get(row, t->columns[i].key), &t->columns[i]);
        }
        text_add(to, " \\\\\n");
    }
    text_add(to, "\\bottomrule\n\\end{tabular}\n");
}

/* ---- files --------------------------------------------------------------------------------- */

typedef struct {
    const char *suffix;
    void (*add)(Text *to, const Table *t);
} Format;
static const Format FORMATS[] = {{"csv", add_csv}, {"md", add_markdown}, {"tex", add_tex}};

static Status write_one(Arena *arena, const Table *t, const Format *format, const char *dir,
                        const char *name, Err *err) {
    Text text = {0};
    format->add(&text, t);
    const Status status =
        file_write(arena_printf(arena, "%s/%s", dir, name), text.s, text.size, err);
    text_close(&text);
    return status;
}

/* File number i belongs to table i / COUNT_OF(FORMATS). */
static Status write_all(Arena *arena, const Json *root, const char *dir, Err *err) {
    const size_t most = json_size(root) * COUNT_OF(FORMATS);
    const char **names = ARENA_ARRAY(arena, const char *, most);
    Table *tables = ARENA_ARRAY(arena, Table, json_size(root));
    size_t n = 0;
    for (const Json *v = json_first(root); v; v = json_next(v)) {
        if (!is_table(v, &tables[n / COUNT_OF(FORMATS)])) continue;
        for (size_t i = 0; i < COUNT_OF(FORMATS); i++)
            names[n++] = arena_printf(arena, "%s.%s", json_key(v), FORMATS[i].suffix);
    }
    TRY(claim_files(dir, names, n, err));
    for (size_t i = 0; i < n; i++)
        TRY(write_one(arena, &tables[i / COUNT_OF(FORMATS)], &FORMATS[i % COUNT_OF(FORMATS)], dir,
                      names[i], err));
    return OK;
}

Status tables_write(const Json *root, const char *dir, Err *err) {
    Arena *arena = arena_open();
    const Status status = write_all(arena, root, dir, err);
    arena_close(arena);
    return status;
}
