/* csv.c: one pass over the text, cells ended in place. */
#include <string.h>
#include <strings.h>

#include "points/csv.h"
#include "base/file.h"
#include "base/text.h"

typedef struct {
    char *at, *end;
    char separator;
    int line;
    const char *name;
} Reader;

/* The candidate that is most often seen outside quotes in the first line; comma when there is none.
 */
static char sniff_separator(const char *s, const char *end) {
    static const char CANDIDATES[] = {',', ';', '\t', '|'};
    size_t best = 0, most = 0;
    for (size_t c = 0; c < sizeof CANDIDATES; c++) {
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

/* Quoted text, doubled quotes undone in place; r->at ends on the separator, the newline or the end.
 */
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
    while (r->at < r->end && is_blank(*r->at) && *r->at != r->separator) r->at++;
    if (r->at < r->end && *r->at != r->separator && *r->at != '\n')
        FAIL(err, E_FORMAT,
             "%s: line %d: text after a closing quote; a quote inside quotes is written \"\"",
             r->name, r->line);
    *to = '\0';
    return OK;
}

/* One cell; *last says that it ends its line. The character after it is consumed. */
static Status read_cell(Reader *r, const char **cell, bool *last, Err *err) {
    while (r->at < r->end && *r->at == ' ') r->at++;
    char *from = r->at;
    const bool quoted = r->at < r->end && *r->at == '"';
    if (quoted) {
        TRY(read_quoted(r, cell, err));
    } else {
        while (r->at < r->end && *r->at != r->separator && *r->at != '\n') r->at++;
    }
    *last = r->at >= r->end || *r->at == '\n';
    if (!quoted) *cell = trim(from, r->at);
    if (r->at < r->end) r->at++;
    return OK;
}

static bool skip_blank_lines(Reader *r) {
    for (char *p = r->at; p < r->end; p++) {
        if (*p == '\n') {
            r->line++;
            r->at = p + 1;
        } else if (!is_blank(*p)) {
            return true;
        }
    }
    return false;
}

static Status read_header(Arena *arena, Reader *r, Csv *out, Err *err) {
    if (!skip_blank_lines(r))
        FAIL(err, E_FORMAT, "%s: empty; a table with a header line is needed", r->name);
    size_t room = 1;
    for (const char *p = r->at; p < r->end && *p != '\n'; p++) room += *p == r->separator;
    out->header = ARENA_ARRAY(arena, const char *, room);
    for (bool last = false; !last;) {
        if (out->n_columns == room) // more separators than on the first line
            FAIL(err, E_FORMAT, "%s: line %d: a column's name holds a line break", r->name,
                 r->line);
        const char **name = &out->header[out->n_columns];
        TRY(read_cell(r, name, &last, err));
        if (**name == '\0')
            FAIL(err, E_FORMAT, "%s: line %d: column %zu has no name", r->name, r->line,
                 out->n_columns + 1);
        for (size_t i = 0; i < out->n_columns; i++)
            if (strcmp(out->header[i], *name) == 0)
                FAIL(err, E_FORMAT, "%s: line %d: two columns are named '%s'", r->name, r->line,
                     *name);
        out->n_columns++;
    }
    r->line++;
    return OK;
}

static Status read_row(Reader *r, Csv *out, Err *err) {
    const char **row = out->cells + out->n_rows * out->n_columns, *extra;
    const int line = r->line;
    size_t n = 0;
    for (bool last = false; !last; n++)
        TRY(read_cell(r, n < out->n_columns ? &row[n] : &extra, &last, err));
    if (n != out->n_columns)
        FAIL(err, E_FORMAT, "%s: line %d has %zu cells, the header has %zu", r->name, line, n,
             out->n_columns);
    out->lines[out->n_rows++] = line;
    r->line++;
    return OK;
}

Status csv_parse(Arena *arena, char *text, size_t size, const char *name, Csv *out, Err *err) {
    Reader r = {text, text + size, ',', 1, name};
    *out = (Csv){.name = name};
    if (memchr(text, '\0', size)) FAIL(err, E_FORMAT, "%s: binary, not a table of text", name);
    if (size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) r.at += 3;
    if (!skip_blank_lines(&r))
        FAIL(err, E_FORMAT, "%s: empty; a table with a header line is needed", name);
    r.separator = sniff_separator(r.at, r.end);
    size_t lines = 1;
    for (const char *p = r.at; p < r.end; p++) lines += *p == '\n';
    TRY(read_header(arena, &r, out, err));
    out->cells = arena_array(arena, lines * out->n_columns, sizeof *out->cells);
    out->lines = ARENA_ARRAY(arena, int, lines);
    while (skip_blank_lines(&r)) TRY(read_row(&r, out, err));
    return OK;
}

Status csv_open(Arena *arena, const char *path, Csv *out, Err *err) {
    Bytes bytes;
    TRY(file_read(arena, path, &bytes, err));
    return csv_parse(arena, bytes.data, bytes.size, path, out, err);
}

int csv_column(const Csv *csv, const char *name) {
    for (size_t i = 0; i < csv->n_columns; i++)
        if (strcmp(csv->header[i], name) == 0) return (int)i;
    return -1;
}

/* What a stranger may have called it: a name that contains ours or is contained in it comes before
 * a mere misspelling. */
const char *csv_nearest(const Csv *csv, const char *name) {
    for (size_t i = 0; i < csv->n_columns; i++)
        if (strcasestr(csv->header[i], name) ||
            (strlen(csv->header[i]) > 2 && strcasestr(name, csv->header[i])))
            return csv->header[i];
    return text_nearest(name, csv->header, csv->n_columns);
}
