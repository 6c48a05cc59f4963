/* study_of.c: reads rows, fits the law or the laws asked for, and asks every question. */
#include "analysis/questions/study_of.h"

#include <string.h>

#include "analysis/fit/fit_points.h"
#include "analysis/questions/compare.h"

/* Rows with experts are no business of a law of dense models, unless they are asked for. */
static const Points *fitted(Arena *arena, const Points *points, const StudyOptions *o) {
    const Law *law = law_find(o->fit.law); // NULL: all of them, or one that fit_points will refuse
    const bool asked = o->points.where && strstr(o->points.where, "experts");
    return !law || law->experts || asked ? points : points_dense_alone(arena, points);
}

static Status fit_law(Arena *arena, const StudyOptions *o, Study *s, Err *err) {
    const Points *points = fitted(arena, &s->points, o);
    if (strcmp(o->fit.law, "all") == 0)
        return compare_laws(arena, points, &s->held, &o->fit, &s->fit, &s->comparison, err);
    return fit_points(arena, points, &s->held, &o->fit, &s->fit, err);
}

Status study_of(Arena *arena, const char *path, const StudyOptions *o, Study *s, Err *err) {
    *s = (Study){.options = o, .simulation = o->simulation};
    if (o->simulation)
        s->points = simulation_points(arena, o->simulation, 0);
    else
        TRY(points_open(arena, path, &o->points, &s->points, &s->held, err));
    s->called = s->points.source;
    TRY(fit_law(arena, o, s, err));
    for (size_t i = 0; i < N_QUESTIONS; i++)
        if (QUESTIONS[i]->ask) TRY(QUESTIONS[i]->ask(arena, s, o->asked[i], &s->answers[i], err));
    return OK;
}
