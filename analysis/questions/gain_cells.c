/* gain_cells.c: rows with experts brought together by setting, width and tokens, each with its
 * dense twins. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/questions/gain.h"

/* In logarithm. Of one width, a router may add much to a small model, but other depths do more. */
static const double SAME_TOKENS = 0.01, SIZE_OF_WIDTH = 0.9, SIZE_WITHOUT_WIDTH = 0.25;

static double or_else(double x, double otherwise) {
    return x > 0 ? x : otherwise;
}

static Experts experts_of(const Point *p) {
    return (Experts){p->experts, or_else(p->top_k, 1), or_else(p->granularity, 1),
                     or_else(p->shared, 0)};
}

static const char *label_of(Arena *arena, const Experts *e) {
    char granularity[48] = "", shared[48] = "";
    if (e->granularity != 1) snprintf(granularity, sizeof granularity, ", G %g", e->granularity);
    if (e->shared > 0) snprintf(shared, sizeof shared, ", %g shared", e->shared);
    return arena_printf(arena, "%g experts, top-%g%s%s", e->experts, e->top_k, granularity, shared);
}

// ---- order ----------------------------------------------------------------------------------

enum { KEYS = 7 };

static void keys_of(const Point *p, double keys[KEYS]) {
    const Experts e = experts_of(p);
    const double all[KEYS] = {e.experts,
                              e.top_k,
                              e.granularity,
                              e.shared,
                              or_else(p->d_model, 0),
                              or_else(point_active(p), 0),
                              p->tokens};
    memcpy(keys, all, sizeof all);
}

static int compare(const Point *p, const Point *q) {
    double a[KEYS], b[KEYS];
    keys_of(p, a);
    keys_of(q, b);
    for (int i = 0; i < KEYS; i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int by_cell(const void *a, const void *b) {
    const Point *p = *(const Point *const *)a, *q = *(const Point *const *)b;
    const int order = compare(p, q);
    return order ? order : (p > q) - (p < q);
}

// ---- twins ----------------------------------------------------------------------------------

/* How far a dense row is from having the size of q without its experts, in logarithm; infinite when
 * it has another. */
static double apart(const Point *dense, const Point *q) {
    const double size = fabs(log(point_active(dense) / point_active(q)));
    if (!(dense->d_model > 0 && q->d_model > 0))
        return size <= SIZE_WITHOUT_WIDTH ? size : INFINITY;
    if (dense->d_model != q->d_model || size > SIZE_OF_WIDTH) return INFINITY;
    return isnan(size) ? 0 : size;
}

static bool same_tokens(const Point *p, const Point *q) {
    return fabs(log(p->tokens / q->tokens)) <= SAME_TOKENS;
}

/* The twins, and the dense size, that of the nearest dense runs of any length. */
static void find_twins(Arena *arena, const Points *points, const Point *q, GainCell *cell) {
    size_t *twins = ARENA_ARRAY(arena, size_t, points->n);
    double nearest = INFINITY;
    cell->params = point_active(q);
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!point_dense(p) || !(apart(p, q) < nearest)) continue;
        nearest = apart(p, q);
        cell->params = point_active(p);
    }
    for (size_t i = 0; i < points->n && isfinite(nearest); i++) {
        const Point *p = &points->rows[i];
        if (point_dense(p) && same_tokens(p, q) && apart(p, q) <= nearest + 1e-9)
            twins[cell->n_twins++] = i;
    }
    cell->twins = twins;
}

// ---- cells ----------------------------------------------------------------------------------

double gain_mean(const Points *points, const size_t *rows, size_t n, size_t offset) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(*(const double *)((const char *)&points->rows[rows[i]] + offset));
    return n ? exp(sum / (double)n) : NAN;
}

#define MEAN(rows, n, member) gain_mean(points, rows, n, offsetof(Point, member))

/* Wall time where every run had as many threads, else CPU time; "" where rows have neither. */
static const char *time_column(const Points *points) {
    bool equal = true, wall = true, cpu = true;
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i], *first = &points->rows[0];
        equal &= p->threads == first->threads || (isnan(p->threads) && isnan(first->threads));
        wall &= p->wall_s > 0;
        cpu &= p->cpu_s > 0;
    }
    return equal && wall ? "wall_s" : cpu ? "cpu_s" : "";
}

static GainCell cell_of(Arena *arena, const Points *points, const size_t *rows, size_t n,
                        size_t time) {
    const Point *p = &points->rows[rows[0]];
    GainCell c = {.experts = experts_of(p), .tokens = p->tokens, .rows = rows, .n = n};
    find_twins(arena, points, p, &c);
    c.d_model = or_else(p->d_model, NAN);
    c.params_active = point_active(p);
    c.params_total = or_else(p->params_total, p->params);
    c.loss = MEAN(rows, n, loss);
    c.flops = MEAN(rows, n, flops);
    c.twin_loss = MEAN(c.twins, c.n_twins, loss);
    c.twin_flops = MEAN(c.twins, c.n_twins, flops);
    c.time = time ? gain_mean(points, rows, n, time) : NAN;
    c.twin_time = time ? gain_mean(points, c.twins, c.n_twins, time) : NAN;
    c.ratio = c.loss / c.twin_loss;
    c.reach = GAIN_NO_TWIN;
    c.in_flops = c.in_time = (Interval){NAN, NAN, NAN};
    return c;
}

/* The setting that a cell belongs to: the last one, or a new one. */
static const char *setting_label(Arena *arena, const Experts *e, Gains *out) {
    GainSetting *last = out->n_settings ? &out->settings[out->n_settings - 1] : NULL;
    if (!last || memcmp(&last->experts, e, sizeof *e) != 0) {
        last = &out->settings[out->n_settings++];
        *last = (GainSetting){.experts = *e, .label = label_of(arena, e)};
    }
    return last->label;
}

void gain_cells(Arena *arena, const Points *points, Gains *out) {
    const Point **sorted = ARENA_ARRAY(arena, const Point *, points->n);
    size_t *rows = ARENA_ARRAY(arena, size_t, points->n), n = 0;
    for (size_t i = 0; i < points->n; i++)
        if (!point_dense(&points->rows[i])) sorted[n++] = &points->rows[i];
    if (n) qsort(sorted, n, sizeof *sorted, by_cell);
    for (size_t i = 0; i < n; i++) rows[i] = (size_t)(sorted[i] - points->rows);
    out->time = time_column(points);
    const size_t time = strcmp(out->time, "wall_s") == 0 ? offsetof(Point, wall_s)
                        : *out->time                     ? offsetof(Point, cpu_s)
                                                         : 0;
    out->cells = ARENA_ARRAY(arena, GainCell, n + 1);
    out->settings = ARENA_ARRAY(arena, GainSetting, n + 1);
    for (size_t i = 0, from = 0; i < n; i++) {
        if (i + 1 < n && compare(sorted[i], sorted[i + 1]) == 0) continue;
        GainCell *cell = &out->cells[out->n_cells++];
        *cell = cell_of(arena, points, rows + from, i + 1 - from, time);
        cell->label = setting_label(arena, &cell->experts, out);
        from = i + 1;
    }
}
