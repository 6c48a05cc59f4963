/* field.c: the option-field table: one row set from text or JSON, written, shown. args.c walks
 * command lines with it. */
#include "base/field.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "base/numbers.h"
#include "base/suggest.h"

static const double EXACT =
    0x1p53; // JSON numbers are read as doubles; whole numbers are exact up to here

static const char *const NEEDS[] = {
    [FIELD_INT] = "a whole number", [FIELD_COUNT] = "a count such as 250000, 2.5e5 or \"250k\"",
    [FIELD_REAL] = "a number",      [FIELD_SECONDS] = "a time such as 90, \"30m\" or \"2h\"",
    [FIELD_BOOL] = "true or false", [FIELD_STRING] = "a string",
    [FIELD_CHOICE] = "a string",    [FIELD_ENUM] = "a string",
};

static void *slot(const Field *f, void *record) {
    return (char *)record + f->offset;
}
static const void *slot_of(const Field *f, const void *record) {
    return (const char *)record + f->offset;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool same_name(const char *a, const char *b) {
    for (; *a && *b; a++, b++)
        if ((*a == '-' ? '_' : *a) != (*b == '-' ? '_' : *b)) return false;
    return *a == *b;
}

const Field *field_find(const FieldTable *t, const char *name) {
    for (size_t i = 0; i < t->n; i++)
        if (same_name(t->rows[i].name, name)) return &t->rows[i];
    return NULL;
}

/* Find the nearest of the table's names and of more[] (NULL-terminated, may be NULL). */
static const char *nearest_name(const FieldTable *t, const char *const *more, const char *name) {
    const char *names[256];
    size_t n = 0;
    MUST(t->n <= COUNT_OF(names));
    for (; n < t->n; n++) names[n] = t->rows[n].name;
    for (; more && *more && n < COUNT_OF(names); more++) names[n++] = *more;
    return suggest_nearest(name, names, n);
}

const char *field_suggest(const FieldTable *t, const char *name) {
    return nearest_name(t, NULL, name);
}

/* --- setting ---------------------------------------------------------------------------------- */

static Status out_of_range(const Field *f, const char *got, const char *where, Err *err) {
    char lo[32], hi[32];
    const char *unit = f->unit ? f->unit : "", *blank = *unit ? " " : "";
    real_to_text(lo, f->lo);
    real_to_text(hi, f->hi);
    if (isinf(f->hi))
        FAIL(err, E_USAGE, "%s: must be at least %s%s%s, not %s", where, lo, blank, unit, got);
    if (isinf(f->lo))
        FAIL(err, E_USAGE, "%s: must be at most %s%s%s, not %s", where, hi, blank, unit, got);
    FAIL(err, E_USAGE, "%s: must be from %s to %s%s%s, not %s", where, lo, hi, blank, unit, got);
}

static bool in_range(const Field *f, double x) {
    return f->hi < f->lo || (x >= f->lo && x <= f->hi);
}

/* got is x as its author wrote it. */
static Status set_number(const Field *f, void *record, double x, const char *got, const char *where,
                         Err *err) {
    const bool whole = f->kind == FIELD_INT || f->kind == FIELD_COUNT;
    if (!isfinite(x) || (whole && x != floor(x)) || (f->kind == FIELD_COUNT && x < 0))
        FAIL(err, E_USAGE, "%s: needs %s, not %s", where, NEEDS[f->kind], got);
    if (!in_range(f, x)) return out_of_range(f, got, where, err);
    if (f->kind == FIELD_INT && (x < INT_MIN || x > INT_MAX))
        FAIL(err, E_USAGE, "%s: must be from %d to %d, not %s", where, INT_MIN, INT_MAX, got);
    if (f->kind == FIELD_COUNT && x > EXACT)
        FAIL(err, E_USAGE,
             "%s: %s is above 2^53, where numbers lose digits; write it as a string of digits",
             where, got);
    if (f->kind == FIELD_INT)
        *(int *)slot(f, record) = (int)x;
    else if (f->kind == FIELD_COUNT)
        *(uint64_t *)slot(f, record) = (uint64_t)x;
    else
        *(double *)slot(f, record) = x;
    return OK;
}

static Status set_count(const Field *f, void *record, const char *text, const char *where,
                        Err *err) {
    uint64_t n;
    if (!count_from_text(text, &n))
        FAIL(err, E_USAGE, "%s: needs %s, not '%s'", where, NEEDS[FIELD_COUNT], text);
    if (!in_range(f, (double)n)) {
        char got[80];
        snprintf(got, sizeof got, "'%s'", text);
        return out_of_range(f, got, where, err);
    }
    *(uint64_t *)slot(f, record) = n;
    return OK;
}

static Status set_choice(const Field *f, void *record, const char *text, const char *where,
                         Err *err) {
    Text all = {0};
    size_t n = 0;
    for (; f->choices[n]; n++) {
        if (strcmp(f->choices[n], text) == 0) {
            if (f->kind == FIELD_ENUM)
                *(int *)slot(f, record) = (int)n;
            else
                *(const char **)slot(f, record) = f->choices[n];
            text_close(&all);
            return OK;
        }
        text_add(&all, "%s%s", n ? ", " : "", f->choices[n]);
    }
    const char *near = suggest_nearest(text, f->choices, n);
    err_set(err, E_USAGE, "%s: needs one of %s; not '%s'%s", where, n ? all.s : "nothing", text,
            DID_YOU_MEAN(near));
    text_close(&all);
    return err->status;
}

Status field_from_text(const Field *f, void *record, Arena *arena, const char *text,
                       const char *where, Err *err) {
    double x;
    char got[80];
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_REAL:
    case FIELD_SECONDS:
        snprintf(got, sizeof got, "'%s'", text);
        if (!(f->kind == FIELD_SECONDS && seconds_from_text(text, &x)) && !real_from_text(text, &x))
            x = NAN;
        return set_number(f, record, x, got, where, err);
    case FIELD_COUNT:
        return set_count(f, record, text, where, err);
    case FIELD_BOOL:
        if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
            FAIL(err, E_USAGE, "%s: needs true or false, not '%s'", where, text);
        *(bool *)slot(f, record) = text[0] == 't';
        return OK;
    case FIELD_STRING:
        *(const char **)slot(f, record) = arena_strdup(arena, text);
        return OK;
    case FIELD_CHOICE:
    case FIELD_ENUM:
        return set_choice(f, record, text, where, err);
    }
    BUG("field %s: kind %d", f->name, (int)f->kind);
}

/* Read a string as the value of a flag is read. */
Status field_from_json(const Field *f, void *record, Arena *arena, const JsonDoc *doc,
                       const Json *v, Err *err) {
    char where[256], got[32];
    const JsonKind kind = json_kind(v);
    const bool number_kind = f->kind <= FIELD_SECONDS, text_kind = f->kind >= FIELD_STRING;
    json_path(doc, v, where, sizeof where);
    if (kind == JSON_NULL)
        FAIL(err, E_USAGE, "%s: needs %s, not null; leave the key out for its default", where,
             NEEDS[f->kind]);
    if (kind == JSON_NUMBER && number_kind)
        return set_number(f, record, json_as_number(v), real_to_text(got, json_as_number(v)), where,
                          err);
    if (kind == JSON_STRING && (text_kind || f->kind == FIELD_COUNT || f->kind == FIELD_SECONDS))
        return field_from_text(f, record, arena, json_as_string(v), where, err);
    if (kind != JSON_BOOL || f->kind != FIELD_BOOL)
        FAIL(err, E_USAGE, "%s: needs %s, not %s", where, NEEDS[f->kind], json_kind_name(kind));
    *(bool *)slot(f, record) = json_as_bool(v);
    return OK;
}

static bool is_among(const char *const *words, const char *word) {
    for (; words && *words; words++)
        if (strcmp(*words, word) == 0) return true;
    return false;
}

Status fields_from_json(const FieldTable *t, void *record, Arena *arena, const JsonDoc *doc,
                        const Json *object, const char *const *skip, Err *err) {
    char where[256];
    json_path(doc, object, where, sizeof where);
    if (json_kind(object) != JSON_OBJECT)
        FAIL(err, E_USAGE, "%s: needs an object (the %s), not %s", where, t->title,
             json_kind_name(json_kind(object)));
    for (const Json *v = json_first(object); v; v = json_next(v)) {
        const char *key = json_key(v);
        if (is_among(skip, key)) continue;
        const Field *f = field_find(t, key);
        if (f) {
            TRY(field_from_json(f, record, arena, doc, v, err));
            continue;
        }
        const char *near = nearest_name(t, skip, key);
        FAIL(err, E_USAGE, "%s: unknown key '%s'%s", where, key, DID_YOU_MEAN(near));
    }
    return OK;
}

/* --- showing ---------------------------------------------------------------------------------- */

double field_as_number(const Field *f, const void *record) {
    const void *at = slot_of(f, record);
    switch (f->kind) {
    case FIELD_INT:
        return *(const int *)at;
    case FIELD_COUNT:
        return (double)*(const uint64_t *)at;
    case FIELD_REAL:
    case FIELD_SECONDS:
        return *(const double *)at;
    case FIELD_BOOL:
    case FIELD_STRING:
    case FIELD_CHOICE:
    case FIELD_ENUM:
        break;
    }
    return NAN;
}

char *field_to_text(const Field *f, const void *record, char *buffer, size_t size) {
    const void *at = slot_of(f, record);
    char number[32];
    const char *text = number;
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_REAL:
    case FIELD_SECONDS:
        real_to_text(number, field_as_number(f, record));
        break;
    case FIELD_COUNT:
        snprintf(number, sizeof number, "%" PRIu64, *(const uint64_t *)at);
        break;
    case FIELD_BOOL:
        text = *(const bool *)at ? "true" : "false";
        break;
    case FIELD_STRING:
    case FIELD_CHOICE:
        text = *(const char *const *)at ? *(const char *const *)at : "";
        break;
    case FIELD_ENUM:
        text = f->choices[*(const int *)at];
        break;
    }
    snprintf(buffer, size, "%s", text);
    return buffer;
}

/* A count that a double cannot hold goes out as a string, so that it comes back exactly. */
void field_to_json(const Field *f, const void *record, JsonOut *out) {
    const void *at = slot_of(f, record);
    char digits[32];
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_REAL:
    case FIELD_SECONDS:
        json_put_number(out, f->name, field_as_number(f, record));
        return;
    case FIELD_COUNT:
        if (*(const uint64_t *)at <= (uint64_t)EXACT)
            json_put_count(out, f->name, *(const uint64_t *)at);
        else
            json_put_string(out, f->name, field_to_text(f, record, digits, sizeof digits));
        return;
    case FIELD_BOOL:
        json_put_bool(out, f->name, *(const bool *)at);
        return;
    case FIELD_STRING:
    case FIELD_CHOICE:
        json_put_string(out, f->name, *(const char *const *)at);
        return;
    case FIELD_ENUM:
        json_put_string(out, f->name, f->choices[*(const int *)at]);
        return;
    }
}

void fields_to_json(const FieldTable *t, const void *record, JsonOut *out) {
    for (size_t i = 0; i < t->n; i++) field_to_json(&t->rows[i], record, out);
}

static void add_default(Text *t, const Field *f, const void *defaults) {
    char value[128];
    if (f->kind == FIELD_CHOICE || f->kind == FIELD_ENUM)
        for (size_t i = 0; f->choices[i]; i++) text_add(t, "%s%s", i ? "|" : ": ", f->choices[i]);
    if (f->unit && *f->unit) text_add(t, " [%s]", f->unit);
    if (!defaults) return;
    field_to_text(f, defaults, value, sizeof value);
    if (*value && strcmp(value, "nan") != 0) text_add(t, " (default %s)", value);
}

void fields_help(const FieldTable *t, const void *defaults, FILE *out) {
    static const char *const VALUES[] = {
        [FIELD_INT] = "N",        [FIELD_COUNT] = "COUNT",       [FIELD_REAL] = "X",
        [FIELD_SECONDS] = "TIME", [FIELD_BOOL] = "[true|false]", [FIELD_STRING] = "TEXT",
        [FIELD_CHOICE] = "WORD",  [FIELD_ENUM] = "WORD",
    };
    for (size_t i = 0; i < t->n; i++) {
        const Field *f = &t->rows[i];
        Text flag = {0}, line = {0};
        text_add(&flag, "--%s %s", f->name, VALUES[f->kind]);
        for (char *c = flag.s; *c && *c != ' '; c++)
            if (*c == '_') *c = '-';
        text_add(&line, "  %-26s %s", flag.s, f->help);
        add_default(&line, f, defaults);
        fprintf(out, "%s\n", line.s);
        text_close(&flag);
        text_close(&line);
    }
}
