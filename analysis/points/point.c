/* point.c: what a row says of its model, and a table's dense rows apart from those with experts. */
#include <math.h>

#include "analysis/points/point.h"

bool point_dense(const Point *p) {
    return !(p->experts > 1);
}

double point_active(const Point *p) {
    if (p->params_active > 0) return p->params_active;
    return point_dense(p) ? p->params : NAN;
}

double point_expansion(const Point *p) {
    return point_dense(p) ? 1 : p->experts / (p->top_k > 0 ? p->top_k : 1);
}

bool points_mixed(const Points *points) {
    size_t dense = 0;
    for (size_t i = 0; i < points->n; i++) dense += point_dense(&points->rows[i]);
    return dense > 0 && dense < points->n;
}

enum { DENSE_ENOUGH = 6 };

/* One more among the dropped: in a line of its own when it has a name. */
static void drop(Points *points, const Point *p, const char *rule) {
    Dropped *last = points->n_dropped ? &points->dropped[points->n_dropped - 1] : NULL;
    if (last && *p->id == '\0' && last->rule == rule)
        last->rows++;
    else
        points->dropped[points->n_dropped++] = (Dropped){p->line, p->id, rule, 1};
}

Points *points_dense(Arena *arena, const Points *points) {
    Points *dense = ARENA_NEW(arena, Points);
    *dense = *points;
    dense->rows = ARENA_ARRAY(arena, Point, points->n);
    dense->dropped = ARENA_ARRAY(arena, Dropped, points->n + points->n_dropped);
    dense->n = dense->n_dropped = 0;
    dense->n_groups = 0;
    int *number = ARENA_ARRAY(arena, int, (size_t)points->n_groups); // 0: not met yet
    for (size_t i = 0; i < points->n_dropped; i++)
        dense->dropped[dense->n_dropped++] = points->dropped[i];
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!point_dense(p)) {
            drop(dense, p, "has experts; --where 'experts>=1' keeps it");
            continue;
        }
        Point *to = &dense->rows[dense->n++];
        *to = *p;
        if (number[p->group] == 0) number[p->group] = ++dense->n_groups;
        to->group = number[p->group] - 1;
    }
    return dense;
}

const Points *points_dense_alone(Arena *arena, const Points *points) {
    if (!points_mixed(points)) return points;
    const Points *dense = points_dense(arena, points);
    return dense->n < points->n && dense->n >= DENSE_ENOUGH ? dense : points;
}
