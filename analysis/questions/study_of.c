/* study_of.c: reads rows, fits the law or the laws asked for, and asks every question. */
#include "analysis/questions/study_of.h"

#include <string.h>

#include "analysis/fit/design.h"
#include "analysis/fit/fit_points.h"
#include "analysis/questions/compare.h"
#include "analysis/questions/study_doubts.h"
#include "analysis/questions/worth_field.h"

/* Weigh laws against each other, and fit the one that describes the rows: what is said of one law
 * is said of that. */
static Status fit_forecast(Arena *arena, const StudyOptions *o, const Points *points, Study *s,
                           Err *err) {
    Forecast *forecast = ARENA_NEW(arena, Forecast);
    StudyOptions *told = ARENA_NEW(arena, StudyOptions);
    TRY(forecast_of(arena, points, &o->fit, forecast, err));
    *told = *o;
    told->fit.law = forecast->laws[forecast_describes(forecast)].law->name;
    s->options = told;
    s->forecast = forecast;
    return fit_points(arena, points, &s->held, &told->fit, &s->fit, err);
}

/* Fit one law. Where all runs have one length, or one size, and it is refused, name what they can
 * carry. */
static Status fit_one(Arena *arena, const StudyOptions *o, const Points *points, Study *s,
                      Err *err) {
    const Status status = fit_points(arena, points, &s->held, &o->fit, &s->fit, err);
    if (status != E_FAILED || points->n == 0) return status;
    const Design d = design_of(arena, points);
    if (d.kind != DESIGN_ONE_LENGTH && d.kind != DESIGN_ONE_SIZE) return status;
    const Err why = *err;
    FAIL(err, E_FAILED, "%s; all runs have %s, of which --law power-offset --x %s can be fitted",
         why.message, d.words, d.kind == DESIGN_ONE_LENGTH ? "params" : "tokens");
}

/* Put another law in the place of the default one where these sizes and lengths cannot carry it. */
static void stand_in(Arena *arena, const StudyOptions *o, const Points *points, Study *s) {
    if (o->law_named && strcmp(o->fit.law, FORECAST_AUTO) != 0) return;
    const DesignLaw law = design_instead(arena, points, &o->fit);
    if (!law.why) return;
    StudyOptions *own = ARENA_NEW(arena, StudyOptions);
    *own = *o;
    own->fit.law = law.law;
    own->fit.x = law.x;
    s->options = own;
    s->design = law.why;
}

static Status fit_law(Arena *arena, const StudyOptions *o, Study *s, Err *err) {
    /* Laws that are weighed tell a loss from N and D, as the default one does. */
    const char *law = forecast_asked(o->fit.law) ? fit_options_default().law : o->fit.law;
    const Points *points =
        worth_fitted(arena, &s->points, &s->held, s->contrast, law, o->points.where);
    stand_in(arena, o, points, s);
    o = s->options;
    if (strcmp(o->fit.law, "all") == 0)
        return compare_laws(arena, points, &s->held, &o->fit, &s->fit, &s->comparison, err);
    if (forecast_asked(o->fit.law)) return fit_forecast(arena, o, points, s, err);
    return fit_one(arena, o, points, s, err);
}

/* Read the rows, and find out which of them are settings of a field beside its baseline. */
static Status read_rows(Arena *arena, const char *path, const StudyOptions *o, Study *s, Err *err) {
    WorthAsked asked;
    WorthContrast *contrast = ARENA_NEW(arena, WorthContrast);
    PointsOptions rows = o->points;
    TRY(worth_asked(arena, o->worth, &asked, err));
    if (o->simulation && asked.name)
        FAIL(err, E_USAGE, "--worth: simulated rows have no settings; it is for a table");
    rows.setting = asked.column;
    if (o->simulation)
        s->points = simulation_points(arena, o->simulation, 0);
    else
        TRY(points_open(arena, path, &rows, &s->points, &s->held, err));
    s->contrast = contrast;
    return worth_contrast(arena, &s->points, &asked, contrast, err);
}

static Status ask_all(Arena *arena, const StudyOptions *o, Study *s, Err *err) {
    Status status = OK;
    watch_begin(o->fit.watch, "questions", (int)N_QUESTIONS);
    for (size_t i = 0; i < N_QUESTIONS && status == OK; i++, watch_step(o->fit.watch))
        if (QUESTIONS[i]->ask)
            status = QUESTIONS[i]->ask(arena, s, o->asked[i], &s->answers[i], err);
    watch_end(o->fit.watch);
    return status;
}

Status study_of(Arena *arena, const char *path, const StudyOptions *o, Study *s, Err *err) {
    *s = (Study){.options = o, .simulation = o->simulation};
    TRY(read_rows(arena, path, o, s, err));
    s->called = s->points.source;
    TRY(fit_law(arena, o, s, err));
    TRY(ask_all(arena, o, s, err));
    study_doubts(arena, s);
    return OK;
}
