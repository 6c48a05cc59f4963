/* where.c: reading and testing conditions. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "points/where.h"
#include "base/text.h"

/* Two-character operators before their one-character beginnings. */
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

/* Up to the first of stops outside quotes. */
static const char *until(const char *s, const char *stops) {
    bool quoted = false;
    for (; *s && (quoted || !strchr(stops, *s)); s++) quoted ^= *s == '"';
    return s;
}

static Status read_condition(Arena *arena, const char *from, const char *to, const char *what,
                             Condition *out, Err *err) {
    const char *at = until(from, "!<>=");
    for (size_t i = 0; at < to && i < COUNT_OF(OPERATORS); i++) {
        const size_t n = strlen(OPERATORS[i].text);
        if (strncmp(at, OPERATORS[i].text, n) != 0) continue;
        *out = (Condition){trimmed(arena, from, at), trimmed(arena, at + n, to), OPERATORS[i].op,
                           -1, NAN};
        if (*out->name == '\0' || (*out->value && strchr("!<>=", at[n]))) break;
        if (!real_from_text(out->value, &out->number)) out->number = NAN;
        return OK;
    }
    FAIL(err, E_USAGE, "%s: '%.*s' is no condition; write column=value, or != < <= > >=", what,
         (int)(to - from), from);
}

Status where_parse(Arena *arena, const char *text, const char *what, Where *out, Err *err) {
    *out = (Where){0};
    if (!text || *text == '\0') return OK;
    size_t room = 1;
    for (const char *p = text; *p; p++) room += *p == ',';
    out->rows = ARENA_ARRAY(arena, Condition, room);
    for (const char *p = text;; p++) {
        const char *end = until(p, ",");
        TRY(read_condition(arena, p, end, what, &out->rows[out->n++], err));
        p = end;
        if (*p == '\0') return OK;
    }
}

Status where_bind(Where *w, const Csv *csv, const char *what, Err *err) {
    for (size_t i = 0; i < w->n; i++) {
        w->rows[i].column = csv_column(csv, w->rows[i].name);
        if (w->rows[i].column >= 0) continue;
        const char *near = csv_nearest(csv, w->rows[i].name);
        FAIL(err, E_USAGE, "%s: %s has no column '%s'%s%s%s", what, csv->name, w->rows[i].name,
             near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
    }
    return OK;
}

static bool condition_holds(const Condition *c, const char *cell) {
    double x;
    const bool numbers = !isnan(c->number) && real_from_text(cell, &x) && !isnan(x);
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

bool where_holds(const Where *w, const Csv *csv, size_t row) {
    for (size_t i = 0; i < w->n; i++)
        if (!condition_holds(&w->rows[i], csv_cell(csv, row, w->rows[i].column))) return false;
    return true;
}
