/* form_rows.c: sorts rows by cell, rate, trunk and seed, and keeps one of each. */
#include "analysis/fit/form_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { OF_CELL = 10 };

typedef struct {
    const Point *point;
    size_t row;
    int n_x, trunk; // trunk: its group where that has several rows, else -1
    const double *x;
    double more[OF_CELL]; // what tells cells apart besides the law's variables; NaN is a value
    double ln_loss, weight;
    int nudged;     // runs told apart by `perturb` in this look, 1 or more
    double squares; // of their ln_loss about their mean
} Look;

static int order(double a, double b) {
    if (isnan(a) || isnan(b)) return !isnan(a) - !isnan(b);
    return (a > b) - (a < b);
}

static int cell_order(const Look *a, const Look *b) {
    int by = 0;
    for (int v = 0; v < a->n_x && by == 0; v++) by = order(a->x[v], b->x[v]);
    for (int v = 0; v < OF_CELL && by == 0; v++) by = order(a->more[v], b->more[v]);
    return by ? by : strcmp(a->point->family, b->point->family);
}

static int look_order(const Look *a, const Look *b) {
    int by = cell_order(a, b);
    if (by == 0) by = order(a->point->lr, b->point->lr);
    if (by == 0) by = order(a->trunk, b->trunk);
    return by ? by : order(a->point->seed, b->point->seed);
}

static double perturb_of(const Look *look) {
    return isnan(look->point->perturb) ? 0 : look->point->perturb;
}

static int by_look(const void *a, const void *b) {
    const Look *p = a, *q = b;
    int by = look_order(p, q);
    if (by == 0) by = order(perturb_of(p), perturb_of(q));
    return by ? by : (p->row > q->row) - (p->row < q->row);
}

static size_t looks_of(Arena *arena, const Problem *p, Look **out) {
    const Points *points = p->points;
    int *members = ARENA_ARRAY(arena, int, (size_t)points->n_groups);
    Look *looks = ARENA_ARRAY(arena, Look, points->n);
    size_t n = 0;
    for (size_t i = 0; i < points->n; i++) members[points->rows[i].group]++;
    for (size_t i = 0; i < points->n; i++) {
        const Point *row = &points->rows[i];
        if (!(problem_weight(p, i) > 0)) continue;
        looks[n++] = (Look){.point = row,
                            .row = i,
                            .n_x = p->data.n_x,
                            .trunk = members[row->group] > 1 ? row->group : -1,
                            .x = p->data.x + i * (size_t)p->data.n_x,
                            .more = {row->params, row->tokens, row->experts, row->top_k,
                                     row->granularity, row->unique_tokens, row->d_model,
                                     row->layers, row->ctx, row->batch_tok},
                            .ln_loss = p->data.ln_loss[i],
                            .weight = problem_weight(p, i)};
    }
    if (n) qsort(looks, n, sizeof *looks, by_look);
    *out = looks;
    return n;
}

/* Move the looks of the best rate of a cell (n looks) to its front. Return how many they are. */
static size_t best_rate(Look *cell, size_t n) {
    double best = INFINITY;
    size_t begin = 0, count = 0;
    for (size_t at = 0, end; at < n; at = end) {
        double sum = 0;
        for (end = at; end < n && order(cell[end].point->lr, cell[at].point->lr) == 0; end++)
            sum += cell[end].ln_loss;
        const double mean = sum / (double)(end - at);
        if (mean < best) best = mean, begin = at, count = end - at;
    }
    memmove(cell, cell + begin, count * sizeof *cell);
    return count;
}

/* Count the runs that `perturb` tells apart among looks that nothing else does, n of them in its
 * order, and add up the squares about their mean. */
static void tell_rounding(const Look *looks, size_t n, Look *out) {
    double mean = 0;
    out->nudged = 0;
    out->squares = 0;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && perturb_of(&looks[i]) == perturb_of(&looks[i - 1])) continue;
        const double off = looks[i].ln_loss - mean;
        mean += off / ++out->nudged; // [Welford 1962]
        out->squares += off * (looks[i].ln_loss - mean);
    }
}

/* Put the mean of looks that nothing tells apart in the place of the first. Return how many looks
 * are left. */
static size_t merged(Look *cell, size_t n) {
    size_t kept = 0;
    for (size_t at = 0, end; at < n; at = end) {
        double sum = 0, weight = 0;
        for (end = at; end < n && look_order(&cell[end], &cell[at]) == 0; end++) {
            sum += cell[end].weight * cell[end].ln_loss;
            weight += cell[end].weight;
        }
        Look told;
        tell_rounding(cell + at, end - at, &told);
        cell[kept] = cell[at];
        cell[kept].nudged = told.nudged;
        cell[kept].squares = told.squares;
        cell[kept].ln_loss = sum / weight;
        cell[kept++].weight = weight / (double)(end - at);
    }
    return kept;
}

static void row_of(const Problem *p, const double *theta, const Look *look, FormRows *out) {
    double gradient[LAW_MAX_PARAMS];
    const size_t i = out->n++;
    const double fitted = p->law->log_loss(theta, look->x, gradient);
    out->root[i] = sqrt(look->weight);
    out->residual[i] = look->ln_loss - fitted;
    problem_gradient_to_z(p, theta, gradient);
    for (int j = 0, k = 0; j < p->law->n_params; j++)
        if (!p->fixed[j]) out->gradient[i * out->k + k++] = gradient[j];
    out->group[i] = look->point->group;
    out->cell[i] = out->n_cells;
    out->nudged[i] = look->nudged;
    if (look->nudged < 2) return;
    out->rounding.cells++;
    out->rounding.repeats += look->nudged;
    out->rounding.freedom += look->nudged - 1;
    out->rounding.sd += look->squares; // form_rows() makes a deviation of it
}

/* Number the classes of which there are rows from 0 on. Return how many they are. */
static int renumber(int *class, size_t n, int n_classes) {
    Arena *scratch = arena_open();
    int *number = ARENA_ARRAY(scratch, int, (size_t)n_classes), count = 0;
    for (size_t i = 0; i < n; i++) {
        int *c = &number[class[i]];
        if (*c == 0) *c = ++count;
        class[i] = *c - 1;
    }
    arena_close(scratch);
    return count;
}

void form_rows_drop(FormRows *rows, size_t i) {
    double *const parts[] = {rows->ln_n, rows->ln_d, rows->root, rows->residual};
    const size_t k = (size_t)rows->k, after = --rows->n - i;
    for (size_t p = 0; p < COUNT_OF(parts); p++)
        memmove(parts[p] + i, parts[p] + i + 1, after * sizeof(double));
    memmove(rows->gradient + i * k, rows->gradient + (i + 1) * k, after * k * sizeof(double));
    memmove(rows->group + i, rows->group + i + 1, after * sizeof(int));
    memmove(rows->cell + i, rows->cell + i + 1, after * sizeof(int));
    memmove(rows->nudged + i, rows->nudged + i + 1, after * sizeof(int));
    rows->n_groups = renumber(rows->group, rows->n, rows->n_groups);
    rows->n_cells = renumber(rows->cell, rows->n, rows->n_cells);
}

/* Return the law's variable that is one of the two; -1: it has neither. */
static int variable(const Law *law, double (*a)(const Point *), double (*b)(const Point *)) {
    for (int v = 0; v < law_n_variables(law); v++)
        if (law->variables[v].ln_x == a || law->variables[v].ln_x == b) return v;
    return -1;
}

FormRows form_rows(Arena *arena, const Problem *p, const double *theta) {
    Look *looks;
    const size_t n = looks_of(arena, p, &looks), room = n ? n : 1;
    const int of_n = variable(p->law, ln_params, ln_active),
              of_d = variable(p->law, ln_tokens, ln_steps);
    FormRows out = {.k = 0, .sees_both = of_n >= 0 && of_d >= 0};
    for (int j = 0; j < p->law->n_params; j++) out.k += !p->fixed[j];
    double **const parts[] = {&out.ln_n, &out.ln_d, &out.root, &out.residual};
    for (size_t i = 0; i < COUNT_OF(parts); i++) *parts[i] = ARENA_ARRAY(arena, double, room);
    out.gradient = ARENA_ARRAY(arena, double, room *LAW_MAX_PARAMS);
    out.group = ARENA_ARRAY(arena, int, room);
    out.cell = ARENA_ARRAY(arena, int, room);
    out.nudged = ARENA_ARRAY(arena, int, room);
    for (size_t at = 0, end; at < n; at = end) {
        for (end = at + 1; end < n && cell_order(&looks[end], &looks[at]) == 0;) end++;
        const size_t kept = merged(looks + at, best_rate(looks + at, end - at));
        for (size_t i = at; i < at + kept; i++) {
            if (out.sees_both)
                out.ln_n[out.n] = looks[i].x[of_n], out.ln_d[out.n] = ln_tokens(looks[i].point);
            row_of(p, theta, &looks[i], &out);
        }
        out.n_cells++;
    }
    out.n_groups = renumber(out.group, out.n, p->points->n_groups);
    FormDeviation *rounding = &out.rounding;
    rounding->sd = rounding->freedom > 0 ? sqrt(rounding->sd / rounding->freedom) : NAN;
    return out;
}
