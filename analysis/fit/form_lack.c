/* form_lack.c: sums of squares beside cells and beside the law, offsets of trunks in both. */
#include "analysis/fit/form_lack.h"

#include <math.h>

#include "base/linear.h"
#include "base/stat.h"

/* Alternating means converge by a factor each round; a table that has not got there after so many
 * is not tested. */
enum { MAX_ROUNDS = 1000 };
static const double ROUNDING = 1e-8; // smaller differences, in ln L, are no noise

/* Subtract from v (n, scaled by root) its weighted mean in each class. Return the largest change.
 */
static double take_means(const double *root, const int *class, int n_classes, size_t n,
                         double *scratch, double *v) {
    double *sum = scratch, *weight = scratch + n_classes, most = 0;
    for (int c = 0; c < n_classes; c++) sum[c] = weight[c] = 0;
    for (size_t i = 0; i < n; i++) {
        sum[class[i]] += root[i] * v[i];
        weight[class[i]] += root[i] * root[i];
    }
    for (size_t i = 0; i < n; i++) {
        const double change = root[i] * sum[class[i]] / weight[class[i]];
        v[i] -= change;
        most = fmax(most, fabs(change));
    }
    return most;
}

static int root_of(int *parent, int i) {
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}

int form_rank(Arena *arena, const FormRows *rows) {
    const int n = rows->n_cells + rows->n_groups;
    int *parent = ARENA_ARRAY(arena, int, (size_t)n), parts = 0;
    for (int i = 0; i < n; i++) parent[i] = i;
    for (size_t i = 0; i < rows->n; i++)
        parent[root_of(parent, rows->cell[i])] = root_of(parent, rows->n_cells + rows->group[i]);
    for (int i = 0; i < n; i++) parts += root_of(parent, i) == i;
    return n - parts;
}

typedef struct {
    double squares;
    int rank; // of what was taken out
} Left;

/* Take the cells' means out, and with trunks those of the trunks, in turn until nothing changes. */
static Left beside_cells(Arena *arena, const FormRows *rows, bool trunks) {
    const size_t n = rows->n;
    double *scratch = ARENA_ARRAY(arena, double, 2 * (n + 1)), *v = ARENA_ARRAY(arena, double, n);
    double change = INFINITY, size = 0;
    for (size_t i = 0; i < n; i++) {
        v[i] = rows->root[i] * rows->residual[i];
        size = fmax(size, fabs(v[i]));
    }
    if (!trunks) take_means(rows->root, rows->cell, rows->n_cells, n, scratch, v);
    for (int round = 0; trunks && change > 1e-10 * size; round++) {
        if (round == MAX_ROUNDS) return (Left){NAN, 0};
        change = take_means(rows->root, rows->group, rows->n_groups, n, scratch, v);
        const double again = take_means(rows->root, rows->cell, rows->n_cells, n, scratch, v);
        change = fmax(change, again);
    }
    return (Left){linear_dot(v, v, n), trunks ? form_rank(arena, rows) : rows->n_cells};
}

/* Take the law's gradients out, and with trunks the trunks' means of everything. */
static Left beside_law(Arena *arena, const FormRows *rows, bool trunks) {
    const size_t n = rows->n;
    double *scratch = ARENA_ARRAY(arena, double, 2 * (n + 1));
    double *q = ARENA_ARRAY(arena, double, n *LAW_MAX_PARAMS), *v = ARENA_ARRAY(arena, double, n);
    int k = 0;
    for (int j = 0; j <= rows->k; j++) { // the last is the residuals
        double *column = j < rows->k ? q + (size_t)k * n : v;
        for (size_t i = 0; i < n; i++)
            column[i] =
                rows->root[i] * (j < rows->k ? rows->gradient[i * rows->k + j] : rows->residual[i]);
        const double before = linear_dot(column, column, n);
        if (trunks) take_means(rows->root, rows->group, rows->n_groups, n, scratch, column);
        const LinearBasis basis = {q, n, 1, n, k};
        for (int twice = 0; twice < 2; twice++) linear_take_out(&basis, column, 1);
        const double left = linear_dot(column, column, n);
        if (j == rows->k || !(left > 1e-14 * before)) continue;
        for (size_t i = 0; i < n; i++) column[i] /= sqrt(left);
        k++;
    }
    return (Left){linear_dot(v, v, n), k + (trunks ? rows->n_groups : 0)};
}

FormLack form_lack(const FormRows *rows) {
    FormLack out = {.f = NAN, .p = NAN, .size = NAN, .noise = NAN};
    const bool trunks = rows->n_groups < (int)rows->n;
    if (rows->n_cells == (int)rows->n) return out;
    Arena *arena = arena_open();
    const Left cells = beside_cells(arena, rows, trunks), law = beside_law(arena, rows, trunks);
    out.rest = (int)rows->n - cells.rank;
    out.freedom = cells.rank - law.rank;
    if (out.rest > 0 && cells.squares > ROUNDING * ROUNDING * (double)rows->n) {
        const double noise2 = cells.squares / out.rest;
        const double between = fmax(0, law.squares - cells.squares);
        out.noise = sqrt(noise2);
        if (out.freedom > 0) {
            out.f = between / out.freedom / noise2;
            out.p = stat_f_above(out.f, out.freedom, out.rest);
            out.size = sqrt(fmax(0, between - out.freedom * noise2) / (double)rows->n);
        }
    }
    arena_close(arena);
    return out;
}
