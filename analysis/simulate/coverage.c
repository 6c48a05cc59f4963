/* coverage.c: simulate, fit, compare; then quantiles over simulations. */
#include <math.h>
#include <string.h>

#include "base/stat.h"
#include "analysis/simulate/coverage.h"
#include "analysis/fit/fit_points.h"
#include "analysis/forecast/forecast.h"
#include "base/sheet.h"

/* The quantities compared: the law's parameters, the exponent a, the law's loss at a far point, and
 * the loss of a run there. */
enum { OF_A = LAW_MAX_PARAMS, OF_LAW, OF_RUN, N_QUANTITIES };

/* One simulated table and what its fit found. */
typedef struct {
    bool fitted;
    FitStatus status;
    Interval got[N_QUANTITIES];
    double truth[N_QUANTITIES];
    Err err;
} Trial;

typedef struct {
    const Simulation *sim;
    const FitOptions *options;
    const Law *law; // that is fitted; NULL: several are weighed (forecast.h)
    Point at;       // where losses are predicted
} Plan;

/* Return the point to predict. It has `factor` times the grid's largest compute, and the size that
 * is best there where the planted law tells one. */
static Point far_point(const Simulation *s, const Points *grid, double factor) {
    Point most = grid->rows[0], p = grid->rows[0];
    for (size_t i = 0; i < grid->n; i++) {
        if (grid->rows[i].flops > most.flops) most = grid->rows[i];
        p.params = fmax(p.params, grid->rows[i].params);
        p.tokens = fmax(p.tokens, grid->rows[i].tokens);
    }
    p.flops = factor * most.flops;
    p.batch_tok = most.batch_tok;
    const Frontier f = simulation_frontier(s);
    if (isfinite(f.ln_n0))
        p.params = exp(f.ln_n0 + f.a * log(p.flops));
    else
        p.params = most.params * sqrt(factor);
    p.tokens = p.flops / (6 * p.params);
    return p;
}

/* Fill what is true of the predictions, and nothing else. */
static void true_losses(const Plan *plan, int k, Trial *out) {
    for (int i = 0; i < N_QUANTITIES; i++)
        out->got[i] = (Interval){NAN, NAN, NAN}, out->truth[i] = NAN;
    out->truth[OF_LAW] = law_loss(plan->sim->law, plan->sim->theta, &plan->at);
    out->truth[OF_RUN] = exp(simulation_new_run(plan->sim, &plan->at, (uint64_t)k));
}

/* Several laws that are weighed have no coefficients in common: only losses are compared. The
 * status is that of the law of greatest weight. */
static void one_forecast(Arena *arena, const Plan *plan, const Points *points, FitOptions *o,
                         Trial *out) {
    Forecast f;
    Fit first;
    if (forecast_of(arena, points, o, &f, &out->err) != OK) return;
    o->law = f.laws[0].law->name;
    if (fit_points(arena, points, NULL, o, &first, &out->err) != OK) return;
    out->fitted = true;
    out->status = first.status;
    out->got[OF_LAW] = forecast_predict(&f, &plan->at, false);
    out->got[OF_RUN] = forecast_predict(&f, &plan->at, true);
}

static void one_trial(Arena *arena, const Plan *plan, int k, Trial *out) {
    const Points points = simulation_points(arena, plan->sim, (uint64_t)k);
    FitOptions o = *plan->options;
    o.seed += (uint64_t)k;
    o.watch = NULL; // tables are counted, not what is done with each
    Fit fit;
    true_losses(plan, k, out);
    if (!plan->law) {
        one_forecast(arena, plan, &points, &o, out);
        return;
    }
    if (fit_points(arena, &points, NULL, &o, &fit, &out->err) != OK) return;
    out->fitted = true;
    out->status = fit.status;
    for (int i = 0; i < plan->law->n_params; i++) {
        out->got[i] = fit.params[i];
        out->truth[i] = simulation_param(plan->sim, plan->law, i);
    }
    out->got[OF_A] = fit_split(&fit).a; // of every sweep, whatever its status
    out->truth[OF_A] = simulation_frontier(plan->sim).a;
    out->got[OF_LAW] = fit_predict_at(&fit, &plan->at, false);
    out->got[OF_RUN] = fit_predict_at(&fit, &plan->at, true);
}

static CoverageRow covered(Arena *arena, const Trial *trials, int n, int q, const char *name) {
    double *error = ARENA_ARRAY(arena, double, (size_t)n),
           *width = ARENA_ARRAY(arena, double, (size_t)n);
    size_t m = 0, inside = 0;
    double value = 0, truth = 0;
    for (int k = 0; k < n; k++) {
        const Interval *v = &trials[k].got[q];
        const double want = trials[k].truth[q];
        if (!trials[k].fitted || isnan(v->value) || isnan(want)) continue;
        error[m] = fabs(v->value - want);
        width[m++] = v->hi - v->lo;
        value += v->value;
        truth += want;
        inside += want >= v->lo && want <= v->hi;
    }
    const double share = m ? (double)inside / (double)m : NAN;
    const double total = (double)m;
    return (CoverageRow){.name = name,
                         .truth = q == OF_RUN ? NAN : truth / total,
                         .mean = value / total,
                         .bias = (value - truth) / total,
                         .median_error = stat_median(error, m),
                         .p90_error = stat_quantile(error, m, 0.9),
                         .median_width = stat_median(width, m),
                         .covered = m && isnan(width[0]) ? NAN : share,
                         .covered_se = sqrt(share * (1 - share) / total)};
}

static void summarise(Arena *arena, const Plan *plan, const Trial *trials, Coverage *out) {
    int fitted = 0;
    out->why = "";
    for (int k = out->n - 1; k >= 0; k--) {
        if (trials[k].fitted) {
            out->status[trials[k].status]++;
            fitted++;
        } else
            out->why = arena_strdup(arena, trials[k].err.message);
    }
    out->n_failed = out->n - fitted;
    for (size_t i = 0; i < COUNT_OF(out->status); i++) out->status[i] /= fitted;
    out->rows = ARENA_ARRAY(arena, CoverageRow, N_QUANTITIES);
    for (int q = 0; q < N_QUANTITIES; q++) {
        const bool param = plan->law && q < plan->law->n_params;
        if (q < LAW_MAX_PARAMS && !param) continue;
        const char *name = param         ? plan->law->params[q].name
                           : q == OF_A   ? "a"
                           : q == OF_LAW ? "prediction"
                                         : "new run";
        const CoverageRow c = covered(arena, trials, out->n, q, name);
        if (!isnan(c.mean)) out->rows[out->n_rows++] = c;
    }
}

Status coverage_of(Arena *arena, const Simulation *s, const FitOptions *options, int simulations,
                   double factor, Coverage *out, Err *err) {
    const Points grid = simulation_points(arena, s, 0);
    const bool several = forecast_asked(options->law);
    Plan plan = {s, options, several ? NULL : law_find_x(options->law, options->x),
                 far_point(s, &grid, factor)};
    /* One fit ahead of all, so that an error in the options is told once. */
    Fit first;
    Forecast forecast;
    FitOptions o = *options;
    o.resamples = 0;
    TRY(several ? forecast_of(arena, &grid, &o, &forecast, err)
                : fit_points(arena, &grid, NULL, &o, &first, err));
    Trial *trials = ARENA_ARRAY(arena, Trial, (size_t)simulations);
    watch_begin(options->watch, "simulated tables", simulations);
#pragma omp parallel
    {
        Arena *scratch = arena_open();
#pragma omp for schedule(dynamic)
        for (int k = 0; k < simulations; k++) {
            arena_reset(scratch);
            one_trial(scratch, &plan, k, &trials[k]);
            watch_step(options->watch);
        }
        arena_close(scratch);
    }
    watch_end(options->watch);
    *out = (Coverage){.n = simulations,
                      .factor = factor,
                      .params = plan.at.params,
                      .tokens = plan.at.tokens,
                      .flops = plan.at.flops,
                      .level = options->level,
                      .bootstrap = options->bootstrap};
    summarise(arena, &plan, trials, out);
    return OK;
}

void coverage_put(Sheet *s, const Simulation *simulation, const FitOptions *options,
                  const Coverage *c) {
    sheet_text(s, "simulated", simulation->text);
    sheet_text(s, "law", options->law);
    sheet_text(s, "estimator", options->estimator);
    sheet_text(s, "bootstrap", c->bootstrap);
    sheet_count(s, "resamples", (uint64_t)options->resamples);
    sheet_number(s, "level", c->level);
    sheet_count(s, "simulations", (uint64_t)c->n);
    sheet_count(s, "failed", (uint64_t)c->n_failed);
    sheet_text(s, "why", c->why);
    sheet_table(s, "predicted", '.', "predictions are of");
    sheet_number(s, "factor", c->factor);
    sheet_size(s, "params", c->params);
    sheet_size(s, "tokens", c->tokens);
    sheet_number(s, "flops", c->flops);
    sheet_end(s);
    sheet_table(s, "status", '.', "share of tables with each status");
    for (int i = 0; i < FIT_STATUSES; i++)
        if (c->status[i] > 0 || !sheet_for_people(s))
            sheet_number(s, fit_status_name((FitStatus)i), c->status[i]);
    sheet_end(s);
    sheet_table(s, "coverage", '{', "estimates and their intervals beside the truth");
    for (size_t i = 0; i < c->n_rows; i++) {
        const CoverageRow *row = &c->rows[i];
        sheet_row(s, row->name);
        sheet_number(s, "truth", row->truth);
        sheet_number(s, "mean", row->mean);
        sheet_number(s, "bias", row->bias);
        sheet_number(s, "median_error", row->median_error);
        sheet_number(s, "p90_error", row->p90_error);
        sheet_number(s, "median_width", row->median_width);
        sheet_number(s, "covered", row->covered);
        sheet_number(s, "covered_se", row->covered_se);
    }
    sheet_end(s);
}
