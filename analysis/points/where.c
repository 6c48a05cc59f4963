/* where.c: reading and testing conditions. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "analysis/points/where.h"
#include "base/numbers.h"
#include "base/suggest.h"

/* The operators. "<=" stands before "<", with which it begins. */
static const struct {
    const char *text;
    WhereOp op;
} OPERATORS[] = {{"!=", WHERE_NE}, {"<=", WHERE_LE}, {">=", WHERE_GE}, {"==", WHERE_EQ},
                 {"=", WHERE_EQ},  {"<", WHERE_LT},  {">", WHERE_GT}};

static const char *trimmed(Arena *arena, const char *from, const char *to) {
    while (from < to && isspace((unsigned char)*from)) from++;
    while (to > from && isspace((unsigned char)to[-1])) to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"') from++, to--;
    return arena_strndup(arena, from, (size_t)(to - from));
}

/* Return the first character of s outside quotes that is one of stops, or the end of s. */
static const char *until(const char *s, const char *stops) {
    bool quoted = false;
    for (; *s && (quoted || !strchr(stops, *s)); s++) quoted ^= *s == '"';
    return s;
}

/* Read the characters from .. to - 1 as one condition. Return false where they are none: they lack
 * an operator or a name, have a second operator, or leave a quote open. */
static bool read_condition(Arena *arena, const char *from, const char *to, WhereCondition *out) {
    const char *at = until(from, "!<>=");
    size_t quotes = 0;
    for (const char *p = from; p < to; p++) quotes += *p == '"';
    for (size_t i = 0; at < to && i < COUNT_OF(OPERATORS); i++) {
        const size_t n = strlen(OPERATORS[i].text);
        if (strncmp(at, OPERATORS[i].text, n) != 0) continue;
        *out = (WhereCondition){.name = trimmed(arena, from, at),
                                .value = trimmed(arena, at + n, to),
                                .text = trimmed(arena, from, to),
                                .sign = OPERATORS[i].text,
                                .op = OPERATORS[i].op,
                                .column = -1,
                                .number = NAN};
        if (!number_from_cell(out->value, DECIMAL_POINT, true, &out->number)) out->number = NAN;
        return *out->name && quotes % 2 == 0 && at[n] != '!' && until(at + n, "<>=") >= to;
    }
    return false;
}

Status where_parse(Arena *arena, const char *text, const char *what, Where *out, Err *err) {
    *out = (Where){0};
    if (!text || *text == '\0') return OK;
    size_t room = 1;
    for (const char *p = text; *p; p++) room += *p == ',';
    out->rows = ARENA_ARRAY(arena, WhereCondition, room);
    for (const char *p = text;; p++) {
        const char *end = until(p, ",");
        if (!read_condition(arena, p, end, &out->rows[out->n++]))
            FAIL(err, E_USAGE,
                 "%s: '%.*s' is no condition; write column=value, or one of != < <= > >= for the "
                 "=; a value that holds one of them is quoted",
                 what, (int)(end - p), p);
        p = end;
        if (*p == '\0') return OK;
    }
}

static bool same_name(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b)) return false;
    return *a == *b;
}

Status where_assignments(Arena *arena, const char *text, const char *what, Where *out, Err *err) {
    TRY(where_parse(arena, text, what, out, err));
    for (size_t i = 0; i < out->n; i++) {
        const WhereCondition *c = &out->rows[i];
        if (strcmp(c->sign, "=") != 0)
            FAIL(err, E_USAGE, "%s: '%s' assigns nothing; write %s=VALUE", what, c->text, c->name);
        for (size_t k = 0; k < i; k++)
            if (same_name(out->rows[k].name, c->name))
                FAIL(err, E_USAGE, "%s: %s is given twice", what, c->name);
    }
    return OK;
}

Status where_number(const WhereCondition *c, const char *what, double lo, double hi, bool whole,
                    double *out, Err *err) {
    char least[32], most[32];
    *out = c->number;
    if (*out >= lo && *out <= hi && (!whole || *out == floor(*out))) return OK;
    FAIL(err, E_USAGE, "%s: %s=%s: needs a %snumber from %s to %s", what, c->name, c->value,
         whole ? "whole " : "", real_to_text(least, lo), real_to_text(most, hi));
}

Status where_bind(Where *w, const Csv *csv, const char *what, Err *err) {
    for (size_t i = 0; i < w->n; i++) {
        w->rows[i].column = csv_column(csv, w->rows[i].name);
        if (w->rows[i].column >= 0) continue;
        const char *near = csv_nearest(csv, w->rows[i].name);
        FAIL(err, E_USAGE, "%s: %s has no column '%s'%s", what, csv->name, w->rows[i].name,
             DID_YOU_MEAN(near));
    }
    return OK;
}

static bool condition_holds(const WhereCondition *c, const Csv *csv, const char *cell) {
    double x;
    const bool wants_number = !isnan(c->number);
    const bool numbers =
        wants_number && number_from_cell(cell, csv->decimal, true, &x) && !isnan(x);
    if (wants_number && !numbers && c->op != WHERE_EQ && c->op != WHERE_NE) return false;
    const int order = numbers ? (x > c->number) - (x < c->number) : strcmp(cell, c->value);
    switch (c->op) {
    case WHERE_EQ:
        return order == 0;
    case WHERE_NE:
        return order != 0;
    case WHERE_LT:
        return order < 0;
    case WHERE_LE:
        return order <= 0;
    case WHERE_GT:
        return order > 0;
    case WHERE_GE:
        return order >= 0;
    }
    BUG("no operator %d", (int)c->op);
}

static bool holds_at(const WhereCondition *c, const Csv *csv, size_t row) {
    return condition_holds(c, csv, csv_cell(csv, row, c->column));
}

size_t where_fails(const Where *w, const Csv *csv, size_t row) {
    size_t i = 0;
    while (i < w->n && holds_at(&w->rows[i], csv, row)) i++;
    return i;
}

bool where_holds(const Where *w, const Csv *csv, size_t row) {
    return where_fails(w, csv, row) == w->n;
}

/* Return a value of the column that looks like the condition's, which occurs nowhere in it; NULL
 * where none of the first LOOKED_AT rows has one. */
static const char *nearest_value(Arena *arena, const WhereCondition *c, const Csv *csv) {
    enum { LOOKED_AT = 1000 };
    const size_t n = csv->n_rows < LOOKED_AT ? csv->n_rows : LOOKED_AT;
    const char **values = ARENA_ARRAY(arena, const char *, n);
    for (size_t row = 0; row < n; row++) values[row] = csv_cell(csv, row, c->column);
    const char *near = suggest_nearest(c->value, values, n);
    return near && *near ? near : NULL;
}

const char *where_explain(Arena *arena, const Where *w, const Csv *csv) {
    const char *all = "";
    for (size_t i = 0; i < w->n; i++) {
        const WhereCondition *c = &w->rows[i];
        size_t n = 0;
        for (size_t row = 0; row < csv->n_rows; row++) n += holds_at(c, csv, row);
        const char *near =
            n == 0 && c->op == WHERE_EQ && isnan(c->number) ? nearest_value(arena, c, csv) : NULL;
        all = i == 0
                  ? arena_printf(arena, "'%s' holds for %zu of %zu rows", c->text, n, csv->n_rows)
                  : arena_printf(arena, "%s, '%s' for %zu", all, c->text, n);
        if (near) all = arena_printf(arena, "%s (did you mean '%s'?)", all, near);
    }
    return all;
}
