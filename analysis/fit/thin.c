/* thin.c: keeps every stride-th group, so that about the wanted number of rows is left. */
#include "analysis/fit/thin.h"

enum { FEW_GROUPS = 256 }; // fewer would not stand for all

const Problem *thin_problem(Arena *arena, const Problem *whole, size_t rows) {
    const Points *all = whole->points;
    const int stride = (int)((all->n + rows - 1) / rows);
    if (all->n <= THIN_LARGE || all->n_groups < FEW_GROUPS * stride) return whole;
    Points *points = ARENA_NEW(arena, Points);
    *points = *all;
    points->n = 0;
    for (size_t i = 0; i < all->n; i++) points->n += all->rows[i].group % stride == 0;
    points->rows = ARENA_ARRAY(arena, Point, points->n);
    points->n = 0;
    points->n_groups = (all->n_groups + stride - 1) / stride;
    for (size_t i = 0; i < all->n; i++) {
        if (all->rows[i].group % stride != 0) continue;
        points->rows[points->n] = all->rows[i];
        points->rows[points->n++].group = all->rows[i].group / stride;
    }
    Problem *part = ARENA_NEW(arena, Problem);
    *part = *whole;
    part->points = points;
    part->data = law_data(arena, whole->law, points);
    part->weights = problem_own_weights(arena, points);
    return part;
}
