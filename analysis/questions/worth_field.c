/* worth_field.c: the settings of experts, and those of any other column of a table. */
#include "analysis/questions/worth_field.h"

#include <math.h>
#include <string.h>

#include "analysis/points/points.h"
#include "analysis/points/where.h"
#include "base/sheet.h"
#include "base/suggest.h"

static double or_else(double x, double otherwise) {
    return x > 0 ? x : otherwise;
}

/* ---- experts -------------------------------------------------------------------------------- */

typedef struct {
    /* Granularity is 1 and shared 0 where the row has none. */
    double experts, top_k, granularity, shared;
} Experts;

static Experts experts_of(const Point *p) {
    return (Experts){p->experts, or_else(p->top_k, 1), or_else(p->granularity, 1),
                     or_else(p->shared, 0)};
}

static bool has_no_experts(const WorthContrast *c, const Point *p) {
    (void)c;
    return point_dense(p);
}

static int experts_order(const Point *p, const Point *q) {
    const Experts x = experts_of(p), y = experts_of(q);
    const double a[] = {x.experts, x.top_k, x.granularity, x.shared},
                 b[] = {y.experts, y.top_k, y.granularity, y.shared};
    for (size_t i = 0; i < COUNT_OF(a); i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static const char *experts_label(Arena *arena, const WorthContrast *c, const Point *p) {
    const Experts e = experts_of(p);
    char granularity[48] = "", shared[48] = "";
    (void)c;
    if (e.granularity != 1) snprintf(granularity, sizeof granularity, ", G %g", e.granularity);
    if (e.shared > 0) snprintf(shared, sizeof shared, ", %g shared", e.shared);
    return arena_printf(arena, "%g experts, top-%g%s%s", e.experts, e.top_k, granularity, shared);
}

static double width_of(const Point *p) {
    return or_else(p->d_model, NAN);
}

static bool told_by_laws_of_experts(const Law *law) {
    return !law || law->experts;
}

static void put_experts(Sheet *s, const Point *p) {
    const Experts e = experts_of(p);
    sheet_number(s, "experts", e.experts);
    sheet_number(s, "top_k", e.top_k);
    sheet_number(s, "granularity", e.granularity);
    sheet_number(s, "shared", e.shared);
}

/* ---- any column ----------------------------------------------------------------------------- */

static const char *cell_of(const Point *p) {
    return p->setting ? p->setting : "";
}

static bool has_the_cell(const WorthContrast *c, const Point *p) {
    return strcmp(cell_of(p), c->value) == 0;
}

/* Order cells: numbers by value, then texts. */
static int cell_order(const Point *p, const Point *q) {
    double x, y;
    const bool x_is = number_from_cell(cell_of(p), DECIMAL_POINT, true, &x) && !isnan(x),
               y_is = number_from_cell(cell_of(q), DECIMAL_POINT, true, &y) && !isnan(y);
    if (x_is != y_is) return x_is ? -1 : 1;
    if (x_is && x != y) return x < y ? -1 : 1;
    return strcmp(cell_of(p), cell_of(q));
}

/* Return "optimizer=adamw", in the form of a condition of --where. */
static const char *name_and_value(Arena *arena, const char *name, const char *value) {
    const char *quote = *value == '\0' || strpbrk(value, " ,=<>!\"") ? "\"" : "";
    return arena_printf(arena, "%s=%s%s%s", name, quote, value, quote);
}

static const char *cell_label(Arena *arena, const WorthContrast *c, const Point *p) {
    return name_and_value(arena, c->name, cell_of(p));
}

static double params_of(const Point *p) {
    return p->params;
}

static double no_width(const Point *p) {
    (void)p;
    return NAN;
}

static WorthWords words_of_column(Arena *arena, const char *name, const char *baseline) {
    return (WorthWords){.title = arena_printf(arena, "what %s is worth", name),
                        .settings = arena_printf(arena, "settings of %s", name),
                        .one = "run",
                        .kind = "baseline",
                        .beside = arena_printf(arena, "at %s", baseline),
                        .their = "its",
                        .they_are = "it is"};
}

/* ---- the table ------------------------------------------------------------------------------ */

const WorthField WORTH_FIELDS[] = {
    {.name = "experts",
     .unasked = true,
     .law_is_default = true,
     .baselines = {"dense", "1"},
     .is_baseline = has_no_experts,
     .order = experts_order,
     .label = experts_label,
     .size = point_active,
     .width = width_of,
     .size_column = "params_active",
     .width_column = "d_model",
     .told_by = told_by_laws_of_experts,
     .put = put_experts,
     .dropped = "has experts; --where 'experts>=1' keeps it",
     .words = {.title = "what experts are worth",
               .settings = "models with experts",
               .one = "model with experts",
               .kind = "dense",
               .beside = "in a dense model",
               .their = "their",
               .they_are = "they are"}},
    {.name = NULL, .in_cells = true}, // this row stands for every other column
};
const size_t N_WORTH_FIELDS = COUNT_OF(WORTH_FIELDS);

bool worth_is_baseline(const WorthContrast *c, const Point *p) {
    return c->field->is_baseline ? c->field->is_baseline(c, p) : has_the_cell(c, p);
}
int worth_order(const WorthContrast *c, const Point *p, const Point *q) {
    return c->field->order ? c->field->order(p, q) : cell_order(p, q);
}
const char *worth_label(Arena *arena, const WorthContrast *c, const Point *p) {
    return c->field->label ? c->field->label(arena, c, p) : cell_label(arena, c, p);
}
double worth_size(const WorthContrast *c, const Point *p) {
    return c->field->size ? c->field->size(p) : params_of(p);
}
double worth_width(const WorthContrast *c, const Point *p) {
    return c->field->width ? c->field->width(p) : no_width(p);
}
void worth_put_setting(Sheet *s, const WorthContrast *c, const Point *p) {
    if (c->field->put) c->field->put(s, p);
}

/* ---- what was asked ------------------------------------------------------------------------- */

/* Return the row of this name, if it knows this baseline by name, else the row of every other
 * column. */
static const WorthField *field_of(const char *name, const char *baseline) {
    for (size_t i = 0; i + 1 < N_WORTH_FIELDS; i++) {
        const WorthField *f = &WORTH_FIELDS[i];
        if (strcmp(f->name, name) != 0) continue;
        if (!baseline) return f;
        for (size_t k = 0; k < COUNT_OF(f->baselines) && f->baselines[k]; k++)
            if (strcmp(f->baselines[k], baseline) == 0) return f;
    }
    return &WORTH_FIELDS[N_WORTH_FIELDS - 1];
}

Status worth_asked(Arena *arena, const char *text, WorthAsked *out, Err *err) {
    Where w;
    *out = (WorthAsked){0};
    if (!text) return OK;
    const size_t n = strlen(text);
    const bool quoted = n >= 2 && *text == '"' && strchr(text + 1, '"') == text + n - 1;
    if (quoted || !strpbrk(text, "=<>!,")) {
        out->name = quoted ? arena_strndup(arena, text + 1, n - 2) : text;
    } else {
        TRY(where_assignments(arena, text, "--worth", &w, err));
        if (w.n != 1) FAIL(err, E_USAGE, "--worth: '%s' names %zu fields; give one", text, w.n);
        out->name = w.rows[0].name;
        out->baseline = number_setting(arena, w.rows[0].value, DECIMAL_POINT);
    }
    if (*out->name == '\0')
        FAIL(err, E_USAGE, "--worth: names no column; write FIELD or FIELD=BASELINE");
    out->field = field_of(out->name, out->baseline);
    out->column = out->field->in_cells ? out->name : NULL;
    return OK;
}

/* ---- the baseline --------------------------------------------------------------------------- */

/* A setting of a column: one row that has it, and how many do. */
typedef struct {
    const Point *row;
    size_t n;
} Value;

static size_t values_of(Arena *arena, const Points *points, Value **out) {
    Value *values = *out = ARENA_ARRAY(arena, Value, points->n);
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        size_t k = 0;
        while (k < n && strcmp(cell_of(values[k].row), cell_of(p)) != 0) k++;
        if (k == n) values[n++] = (Value){p, 0};
        values[k].n++;
    }
    return n;
}

/* Return "'adamw' (rows: 24), 'muon' (24)", cut off after the first few. */
static const char *list_of_values(Arena *arena, const Value *values, size_t n) {
    enum { LISTED = 8 };
    const char *list = "";
    for (size_t k = 0; k < n && k < LISTED; k++)
        list = arena_printf(arena, "%s%s'%s' (%s%zu)", list, k ? ", " : "", cell_of(values[k].row),
                            k ? "" : "rows: ", values[k].n);
    return n > LISTED ? arena_printf(arena, "%s, ...", list) : list;
}

static bool says_no(const Value *v) {
    static const char *const NO[] = {"", "none", "no", "off", "false", "0"};
    for (size_t i = 0; i < COUNT_OF(NO); i++)
        if (strcasecmp(cell_of(v->row), NO[i]) == 0) return true;
    return false;
}

/* Return the baseline when none was named, and set the sentence that says which it is. */
static const Value *choose(Arena *arena, const Value *values, size_t n, size_t n_rows,
                           WorthContrast *c) {
    const Value *most = &values[0];
    bool tie = false;
    for (size_t k = 1; k < n; k++) {
        if (values[k].n >= most->n) tie = values[k].n == most->n;
        if (values[k].n > most->n) most = &values[k];
    }
    const char *why = tie ? "with as many rows as any" : "with the most rows";
    if (n == 2 && says_no(&values[0]) != says_no(&values[1])) {
        most = &values[says_no(&values[1])];
        why = "the one of two settings that says no";
    }
    c->chosen =
        arena_printf(arena, "the baseline is %s, %s (%zu of %zu): --worth %s=VALUE takes another.",
                     cell_label(arena, c, most->row), why, most->n, n_rows, c->name);
    return most;
}

static Status find_cell(Arena *arena, const Points *points, const char *baseline, WorthContrast *c,
                        Err *err) {
    Value *values;
    const size_t n = values_of(arena, points, &values);
    const Value *found = NULL;
    for (size_t k = 0; k < n && baseline; k++)
        if (strcmp(cell_of(values[k].row), baseline) == 0) found = &values[k];
    if (baseline && !found)
        FAIL(err, E_FAILED, "%s: --worth: no row has %s; there are %s", points->source,
             name_and_value(arena, c->name, baseline), list_of_values(arena, values, n));
    if (n == 0) FAIL(err, E_FAILED, "%s: --worth: no rows to compare", points->source);
    if (n == 1)
        FAIL(err, E_FAILED, "%s: --worth: all rows have %s, so that nothing stands beside it",
             points->source, cell_label(arena, c, values[0].row));
    if (!found) found = choose(arena, values, n, points->n, c);
    c->value = cell_of(found->row);
    c->baseline = cell_label(arena, c, found->row);
    return OK;
}

static size_t count_baseline(const Points *points, const WorthContrast *c) {
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++) n += worth_is_baseline(c, &points->rows[i]);
    return n;
}

static void name_baseline(Arena *arena, const WorthField *f, WorthContrast *c) {
    if (!c->baseline) c->baseline = f->baselines[0];
    c->words = f->words.title ? f->words : words_of_column(arena, c->name, c->baseline);
}

/* Set the contrast to the first field that is reported without --worth and has rows both with and
 * without the baseline. */
static void find_unasked(Arena *arena, const Points *points, WorthContrast *out) {
    for (size_t i = 0; i + 1 < N_WORTH_FIELDS; i++) {
        const WorthField *f = &WORTH_FIELDS[i];
        WorthContrast c = {.field = f, .name = f->name, .value = ""};
        const size_t n = f->unasked ? count_baseline(points, &c) : 0;
        if (n == 0 || n == points->n) continue;
        name_baseline(arena, f, &c);
        *out = c;
        return;
    }
}

Status worth_contrast(Arena *arena, const Points *points, const WorthAsked *asked,
                      WorthContrast *out, Err *err) {
    *out = (WorthContrast){0};
    if (!asked->name) {
        find_unasked(arena, points, out);
        return OK;
    }
    WorthContrast c = {.field = asked->field, .asked = true, .name = asked->name, .value = ""};
    const char *baseline = asked->baseline ? asked->baseline : c.field->baselines[0];
    if (!c.field->is_baseline) TRY(find_cell(arena, points, baseline, &c, err));
    name_baseline(arena, c.field, &c);
    const size_t n = count_baseline(points, &c);
    if (n == 0 || n == points->n)
        FAIL(err, E_FAILED, "%s: --worth: %s %s, so that nothing stands beside %s", points->source,
             n ? "all rows are" : "no row is", c.baseline, n ? "them" : "one");
    *out = c;
    return OK;
}

/* ---- what is fitted ------------------------------------------------------------------------- */

static bool keep_baseline(const void *contrast, const Point *p) {
    return worth_is_baseline(contrast, p);
}

Points *worth_baseline(Arena *arena, const Points *points, const WorthContrast *c) {
    const char *rule = !c->asked && c->field->dropped
                           ? c->field->dropped
                           : arena_printf(arena, "not %s, the baseline of --worth", c->baseline);
    return points_only(arena, points, keep_baseline, c, rule);
}

/* Drop the held-out rows of other settings: the law of the baseline does not predict them. */
static void leave_out_held(Arena *arena, const WorthContrast *c, Points *points, Points *held) {
    if (held->n == 0) return;
    const Points *judged = worth_baseline(arena, held, c);
    const size_t n = held->n - judged->n;
    *held = *judged;
    if (n > 0 && points->n_notes < POINTS_MAX_NOTES)
        points->notes[points->n_notes++] = arena_printf(
            arena, "%zu held-out rows are not judged: they are not %s.", n, c->baseline);
}

const Points *worth_fitted(Arena *arena, const Points *points, Points *held, const WorthContrast *c,
                           const char *law, const char *where) {
    enum { ENOUGH = 6 };
    if (!c->field || (c->field->told_by && c->field->told_by(law_find(law)))) return points;
    if (!c->asked && ((where && strstr(where, c->name)) || count_baseline(points, c) < ENOUGH))
        return points;
    Points *fitted = worth_baseline(arena, points, c);
    if (c->asked) leave_out_held(arena, c, fitted, held);
    return fitted;
}
