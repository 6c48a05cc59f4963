/* fit.c: what follows from theta and its resamples: intervals, frontier, cost, predictions. */
#include <math.h>
#include <string.h>

#include "analysis/fit/fit.h"
#include "analysis/fit/noise.h"
#include "base/rng.h"
#include "base/stat.h"

const char *fit_status_name(FitStatus s) {
    static const char *const NAMES[] = {"OK",      "NOT_IDENTIFIED", "AT_BOUND", "NO_CONVERGENCE",
                                        "UNTUNED", "WRONG_FORM"};
    return NAMES[s];
}

const FitStatus FIT_BY_WEIGHT[FIT_REASONS] = {FIT_NO_CONVERGENCE, FIT_AT_BOUND, FIT_NOT_IDENTIFIED,
                                              FIT_UNTUNED, FIT_WRONG_FORM};

int fit_reasons(const Fit *fit, const char *out[FIT_REASONS]) {
    int n = 0;
    for (int i = 0; i < FIT_REASONS; i++)
        if (fit->reasons & 1u << FIT_BY_WEIGHT[i]) out[n++] = fit_status_name(FIT_BY_WEIGHT[i]);
    return n;
}

const char *fit_stop_name(MinimiseStop s) {
    return s == STOP_GRADIENT      ? "GRADIENT"
           : s == STOP_STEP        ? "STEP"
           : s == STOP_EVALUATIONS ? "EVALUATIONS"
           : s == STOP_READ_OFF    ? "READ_OFF"
           : s == STOP_TOLERANCE   ? "TOLERANCE"
                                   : "FAILED";
}

/* ---- what follows from theta ----------------------------------------------------------------- */

Interval fit_interval(const Fit *fit,
                      double (*f)(const Fit *fit, const double *theta, const void *argument),
                      const void *argument) {
    Interval v = {f(fit, fit->theta, argument), NAN, NAN};
    if (fit->n_boots == 0 || isnan(v.value)) return v;
    Arena *scratch = arena_open();
    double *x = ARENA_ARRAY(scratch, double, (size_t)fit->n_boots);
    for (int r = 0; r < fit->n_boots; r++)
        x[r] = f(fit, fit->boots + (size_t)r * fit->law->n_params, argument);
    v.lo = stat_quantile(x, (size_t)fit->n_boots, (1 - fit->level) / 2);
    v.hi = stat_quantile(x, (size_t)fit->n_boots, (1 + fit->level) / 2);
    arena_close(scratch);
    return v;
}

static double one_param(const Fit *fit, const double *theta, const void *index) {
    return law_param(fit->law, theta, *(const int *)index);
}

static Frontier frontier_at(const Law *law, const double *theta, double kappa, double q) {
    return law->frontier ? law->frontier(theta, kappa, q) : frontier_unknown();
}

Frontier fit_frontier_any(const Fit *fit, const double *theta) {
    return frontier_at(fit->law, theta, fit->cost.kappa, fit->cost.q);
}

Frontier fit_frontier(const Fit *fit, const double *theta) {
    return fit->no_frontier ? frontier_unknown() : fit_frontier_any(fit, theta);
}

/* Quantities under C = 6 N D, in units of C/6 as published:
 *     N* = G (C/6)^a,   L* = E + K (C/6)^-eta
 */
typedef enum { OF_A, OF_B, OF_G, OF_ETA, OF_K } Derived;

static double derived(const Fit *fit, const double *theta, const void *which) {
    const Frontier f = frontier_at(fit->law, theta, 6, 1);
    switch (*(const Derived *)which) {
    case OF_A:
        return f.a;
    case OF_B:
        return f.b;
    case OF_G:
        return exp(f.ln_n0 + f.a * log(6));
    case OF_ETA:
        return f.eta;
    case OF_K:
        return exp(f.ln_K - f.eta * log(6));
    }
    BUG("no derived quantity %d", (int)*(const Derived *)which);
}

/* ---- the cost of training -------------------------------------------------------------------- */

/* Fit ln(C / D) = ln kappa + q ln N by least squares; with a single N, q is 1. */
void fit_cost(Fit *fit) {
    const Points *p = fit->points;
    double mx = 0, my = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < p->n; i++) {
        mx += ln_params(&p->rows[i]) / (double)p->n;
        my += (ln_flops(&p->rows[i]) - ln_tokens(&p->rows[i])) / (double)p->n;
    }
    for (size_t i = 0; i < p->n; i++) {
        const double dx = ln_params(&p->rows[i]) - mx;
        sxx += dx * dx;
        sxy += dx * (ln_flops(&p->rows[i]) - ln_tokens(&p->rows[i]) - my);
    }
    FitCost cost = {.q = sxx > 1e-12 * (double)p->n ? sxy / sxx : 1};
    cost.kappa = exp(my - cost.q * mx);
    for (size_t i = 0; i < p->n; i++) {
        const Point *row = &p->rows[i];
        const double said = cost.kappa * pow(row->params, cost.q) * row->tokens;
        cost.error = fmax(cost.error, fabs(said / row->flops - 1));
    }
    fit->cost = cost;
}

/* ---- residuals ------------------------------------------------------------------------------- */

/* Set the rms and the AICc of residuals in ln L. */
static void fit_residuals(Fit *fit) {
    double sum = 0;
    const double n = (double)fit->points->n;
    for (size_t i = 0; i < fit->points->n; i++) {
        const Point *p = &fit->points->rows[i];
        const double r = law_log_loss(fit->law, fit->theta, p) - log(p->loss);
        sum += r * r;
    }
    fit->rms_log_residual = sqrt(sum / n);
    fit->aicc = stat_aicc(sum, n, fit->n_free);
}

/* Repeats in shared trunks know a run's part alone; the trunk's comes from the residuals. */
FitScatter fit_scatter(const Fit *fit) {
    const double run = fit->form.lack.noise, trunk = fit->noise.trunk;
    if (isnan(run)) return (FitScatter){fit->noise.total, "the scatter about this law"};
    return (FitScatter){hypot(run, isnan(trunk) ? 0 : trunk), "the noise of a run"};
}

Holdout fit_holdout(const Fit *fit) {
    Holdout h = {.n = fit->held ? fit->held->n : 0, .mean_abs_rel = NAN, .bias = NAN};
    if (h.n == 0) return h;
    h.mean_abs_rel = h.bias = 0;
    for (size_t i = 0; i < h.n; i++) {
        const Point *p = &fit->held->rows[i];
        const double error = law_loss(fit->law, fit->theta, p) / p->loss - 1;
        h.mean_abs_rel += fabs(error) / (double)h.n;
        h.bias += error / (double)h.n;
    }
    return h;
}

bool fit_truth_known(const Fit *fit) {
    const bool half = strcmp(fit->law->x, "params") == 0 || strcmp(fit->law->x, "tokens") == 0;
    return isfinite(fit->points->floor_nat) && law_param_index(fit->law, "E") >= 0 && !half;
}

bool fit_E_inside(const Fit *fit) {
    const Interval *E = &fit->params[law_param_index(fit->law, "E")];
    return fit->points->floor_nat >= E->lo && fit->points->floor_nat <= E->hi;
}

/* ---- predictions ----------------------------------------------------------------------------- */

/* Return the batch of the row of most FLOPs; of several such rows, of the last. */
static double largest_batch(const Points *points) {
    size_t most = 0;
    for (size_t i = 1; i < points->n; i++)
        if (points->rows[i].flops >= points->rows[most].flops) most = i;
    return points->n ? points->rows[most].batch_tok : NAN;
}

Point fit_point(const Fit *fit, double params, double tokens) {
    Point p = point_blank();
    p.params = params;
    p.tokens = tokens;
    p.flops = fit->cost.kappa * pow(params, fit->cost.q) * tokens;
    p.batch_tok = largest_batch(fit->points);
    return p;
}

static double loss_at(const Fit *fit, const double *theta, const void *point) {
    return law_loss(fit->law, theta, point);
}

/* Return the law's loss; under a resample, with one draw of a run's noise on it. */
static double noisy_loss_at(const Fit *fit, const double *theta, const void *point) {
    if (theta == fit->theta) return law_loss(fit->law, theta, point);
    const Stream s = stream_open(fit->seed, "prediction", 0);
    const uint64_t r = (uint64_t)(theta - fit->boots);
    const double sd =
        fit->noise.total * noise_size(fit->seed, "prediction-size", fit->noise.freedom, (int)r);
    return law_loss(fit->law, theta, point) * exp(sd * stream_normal(&s, r));
}

Interval fit_predict(const Fit *fit, double params, double tokens, bool new_run) {
    const Point p = fit_point(fit, params, tokens);
    return fit_predict_at(fit, &p, new_run);
}

Interval fit_predict_at(const Fit *fit, const Point *p, bool new_run) {
    return fit_interval(fit, new_run ? noisy_loss_at : loss_at, p);
}

typedef struct {
    double flops;
    int which; // 0: N, 1: D, 2: loss
} OptimumOf;

static double optimum_of(const Fit *fit, const double *theta, const void *argument) {
    const OptimumOf *o = argument;
    const Frontier f = fit_frontier(fit, theta);
    const double ln_c = log(o->flops);
    return o->which == 0   ? exp(f.ln_n0 + f.a * ln_c)
           : o->which == 1 ? exp(f.ln_d0 + f.b * ln_c)
                           : frontier_loss(&f, ln_c);
}

FitOptimum fit_optimum(const Fit *fit, double flops) {
    return (FitOptimum){
        .params = fit_interval(fit, optimum_of, &(OptimumOf){flops, 0}),
        .tokens = fit_interval(fit, optimum_of, &(OptimumOf){flops, 1}),
        .loss = fit_interval(fit, optimum_of, &(OptimumOf){flops, 2}),
    };
}

IsoFlops fit_isoflop(Arena *arena, const Fit *fit) {
    const char *how = fit->law->approach == APPROACH_ISOFLOP ? fit->problem->how : ISOFLOP_HOWS[0];
    return isoflop_optima(arena, fit->points, NULL, how);
}

/* ---- the whole ------------------------------------------------------------------------------- */

FitSplit fit_split(const Fit *fit) {
    FitSplit s;
    Interval *const out[] = {&s.a, &s.b, &s.G, &s.eta, &s.K};
    for (Derived d = OF_A; d <= OF_K; d++) *out[d] = fit_interval(fit, derived, &d);
    return s;
}

void fit_derive(Fit *fit) {
    fit_cost(fit);
    fit_residuals(fit);
    for (int i = 0; i < fit->law->n_params; i++) fit->params[i] = fit_interval(fit, one_param, &i);
    fit->split = fit_split(fit);
}
