/* sheet.c: the pens of a sheet. */
#include <math.h>
#include <string.h>

#include "analysis/fit/sheet.h"
#include "base/columns.h"
#include "base/numbers.h"

Sheet sheet_json(JsonOut *json) {
    return (Sheet){.json = json};
}
Sheet sheet_text_out(FILE *out) {
    return (Sheet){.out = out};
}

Sheet sheet_html(FILE *out) {
    return (Sheet){.out = out, .html = true};
}

static void end_lines(Sheet *s) {
    if (s->in_lines) fputs("</dl>\n", s->out);
    s->in_lines = false;
}

void sheet_html_end(Sheet *s) {
    end_lines(s);
}

static void put_html(Sheet *s, const char *before, const char *text, const char *after) {
    Text escaped = {0};
    text_add_escaped(&escaped, text);
    fprintf(s->out, "%s%s%s", before, escaped.size ? escaped.s : "", after);
    text_close(&escaped);
}

/* For people: more digits than a result here is worth are noise, "-" is a missing number. */
static void number_to_text(char *buffer, size_t size, int digits, double x) {
    if (isfinite(x))
        snprintf(buffer, size, "%.*g", digits, x);
    else
        snprintf(buffer, size, "-");
}

/* In the long tables of a list four digits are plenty. */
static int digits(const Sheet *s) {
    return s->kind == '[' ? 4 : 6;
}

static void put_line(Sheet *s, const char *key, const char *text) {
    char label[64];
    snprintf(label, sizeof label, "%s", key);
    for (char *p = label; *p; p++)
        if (*p == '_') *p = ' ';
    if (s->html) {
        if (!s->in_lines) fputs("<dl>\n", s->out);
        s->in_lines = true;
        put_html(s, "<dt>", label, "</dt>");
        put_html(s, "<dd>", text, "</dd>\n");
    } else
        fprintf(s->out, "%s%-18s %s\n", s->kind ? "  " : "", label, text);
}

static void put_cell(Sheet *s, const char *key, const char *text) {
    if (!s->in_row) {
        put_line(s, key, text);
        return;
    }
    MUST(s->n_cells < SHEET_MAX_CELLS);
    s->heads[s->n_cells] = key;
    text_add(&s->cells[s->n_cells++], "%s", text);
}

/* The finished row goes into the columns; the first one gives them their heads. */
static void flush_row(Sheet *s) {
    if (!s->in_row) return;
    s->in_row = false;
    if (s->json) {
        json_end(s->json);
        return;
    }
    const char *texts[SHEET_MAX_CELLS];
    for (int i = 0; i < s->n_cells; i++) texts[i] = s->cells[i].s;
    if (!s->columns) {
        s->columns = columns_open(s->n_cells);
        columns_row_of(s->columns, s->heads);
    }
    columns_row_of(s->columns, texts);
    for (int i = 0; i < s->n_cells; i++) text_close(&s->cells[i]);
    s->n_cells = 0;
}

void sheet_table(Sheet *s, const char *key, char kind, const char *title) {
    MUST(s->kind == 0);
    if (s->json && kind != ':') json_begin(s->json, key, kind == '[' ? '[' : '{');
    if (s->html) {
        end_lines(s);
        put_html(s, "<h3>", title, "</h3>\n");
    } else if (s->out)
        fprintf(s->out, "\n%s\n", title);
    s->kind = kind;
}

void sheet_row(Sheet *s, const char *name) {
    flush_row(s);
    s->in_row = true;
    if (s->json)
        json_begin(s->json, name, '{');
    else if (name)
        put_cell(s, "", name);
}

static void end_html_table(Sheet *s) {
    end_lines(s);
    if (!s->columns) return;
    fputs("<div class=\"scroll\" tabindex=\"0\"><table>\n", s->out);
    columns_print_html(s->columns, s->out);
    fputs("</table></div>\n", s->out);
}

void sheet_end(Sheet *s) {
    flush_row(s);
    if (s->json && s->kind != ':') json_end(s->json);
    if (s->html)
        end_html_table(s);
    else if (s->columns)
        columns_print(s->columns, s->out);
    columns_close(s->columns);
    s->columns = NULL;
    s->kind = 0;
}

static void put_list_html(Sheet *s, const char *const texts[], int n) {
    end_lines(s);
    if (n == 0) return;
    fputs("<ul>\n", s->out);
    for (int i = 0; i < n; i++) put_html(s, "<li>", texts[i], "</li>\n");
    fputs("</ul>\n", s->out);
}

void sheet_list(Sheet *s, const char *key, const char *const texts[], int n) {
    if (s->html) {
        put_list_html(s, texts, n);
        return;
    }
    if (s->json) json_begin(s->json, key, '[');
    for (int i = 0; i < n; i++) {
        if (s->json)
            json_put_string(s->json, NULL, texts[i]);
        else
            fprintf(s->out, "  %s\n", texts[i]);
    }
    if (s->json) json_end(s->json);
}

void sheet_missing(Sheet *s, const char *key) {
    if (s->json) json_put_null(s->json, key);
}

void sheet_text(Sheet *s, const char *key, const char *text) {
    if (s->json)
        json_put_string(s->json, key, text);
    else
        put_cell(s, key, text ? text : "-");
}

void sheet_number(Sheet *s, const char *key, double x) {
    char text[32];
    number_to_text(text, sizeof text, digits(s), x);
    if (s->json)
        json_put_number(s->json, key, x);
    else
        put_cell(s, key, text);
}

void sheet_size(Sheet *s, const char *key, double x) {
    char text[32];
    if (s->json)
        json_put_number(s->json, key, x);
    else
        put_cell(s, key, isfinite(x) ? count_to_text(text, x) : "-");
}

void sheet_count(Sheet *s, const char *key, uint64_t n) {
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    if (s->json)
        json_put_count(s->json, key, n);
    else
        put_cell(s, key, text);
}

void sheet_bool(Sheet *s, const char *key, bool b) {
    if (s->json)
        json_put_bool(s->json, key, b);
    else
        put_cell(s, key, b ? "yes" : "no");
}

void sheet_interval_cells(Sheet *s, Interval v) {
    sheet_number(s, "value", v.value);
    sheet_number(s, "lo", v.lo);
    sheet_number(s, "hi", v.hi);
}

static void size_to_text(char *buffer, size_t size, int digits_of_size, double x) {
    (void)digits_of_size;
    MUST(size >= 16);
    if (isfinite(x))
        count_to_text(buffer, x);
    else
        snprintf(buffer, size, "-");
}

static void put_interval(Sheet *s, const char *key, Interval v,
                         void (*to_text)(char *buffer, size_t size, int digits, double x)) {
    if (s->json) {
        json_begin(s->json, key, '{');
        sheet_interval_cells(s, v);
        json_end(s->json);
        return;
    }
    char value[32], lo[32], hi[32], text[128];
    to_text(value, sizeof value, 4, v.value);
    to_text(lo, sizeof lo, 4, v.lo);
    to_text(hi, sizeof hi, 4, v.hi);
    if (isnan(v.lo))
        snprintf(text, sizeof text, "%s", value);
    else
        snprintf(text, sizeof text, "%s [%s, %s]", value, lo, hi);
    put_cell(s, key, text);
}

void sheet_interval(Sheet *s, const char *key, Interval v) {
    put_interval(s, key, v, number_to_text);
}

void sheet_size_interval(Sheet *s, const char *key, Interval v) {
    put_interval(s, key, v, size_to_text);
}
