/* cmd_fit.c: tinyscale fit: points in, a law out. */
#include <math.h>
#include <string.h>

#include "fit/gain.h"
#include "fit/predict.h"
#include "base/commands.h"
#include "base/field.h"
#include "base/file.h"
#include "base/proc.h"

typedef struct {
    FitOptions fit;
    PointsOptions points;
    const char *predict;
    bool seal, json;
} Command;

#define AT(member) offsetof(Command, member)
static const Field FIELDS[] = {
    {"where", FIELD_STRING, AT(points.where), 0, -1, NULL, "",
     "keep rows: 'mode=train,flops<=1e20'"},
    {"holdout", FIELD_STRING, AT(points.holdout), 0, -1, NULL, "",
     "rows to predict instead of fitting them"},
    {"columns", FIELD_STRING, AT(points.columns), 0, -1, NULL, "",
     "a stranger's names: 'params=\"Model Size\"'"},
    {"predict", FIELD_STRING, AT(predict), 0, -1, NULL, "",
     "runs to foretell: 'params=2e5,tokens=1e6;...'"},
    {"seal", FIELD_BOOL, AT(seal), 0, -1, NULL, "", "write the predictions to DIR/prediction.json"},
    {"json", FIELD_BOOL, AT(json), 0, -1, NULL, "", "one JSON document on stdout"},
};
static const FieldTable TABLE = {"rows and output", FIELDS, COUNT_OF(FIELDS)};

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
        else if (LAWS[i]->experts) // nothing is wrong with points that have none
            talk("%s is left out: %s", LAWS[i]->name, err->message), *err = (Err){0};
        else
            return status;
    }
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (all[i].aicc < all[best].aicc) best = i;
    *out = all[best];
    out->rivals = all;
    out->n_rivals = n;
    return OK;
}

/* JSON goes to stdout when asked for, and always to DIR/fit.json of a sweep. */
static Status put_results(const Fit *fit, const Command *c, const char *dir, Err *err) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    fit_to_json(fit, &j);
    json_end(&j);
    text_add(&j.text, "\n");
    Status status = OK;
    char path[4096];
    if (dir && snprintf(path, sizeof path, "%s/fit.json", dir) < (int)sizeof path)
        status = file_write(path, j.text.s, j.text.size, err);
    if (c->json)
        fputs(j.text.s, stdout);
    else
        fit_print(fit, stdout);
    text_close(&j.text);
    return status;
}

/* Rows with experts are no business of a law of dense models, unless they are asked for. */
static const Points *fitted(Arena *arena, const Points *points, const Command *c) {
    const Law *law = law_find(c->fit.law); // NULL: all of them, or one that fit_points will refuse
    const bool asked = c->points.where && strstr(c->points.where, "experts");
    return !law || law->experts || asked ? points : points_dense_alone(arena, points);
}

static Status run(Arena *arena, const Command *c, const char *path, Err *err) {
    Points points, held;
    Fit fit;
    Predictions predictions;
    const char *dir = dir_exists(path) ? path : NULL;
    if (c->seal && !dir) FAIL(err, E_USAGE, "--seal: %s is no sweep directory", path);
    if (c->seal && !c->predict)
        FAIL(err, E_USAGE, "--seal: needs --predict 'id=..,params=..,tokens=..'");
    TRY(points_open(arena, path, &c->points, &points, &held, err));
    TRY(fit_laws(arena, fitted(arena, &points, c), &held, &c->fit, &fit, err));
    TRY(predict_asked(arena, &fit, c->predict, &predictions, err));
    if (c->seal) TRY(predict_seal(&fit, &predictions, dir, err));
    predict_sealed(arena, &fit, &predictions);
    fit.predictions = predictions.rows;
    fit.n_predictions = predictions.n;
    const Gains gains = gains_of(arena, &points, &c->fit);
    if (gains.n_settings > 0) fit.gains = &gains;
    return put_results(&fit, c, dir, err);
}

Status cmd_fit(int argc, char **argv, Err *err) {
    Command c = {.fit = fit_options_default()};
    const FieldGroup groups[] = {{&FIT_FIELDS, &c.fit}, {&TABLE, &c}};
    const ArgSpec spec = {
        .usage = "tinyscale fit PATH [--flags]",
        .about = "Fit a scaling law to the runs of a sweep directory, or to any CSV with the "
                 "columns params, tokens and\n"
                 "loss. Intervals are from a bootstrap over training trunks.",
        .groups = groups,
        .n_groups = COUNT_OF(groups),
        .min_args = 1,
        .max_args = 1,
    };
    Arena *arena = arena_open();
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) status = run(arena, &c, args.args[0], err);
    arena_close(arena);
    return status;
}
