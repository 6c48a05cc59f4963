/* point.c: what a row says of its model, and how some rows of a table are picked out. */
#include <math.h>
#include <string.h>

#include "analysis/points/point.h"

Point point_blank(void) {
    const double no = NAN;
    return (Point){.params = no,
                   .tokens = no,
                   .loss = no,
                   .flops = no,
                   .params_given = no,
                   .flops_given = no,
                   .loss_se = no,
                   .weight = 1,
                   .params_total = no,
                   .params_hidden = no,
                   .params_matmul = no,
                   .params_active = no,
                   .unique_tokens = no,
                   .seed = no,
                   .lr = no,
                   .batch_tok = no,
                   .steps = no,
                   .perturb = no,
                   .experts = no,
                   .top_k = no,
                   .granularity = no,
                   .shared = no,
                   .d_model = no,
                   .layers = no,
                   .vocab = no,
                   .ctx = no,
                   .wall_s = no,
                   .cpu_s = no,
                   .threads = no,
                   .trunk = "",
                   .family = "",
                   .id = ""};
}

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

/* Count p among the dropped. A row with an id gets an entry of its own; rows without one share the
 * entry of their rule. */
static void drop(Points *points, const Point *p, const char *rule) {
    Dropped *last = points->n_dropped ? &points->dropped[points->n_dropped - 1] : NULL;
    if (last && *p->id == '\0' && last->rule == rule)
        last->rows++;
    else
        points->dropped[points->n_dropped++] = (Dropped){p->line, p->id, rule, 1};
}

Points *points_only(Arena *arena, const Points *points,
                    bool (*keep)(const void *context, const Point *p), const void *context,
                    const char *rule) {
    Points *only = ARENA_NEW(arena, Points);
    *only = *points;
    only->rows = ARENA_ARRAY(arena, Point, points->n);
    only->dropped = ARENA_ARRAY(arena, Dropped, points->n + points->n_dropped);
    only->n = only->n_dropped = 0;
    only->n_groups = 0;
    int *number = ARENA_ARRAY(arena, int, (size_t)points->n_groups); // 0: not met yet
    for (size_t i = 0; i < points->n_dropped; i++)
        only->dropped[only->n_dropped++] = points->dropped[i];
    for (size_t i = 0; i < points->n; i++) {
        const Point *p = &points->rows[i];
        if (!keep(context, p)) {
            drop(only, p, rule);
            continue;
        }
        Point *to = &only->rows[only->n++];
        *to = *p;
        if (number[p->group] == 0) number[p->group] = ++only->n_groups;
        to->group = number[p->group] - 1;
    }
    return only;
}

const char *points_unnamed(const Points *points, const char *message) {
    const size_t n = strlen(points->source);
    const bool named = strncmp(message, points->source, n) == 0 && message[n] == ':';
    return message + (named ? n + 2 : 0);
}
