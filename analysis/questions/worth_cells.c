/* worth_cells.c: groups rows into cells by setting, width, size and tokens, and finds each cell's
 * twins among the baseline rows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/questions/worth.h"

/* Largest differences, in logarithms, that still count as equal. Among models of one width the
 * sizes may differ more, because what a setting adds can be a large part of a small model; without
 * widths a larger difference means another depth. */
static const double SAME_TOKENS = 0.01, SIZE_OF_WIDTH = 0.9, SIZE_WITHOUT_WIDTH = 0.25;

static double or_else(double x, double otherwise) {
    return x > 0 ? x : otherwise;
}

// ---- order ----------------------------------------------------------------------------------

/* A row to be sorted, and the contrast that knows its setting. */
typedef struct {
    const Point *row;
    const WorthContrast *contrast;
} Entry;

static int compare(const Entry *x, const Entry *y) {
    const WorthContrast *c = x->contrast;
    const double a[] = {or_else(worth_width(c, x->row), 0), or_else(worth_size(c, x->row), 0),
                        x->row->tokens},
                 b[] = {or_else(worth_width(c, y->row), 0), or_else(worth_size(c, y->row), 0),
                        y->row->tokens};
    const int order = worth_order(c, x->row, y->row);
    if (order) return order;
    for (size_t i = 0; i < COUNT_OF(a); i++)
        if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    return 0;
}

static int by_cell(const void *a, const void *b) {
    const Entry *p = a, *q = b;
    const int order = compare(p, q);
    return order ? order : (p->row > q->row) - (p->row < q->row);
}

// ---- twins ----------------------------------------------------------------------------------

/* Return the difference of sizes in logarithm between a baseline row and q; infinite when they
 * count as different sizes. */
static double apart(const WorthContrast *c, const Point *base, const Point *q) {
    const double size = fabs(log(worth_size(c, base) / worth_size(c, q)));
    const double width = worth_width(c, base), width_q = worth_width(c, q);
    if (!(width > 0 && width_q > 0)) return size <= SIZE_WITHOUT_WIDTH ? size : INFINITY;
    if (width != width_q || size > SIZE_OF_WIDTH) return INFINITY;
    return isnan(size) ? 0 : size;
}

static bool same_tokens(const Point *p, const Point *q) {
    return fabs(log(p->tokens / q->tokens)) <= SAME_TOKENS;
}

/* Fill the cell's twins, and its params: the size of the nearest baseline runs, of any number of
 * tokens. */
static void find_twins(Arena *arena, const Points *points, const WorthContrast *c, const Point *q,
                       WorthCell *cell) {
    size_t *twins = ARENA_ARRAY(arena, size_t, points->n);
    double nearest = INFINITY;
    cell->params = worth_size(c, q);
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!worth_is_baseline(c, p) || !(apart(c, p, q) < nearest)) continue;
        nearest = apart(c, p, q);
        cell->params = worth_size(c, p);
    }
    for (size_t i = 0; i < points->n && isfinite(nearest); i++) {
        const Point *p = &points->rows[i];
        if (worth_is_baseline(c, p) && same_tokens(p, q) && apart(c, p, q) <= nearest + 1e-9)
            twins[cell->n_twins++] = i;
    }
    cell->twins = twins;
}

// ---- cells ----------------------------------------------------------------------------------

double worth_mean(const Points *points, const size_t *rows, size_t n, size_t offset) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(*(const double *)((const char *)&points->rows[rows[i]] + offset));
    return n ? exp(sum / (double)n) : NAN;
}

#define MEAN(rows, n, member) worth_mean(points, rows, n, offsetof(Point, member))

/* Return the column of times: wall time if all runs used one number of threads, else CPU time; ""
 * where rows have neither. */
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

static WorthCell cell_of(Arena *arena, const Points *points, const WorthContrast *contrast,
                         const size_t *rows, size_t n, size_t time) {
    const Point *p = &points->rows[rows[0]];
    WorthCell c = {.tokens = p->tokens, .rows = rows, .n = n};
    find_twins(arena, points, contrast, p, &c);
    c.width = worth_width(contrast, p);
    c.params_active = point_active(p);
    c.params_total = or_else(p->params_total, p->params);
    c.loss = MEAN(rows, n, loss);
    c.flops = MEAN(rows, n, flops);
    c.twin_loss = MEAN(c.twins, c.n_twins, loss);
    c.twin_flops = MEAN(c.twins, c.n_twins, flops);
    c.twin_tokens = MEAN(c.twins, c.n_twins, tokens);
    c.time = time ? worth_mean(points, rows, n, time) : NAN;
    c.twin_time = time ? worth_mean(points, c.twins, c.n_twins, time) : NAN;
    c.ratio = c.loss / c.twin_loss;
    c.reach = WORTH_NO_TWIN;
    c.in_flops = c.in_time = c.in_tokens = (Interval){NAN, NAN, NAN};
    return c;
}

/* Give the cell its setting: the last one, or a new one after it. */
static void find_setting(Arena *arena, const Point *p, WorthCell *cell, Worths *out) {
    const size_t n = out->n_settings;
    if (n == 0 || worth_order(&out->contrast, out->settings[n - 1].row, p) != 0)
        out->settings[out->n_settings++] =
            (WorthSetting){.row = p, .label = worth_label(arena, &out->contrast, p)};
    cell->setting = out->n_settings - 1;
    cell->label = out->settings[cell->setting].label;
}

void worth_cells(Arena *arena, const Points *points, Worths *out) {
    Entry *sorted = ARENA_ARRAY(arena, Entry, points->n);
    size_t *rows = ARENA_ARRAY(arena, size_t, points->n), n = 0;
    for (size_t i = 0; i < points->n; i++)
        if (!worth_is_baseline(&out->contrast, &points->rows[i]))
            sorted[n++] = (Entry){&points->rows[i], &out->contrast};
    if (n) qsort(sorted, n, sizeof *sorted, by_cell);
    for (size_t i = 0; i < n; i++) rows[i] = (size_t)(sorted[i].row - points->rows);
    out->time = time_column(points);
    const size_t time = strcmp(out->time, "wall_s") == 0 ? offsetof(Point, wall_s)
                        : *out->time                     ? offsetof(Point, cpu_s)
                                                         : 0;
    out->cells = ARENA_ARRAY(arena, WorthCell, n + 1);
    out->settings = ARENA_ARRAY(arena, WorthSetting, n + 1);
    for (size_t i = 0, from = 0; i < n; i++) {
        if (i + 1 < n && compare(&sorted[i], &sorted[i + 1]) == 0) continue;
        WorthCell *cell = &out->cells[out->n_cells++];
        *cell = cell_of(arena, points, &out->contrast, rows + from, i + 1 - from, time);
        find_setting(arena, sorted[i].row, cell, out);
        from = i + 1;
    }
}
