/* forecast_rig.h: planted tables and forecasts of them, for the tests of forecasts. */
#ifndef TESTS_FORECAST_RIG_H
#define TESTS_FORECAST_RIG_H

#include "tests/planted.h"

#include "analysis/fit/options.h"
#include "analysis/forecast/forecast.h"
#include "analysis/simulate/simulate.h"

#define GRID     ",params=1e4:3e5:5,tokens=3e5:5e6:4,noise=0.003"
#define SKALING  "law=skaling,E=0.8,A=600,alpha=0.65,B=14000,beta=0.7,k=0.45" GRID
#define ADDITIVE "law=chinchilla,E=0.9,A=18.97,alpha=0.3,B=84.37,beta=0.35" GRID

static inline Simulation planted(Arena *arena, const char *spec) {
    Simulation s;
    Err err = {0};
    assert_int_equal(simulation_read(arena, spec, &s, &err), OK);
    return s;
}

static inline Status weigh(Arena *arena, const Points *points, const char *law, Forecast *f,
                           Err *err) {
    FitOptions o = fit_options_default();
    o.law = law;
    return forecast_of(arena, points, &o, f, err);
}

/* A run four times as large and as long as any of the grid. */
static inline Point far_away(void) {
    Point p = point_blank();
    p.params = 1.2e6, p.tokens = 2e7, p.flops = 6 * p.params * p.tokens;
    return p;
}

#endif
