/* recount_table.c: makes one fit for every count of N, and one cost model for every count of C. */
#include "analysis/questions/recount_table.h"

#include <math.h>
#include <string.h>

#include "analysis/fit/fit_points.h"
#include "analysis/questions/study.h"
#include "base/sheet.h"

/* Largest relative difference at which two conventions count as one. */
static const double SAME = 1e-6;

static bool counts_alike(const Points *a, const Points *b) {
    for (size_t i = 0; i < a->n; i++) {
        const Point *p = &a->rows[i], *q = &b->rows[i];
        if (fabs(p->params / q->params - 1) > SAME || fabs(p->flops / q->flops - 1) > SAME)
            return false;
    }
    return true;
}

static double a_at(const Fit *fit, const double *theta, const void *unused) {
    (void)unused;
    return fit_frontier(fit, theta).a;
}

static Interval param_named(const Fit *fit, const char *name) {
    const int i = law_param_index(fit->law, name);
    return i < 0 ? (Interval){NAN, NAN, NAN} : fit->params[i];
}

/* Return the row of one convention. `fit` was made on the same points under another count of C;
 * only FLOPs differ. */
static RecountRow row_of(const Fit *fit, const Points *points, int n, int c) {
    Fit f = *fit;
    f.points = points;
    fit_cost(&f);
    return (RecountRow){.n = N_COUNT_NAMES[n],
                        .c = C_COUNT_NAMES[c],
                        .alpha = param_named(&f, "alpha"),
                        .beta = param_named(&f, "beta"),
                        .a = fit_interval(&f, a_at, NULL),
                        .q = f.cost.q,
                        .flops_error = f.cost.error,
                        .rms_log_residual = f.rms_log_residual,
                        .status = f.status};
}

/* Fill ways, n_of and c_of (n_ways each) with every convention that all rows allow and that no
 * earlier one equals. */
static Status conventions(Arena *arena, const Points *points, const RecountShape *shape,
                          Points *ways, int *n_of, int *c_of, size_t *n_ways, Err *err) {
    *n_ways = 0;
    for (int n = N_TOTAL; n <= N_COUNTS; n++) {
        /* "as given" comes last, because it mostly equals one of the others */
        const int count = n % N_COUNTS;
        for (int i = C_6ND; i <= C_COUNTS; i++) {
            const int c = i % C_COUNTS;
            Points *way = &ways[*n_ways];
            bool again = !recount_can(points, shape, count, c);
            if (!again) TRY(recount(arena, points, shape, count, c, way, err));
            for (size_t k = 0; k < *n_ways && !again; k++) again = counts_alike(way, &ways[k]);
            if (again) continue;
            n_of[*n_ways] = count;
            c_of[(*n_ways)++] = c;
        }
    }
    return OK;
}

static const char *words(Arena *arena, const RecountTable *t, const char *nothing_best) {
    const RecountRow *lo = NULL, *hi = NULL;
    for (size_t i = 0; i < t->n; i++) {
        const RecountRow *row = &t->rows[i];
        if (isnan(row->a.value)) continue; // its status tells why
        if (!lo || row->a.value < lo->a.value) lo = row;
        if (!hi || row->a.value > hi->a.value) hi = row;
    }
    if (!lo)
        return arena_printf(arena, "no way to count has an a: %s",
                            nothing_best ? nothing_best : "the law has no best size");
    if (lo == hi && t->n > 1)
        return arena_printf(arena, "one way to count alone has an a: N %s, C %s", lo->n, lo->c);
    if (lo == hi)
        return arena_printf(arena, "these rows tell of one way to count only: N %s, C %s", lo->n,
                            lo->c);
    return arena_printf(arena,
                        "the runs are the same, the counting is not: N* ~ C^%.3f with N %s and C "
                        "%s, C^%.3f with N %s and C %s",
                        lo->a.value, lo->n, lo->c, hi->a.value, hi->n, hi->c);
}

Status recount_table(Arena *arena, const Points *points, const RecountShape *shape,
                     const FitOptions *o, RecountTable *out, Err *err) {
    enum { WAYS = N_COUNTS * C_COUNTS + 1 };
    Points *ways = ARENA_ARRAY(arena, Points, WAYS);
    int n_of[WAYS], c_of[WAYS];
    const Law *law = law_find(o->law);
    FitOptions one = *o;
    if (!law || !law->frontier || *law->x) law = law_find(one.law = fit_options_default().law);
    *out = (RecountTable){.law = law};
    TRY(conventions(arena, points, shape, ways, n_of, c_of, &out->n, err));
    out->rows = ARENA_ARRAY(arena, RecountRow, out->n);
    Fit fit;
    for (size_t i = 0; i < out->n; i++) {
        if (i == 0 || n_of[i] != n_of[i - 1])
            TRY(fit_points(arena, &ways[i], NULL, &one, &fit, err));
        out->rows[i] = row_of(&fit, &ways[i], n_of[i], c_of[i]);
    }
    out->says = words(arena, out, fit.no_frontier);
    return OK;
}

/* ---- the question ---------------------------------------------------------------------------- */

typedef struct {
    bool recount;
} Asked;
static const Field FIELDS[] = {
    {"recount", FIELD_BOOL, offsetof(Asked, recount), 0, -1, NULL, "",
     "a table of the exponents under every count of N and C"},
};
static const FieldTable FLAGS = {QUESTION_FLAGS, FIELDS, COUNT_OF(FIELDS)};
static const Asked DEFAULTS;

static Status ask(Arena *arena, const Study *study, const void *options, const void **answer,
                  Err *err) {
    RecountShape shape;
    RecountTable *table = ARENA_NEW(arena, RecountTable);
    const StudyOptions *o = study->options;
    if (!((const Asked *)options)->recount) return OK;
    TRY(recount_shape(arena, o->points.shape, &shape, err));
    TRY(recount_table(arena, study->fit.points, &shape, &o->fit, table, err));
    *answer = table;
    return OK;
}

static void put(Sheet *s, const Study *study, const void *answer) {
    const RecountTable *t = answer;
    (void)study;
    if (!t) {
        sheet_missing(s, "recount");
        return;
    }
    char title[120];
    snprintf(title, sizeof title, "recounted: %s by what is counted as N and as C, N* ~ C^a",
             t->law->name);
    sheet_table(s, "recount", '[', title);
    for (size_t i = 0; i < t->n; i++) {
        const RecountRow *row = &t->rows[i];
        sheet_row(s, NULL);
        sheet_text(s, "N", row->n);
        sheet_text(s, "C", row->c);
        sheet_interval(s, "a", row->a);
        sheet_interval(s, "alpha", row->alpha);
        sheet_interval(s, "beta", row->beta);
        sheet_number(s, "q", row->q);
        sheet_number(s, "flops_error", row->flops_error);
        sheet_number(s, "rms_log_residual", row->rms_log_residual);
        sheet_text(s, "status", fit_status_name(row->status));
    }
    sheet_end(s);
    sheet_text(s, "recount_says", t->says);
}

const Question RECOUNT_QUESTION = {&FLAGS, &DEFAULTS, sizeof DEFAULTS, ask, put};
