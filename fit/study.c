/* study.c: reads rows, fits the law or the laws asked for, and what belongs beside it. */
#include "fit/study.h"

#include <math.h>
#include <string.h>

#include "base/file.h"
#include "base/proc.h"

static const char *const DECIMALS[] = {"point", "comma", NULL};

#define AT(member) offsetof(StudyOptions, member)
static const Field FIELDS[] = {
    {"where", FIELD_STRING, AT(points.where), 0, -1, NULL, "",
     "keep rows: 'mode=train,flops<=1e20'"},
    {"holdout", FIELD_STRING, AT(points.holdout), 0, -1, NULL, "",
     "rows to predict instead of fitting them"},
    {"columns", FIELD_STRING, AT(points.columns), 0, -1, NULL, "",
     "a stranger's names: 'params=\"Model Size\"'"},
    {"decimal", FIELD_CHOICE, AT(points.decimal), 0, -1, DECIMALS, "",
     "how the table writes one and a half: 1.5 or 1,5"},
    {"predict", FIELD_STRING, AT(predict), 0, -1, NULL, "",
     "runs to foretell: 'params=2e5,tokens=1e6;...'"},
};
const FieldTable STUDY_FIELDS = {"rows", FIELDS, COUNT_OF(FIELDS)};

StudyOptions study_options_default(void) {
    return (StudyOptions){.fit = fit_options_default(), .points = {.decimal = "point"}};
}

/* The law asked for; for "all" every law, the one of lowest AICc first among equals. */
static Status fit_laws(Arena *arena, const Points *points, const Points *held, const FitOptions *o,
                       Fit *out, Err *err) {
    if (strcmp(o->law, "all") != 0) return fit_points(arena, points, held, o, out, err);
    size_t n = 0, room = 0;
    while (LAWS[room]) room++;
    Fit *all = ARENA_ARRAY(arena, Fit, room);
    for (size_t i = 0; LAWS[i]; i++) {
        if (law_find_x(LAWS[i]->name, o->x) != LAWS[i]) continue;
        FitOptions one = *o;
        one.law = LAWS[i]->name;
        const Status status = fit_points(arena, points, held, &one, &all[n], err);
        if (status == OK)
            n++;
        else if (status == E_FAILED) // nothing is wrong with points that cannot carry every law
            talk("%s is left out: %s", LAWS[i]->name, err->message);
        else
            return status;
    }
    if (n == 0) return err->status;
    *err = (Err){0};
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (all[i].aicc < all[best].aicc || isnan(all[best].aicc)) best = i;
    *out = all[best];
    out->rivals = all;
    out->n_rivals = n;
    return OK;
}

/* Rows with experts are no business of a law of dense models, unless they are asked for. */
static const Points *fitted(Arena *arena, const Points *points, const StudyOptions *o) {
    const Law *law = law_find(o->fit.law); // NULL: all of them, or one that fit_points will refuse
    const bool asked = o->points.where && strstr(o->points.where, "experts");
    return !law || law->experts || asked ? points : points_dense_alone(arena, points);
}

static Status predict(Arena *arena, const StudyOptions *o, const char *dir, Study *s, Err *err) {
    TRY(predict_asked(arena, &s->fit, o->predict, &s->predictions, err));
    if (o->seal) TRY(predict_seal(&s->fit, &s->predictions, dir, err));
    predict_sealed(arena, &s->fit, &s->predictions);
    s->fit.predictions = s->predictions.rows;
    s->fit.n_predictions = s->predictions.n;
    return OK;
}

Status study_of(Arena *arena, const char *path, const StudyOptions *o, Study *out, Err *err) {
    const char *dir = dir_exists(path) ? path : NULL;
    *out = (Study){0};
    if (o->seal && !dir) FAIL(err, E_USAGE, "--seal: %s is no sweep directory", path);
    if (o->seal && !o->predict)
        FAIL(err, E_USAGE, "--seal: needs --predict 'id=..,params=..,tokens=..'");
    TRY(points_open(arena, path, &o->points, &out->points, &out->held, err));
    TRY(fit_laws(arena, fitted(arena, &out->points, o), &out->held, &o->fit, &out->fit, err));
    TRY(predict(arena, o, dir, out, err));
    out->gains = gains_of(arena, &out->points, &o->fit);
    if (out->gains.n_settings > 0) out->fit.gains = &out->gains;
    return OK;
}
