/* csv.c: parses the text in one pass and ends each cell in place with a NUL. */
#include <string.h>
#include <strings.h>

#include "analysis/points/csv.h"
#include "base/file.h"
#include "base/numbers.h"
#include "base/suggest.h"

enum { MOST_COLUMNS = 10000 }; // a limit, since names are compared pair by pair

typedef struct {
    char *at, *end;
    char separator; // ' ' stands for any run of blanks
    int line;
    const char *name;
    CsvLines comments;
} Reader;

/* Return the candidate that occurs most often outside quotes in the first line. Blanks come last,
 * since names may hold them. Where no candidate occurs at all, it is the comma. */
static char sniff_separator(const char *s, const char *end) {
    static const char CANDIDATES[] = {',', ';', '\t', '|', ' '};
    size_t best = 0, most = 0;
    for (size_t c = 0; c < sizeof CANDIDATES && !(CANDIDATES[c] == ' ' && most > 0); c++) {
        size_t n = 0;
        bool quoted = false;
        for (const char *p = s; p < end && (quoted || *p != '\n'); p++) {
            if (*p == '"') quoted = !quoted;
            n += !quoted && *p == CANDIDATES[c];
        }
        if (n > most) best = c, most = n;
    }
    return CANDIDATES[best];
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static char *trim(char *from, char *to) {
    while (to > from && is_blank(to[-1])) to--;
    *to = '\0';
    while (is_blank(*from)) from++;
    return from;
}

/* Read quoted text and undo doubled quotes in place. r->at ends on the separator, the newline or
 * the end. */
static Status read_quoted(Reader *r, const char **cell, Err *err) {
    char *to = ++r->at;
    const int opened = r->line;
    *cell = to;
    for (;; r->at++) {
        if (r->at >= r->end)
            FAIL(err, E_FORMAT, "%s: line %d: a quote is opened and never closed", r->name, opened);
        if (*r->at == '"' && *++r->at != '"') break;
        r->line += *r->at == '\n';
        *to++ = *r->at;
    }
    const char *closed = r->at;
    while (r->at < r->end && is_blank(*r->at) && (*r->at != r->separator || r->separator == ' '))
        r->at++;
    if (r->at < r->end && *r->at != r->separator && *r->at != '\n' &&
        (r->separator != ' ' || closed == r->at))
        FAIL(err, E_FORMAT,
             "%s: line %d: text after a closing quote; a quote inside quotes is written \"\"",
             r->name, r->line);
    *to = '\0';
    return OK;
}

static bool ends_cell(const Reader *r, char c) {
    return c == '\n' || c == r->separator || (r->separator == ' ' && is_blank(c));
}

/* Read one cell; *last says whether it ends its line. The separator behind it is consumed; where
 * blanks separate, all of them are. */
static Status read_cell(Reader *r, const char **cell, bool *last, Err *err) {
    while (r->at < r->end && *r->at == ' ') r->at++;
    char *from = r->at;
    const bool quoted = r->at < r->end && *r->at == '"', blanks = r->separator == ' ';
    if (quoted) {
        TRY(read_quoted(r, cell, err));
    } else {
        while (r->at < r->end && !ends_cell(r, *r->at)) r->at++;
    }
    char *to = r->at;
    while (blanks && r->at < r->end && is_blank(*r->at)) r->at++;
    *last = r->at >= r->end || *r->at == '\n';
    if (r->at < r->end && (*last || !blanks)) r->at++;
    if (!quoted) *cell = trim(from, to);
    return OK;
}

/* Go to the next line that is neither blank nor a comment. Return false at the end. */
static bool skip_lines(Reader *r) {
    while (r->at < r->end) {
        char *p = r->at, *newline = memchr(p, '\n', (size_t)(r->end - p));
        if (!newline) newline = r->end;
        while (p < newline && is_blank(*p)) p++;
        if (p < newline && *p != '#') return true;
        if (p < newline && r->comments.n++ == 0) r->comments.line = r->line;
        r->at = newline < r->end ? newline + 1 : newline;
        r->line++;
    }
    return false;
}

static Status check_name(const Csv *csv, int line, Err *err) {
    const char *name = csv->header[csv->n_columns];
    for (size_t i = 0; *name && i < csv->n_columns; i++)
        if (strcmp(csv->header[i], name) == 0)
            FAIL(err, E_FORMAT, "%s: line %d: two columns are named '%s'", csv->name, line, name);
    if (csv->n_columns >= MOST_COLUMNS)
        FAIL(err, E_FORMAT, "%s: line %d: more than %d columns; is it a table?", csv->name, line,
             MOST_COLUMNS);
    return OK;
}

static bool all_numbers(const Csv *csv) {
    double x;
    for (size_t i = 0; i < csv->n_columns; i++)
        if (!real_from_text(csv->header[i], &x)) return false;
    return true;
}

static Status read_header(Arena *arena, Reader *r, Csv *out, Err *err) {
    const int line = r->line;
    size_t room = 1;
    for (const char *p = r->at; p < r->end && *p != '\n'; p++) room += ends_cell(r, *p);
    out->header = ARENA_ARRAY(arena, const char *, room);
    for (bool last = false; !last; out->n_columns++) {
        if (out->n_columns == room) // more separators than on the first line
            FAIL(err, E_FORMAT, "%s: line %d: a column's name holds a line break", r->name, line);
        TRY(read_cell(r, &out->header[out->n_columns], &last, err));
        TRY(check_name(out, line, err));
    }
    r->line++;
    if (all_numbers(out))
        FAIL(err, E_FORMAT, "%s: line %d: numbers, where the names of the columns should stand%s",
             r->name, line,
             r->comments.n ? "; a line that begins with # is a comment, even if it holds names"
                           : "");
    r->comments = (CsvLines){0};
    return OK;
}

/* Return whether a row repeats the header, as it does in a table pasted together from several. */
static bool is_header(const Csv *csv, const char *const *row) {
    for (size_t i = 0; i < csv->n_columns; i++)
        if (strcmp(row[i], csv->header[i]) != 0) return false;
    return true;
}

static Status read_row(Reader *r, Csv *out, Err *err) {
    const char **row = out->cells + out->n_rows * out->n_columns, *extra = "";
    const int line = r->line;
    size_t n = 0, filled = 0; // `filled` counts up to the last cell that is not empty
    for (bool last = false; !last; n++) {
        const char **cell = n < out->n_columns ? &row[n] : &extra;
        TRY(read_cell(r, cell, &last, err));
        if (**cell) filled = n + 1;
    }
    r->line++;
    if (filled == 0) return OK;
    if (n < out->n_columns || filled > out->n_columns)
        FAIL(err, E_FORMAT, "%s: line %d has %zu cells, the header has %zu%s", r->name, line,
             n < out->n_columns ? n : filled, out->n_columns,
             filled > out->n_columns && r->separator == ','
                 ? "; what holds a comma needs quotes around it"
                 : "");
    if (is_header(out, row)) {
        if (out->headers.n++ == 0) out->headers.line = line;
        return OK;
    }
    out->lines[out->n_rows++] = line;
    return OK;
}

/* Fail where the text begins like another kind of file that people hand over in place of a
 * table. */
static Status not_a_table(const char *text, size_t size, const char *name, Err *err) {
    static const struct {
        const char *begins;
        size_t n;
        const char *says;
    } KINDS[] = {
        {"\xFF\xFE", 2, "UTF-16 text; save it as UTF-8"},
        {"\xFE\xFF", 2, "UTF-16 text; save it as UTF-8"},
        {"PK\x03\x04", 4, "a zip archive, perhaps a spreadsheet; save its sheet as CSV"},
        {"PAR1", 4, "a Parquet file; save it as CSV"},
        {"{", 1, "JSON, not a table; write its rows as CSV"},
        {"[", 1, "JSON, not a table; write its rows as CSV"},
    };
    for (size_t i = 0; i < COUNT_OF(KINDS); i++)
        if (size >= KINDS[i].n && memcmp(text, KINDS[i].begins, KINDS[i].n) == 0)
            FAIL(err, E_FORMAT, "%s: %s", name, KINDS[i].says);
    if (memchr(text, '\0', size)) FAIL(err, E_FORMAT, "%s: binary, not a table of text", name);
    return OK;
}

/* Read the separator from a first line "sep=;". Return false where there is no such line. */
static bool read_separator_line(Reader *r) {
    char *p = r->at;
    if (r->end - p < 5 || strncasecmp(p, "sep=", 4) != 0 || !memchr(",;\t|", p[4], 4)) return false;
    const char separator = p[4];
    for (p += 5; p < r->end && *p == '\r';) p++;
    if (p < r->end && *p != '\n') return false;
    r->separator = separator;
    r->at = p < r->end ? p + 1 : p;
    r->line++;
    return true;
}

Status csv_parse(Arena *arena, char *text, size_t size, const char *name, Csv *out, Err *err) {
    Reader r = {text, text + size, ',', 1, name, {0, 0}};
    *out = (Csv){.name = name};
    TRY(not_a_table(text, size, name, err));
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) r.at += 3;
    if (!memchr(text, '\n', size)) // lines that end in CR alone
        for (char *p = r.at; p < r.end; p++)
            if (*p == '\r') *p = '\n';
    const bool said = read_separator_line(&r);
    if (!skip_lines(&r))
        FAIL(err, E_FORMAT, "%s: empty; a table with a header line is needed", name);
    if (!said) r.separator = sniff_separator(r.at, r.end);
    out->separator = r.separator;
    out->decimal = r.separator == ',' ? DECIMAL_POINT_GROUPS : DECIMAL_POINT;
    size_t lines = 1;
    for (const char *p = r.at; p < r.end; p++) lines += *p == '\n';
    TRY(read_header(arena, &r, out, err));
    out->cells = arena_array(arena, lines * out->n_columns, sizeof *out->cells);
    out->lines = ARENA_ARRAY(arena, int, lines);
    while (skip_lines(&r)) TRY(read_row(&r, out, err));
    out->comments = r.comments;
    return OK;
}

Status csv_open(Arena *arena, const char *path, Csv *out, Err *err) {
    Bytes bytes;
    TRY(file_read(arena, path, &bytes, err));
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    return csv_parse(arena, bytes.data, bytes.size, name, out, err);
}

int csv_column(const Csv *csv, const char *name) {
    for (size_t i = 0; *name && i < csv->n_columns; i++)
        if (strcmp(csv->header[i], name) == 0) return (int)i;
    return -1;
}

/* Return the column that a stranger may have meant by `name`. A header that contains the name or is
 * contained in it comes before a mere misspelling. */
const char *csv_nearest(const Csv *csv, const char *name) {
    for (size_t i = 0; i < csv->n_columns; i++)
        if (strcasestr(csv->header[i], name) ||
            (strlen(csv->header[i]) > 2 && strcasestr(name, csv->header[i])))
            return csv->header[i];
    const char *near = suggest_nearest(name, csv->header, csv->n_columns);
    return near && *near ? near : NULL;
}
