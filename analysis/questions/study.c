/* study.c: reads rows, fits the law or the laws asked for, and what belongs beside it. */
#include "analysis/questions/study.h"
#include "analysis/simulate/simulate.h"

#include <string.h>

#include "analysis/questions/approaches.h"
#include "analysis/fit/profile.h"
#include "base/file.h"
#include "analysis/questions/bend.h"
#include "analysis/questions/compare.h"

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
    {"count", FIELD_CHOICE, AT(points.count), 0, -1, N_COUNT_NAMES, "",
     "what is N: total, matmul (no lookup table), hidden (no head either), active"},
    {"flops", FIELD_CHOICE, AT(points.flops), 0, -1, C_COUNT_NAMES, "",
     "what is C: 6nd, exact (head and attention), without either, bare of both"},
    {"shape", FIELD_STRING, AT(points.shape), 0, -1, NULL, "",
     "of models whose rows do not tell: 'params=total,vocab=32000,aspect=39,ctx=2048,tied=yes'"},
    {"recount", FIELD_BOOL, AT(recount), 0, -1, NULL, "",
     "a table of the exponents under every count of N and C"},
    {"predict", FIELD_STRING, AT(predict), 0, -1, NULL, "",
     "runs to foretell: 'params=2e5,tokens=1e6;...'"},
    {"worth", FIELD_STRING, AT(worth), 0, -1, NULL, "",
     "what settings of a column are worth beside a baseline: 'optimizer=adamw'"},
    {"profile", FIELD_BOOL, AT(profile), 0, -1, NULL, "",
     "hold each parameter in turn: what may it be?"},
};
const FieldTable STUDY_FIELDS = {"rows", FIELDS, COUNT_OF(FIELDS)};

StudyOptions study_options_default(void) {
    return (StudyOptions){.fit = fit_options_default(),
                          .points = {.count = "given", .flops = "given", .decimal = "point"},
                          .returns = returns_options_default()};
}

void study_options_simulate(StudyOptions *o, const Simulation *simulation, bool law_given) {
    o->simulation = simulation;
    if (law_given) return;
    o->fit.law = simulation->law->name;
    if (*simulation->law->x) o->fit.x = simulation->law->x;
}

static Status predict(Arena *arena, const StudyOptions *o, const char *dir, Study *s, Err *err) {
    TRY(predict_asked(arena, &s->fit, o->predict, &s->predictions, err));
    if (o->seal) TRY(predict_seal(&s->fit, &s->predictions, dir, err));
    predict_sealed(arena, &s->fit, &s->predictions);
    s->fit.predictions = s->predictions.rows;
    s->fit.n_predictions = s->predictions.n;
    return OK;
}

static Status recount_asked(Arena *arena, const StudyOptions *o, Study *s, Err *err) {
    Shape shape;
    if (!o->recount) return OK;
    TRY(shape_from_text(arena, o->points.shape, &shape, err));
    TRY(recount_table(arena, s->fit.points, &shape, &o->fit, &s->recount, err));
    s->fit.recount = &s->recount;
    return OK;
}

Status study_of(Arena *arena, const char *path, const StudyOptions *o, Study *out, Err *err) {
    const char *dir = path && dir_exists(path) ? path : NULL;
    *out = (Study){0};
    if (o->seal && !dir) FAIL(err, E_USAGE, "--seal: %s is no sweep directory", path);
    if (o->seal && !o->predict)
        FAIL(err, E_USAGE, "--seal: needs --predict 'id=..,params=..,tokens=..'");
    WorthAsked asked;
    WorthContrast contrast;
    PointsOptions rows = o->points;
    TRY(worth_asked(arena, o->worth, &asked, err));
    if (o->simulation && asked.name)
        FAIL(err, E_USAGE, "--worth: simulated rows have no settings; it is for a table");
    rows.setting = asked.column;
    if (o->simulation)
        out->points = simulation_points(arena, o->simulation, 0);
    else
        TRY(points_open(arena, path, &rows, &out->points, &out->held, err));
    TRY(worth_contrast(arena, &out->points, &asked, &contrast, err));
    const Points *fitted =
        worth_fitted(arena, &out->points, &out->held, &contrast, o->fit.law, o->points.where);
    TRY(compare_laws(arena, fitted, &out->held, &o->fit, &out->fit, err));
    out->fit.simulation = o->simulation;
    if (o->fit.bend || strcmp(o->fit.law, "all") == 0)
        out->fit.bend = bend_of(arena, out->fit.points,
                                *out->fit.law->x ? out->fit.law->x : o->fit.x, o->fit.seed);
    TRY(predict(arena, o, dir, out, err));
    TRY(returns_of(arena, &out->fit, &o->returns, &out->returns, err));
    out->fit.returns = &out->returns;
    TRY(recount_asked(arena, o, out, err));
    if (o->profile && !out->fit.law->log_loss)
        FAIL(err, E_USAGE, "--profile: %s is read off the points, it has no objective",
             out->fit.law->name);
    if (out->fit.n_rivals > 0) out->fit.approaches = approaches_of(arena, &out->fit, &o->fit);
    if (o->profile) out->fit.profiles = profiles_of(arena, &out->fit, o->fit.level);
    out->worths = worths_of(arena, &out->points, &contrast, &o->fit);
    if (out->worths.n_settings > 0) out->fit.worths = &out->worths;
    return OK;
}
