/* tune_rule.c: three-point parabolas, and one weighted line with priors. */
#include "sweep/tune_rule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/linear.h"
#include "base/stat.h"

/* A parabola through three points is exact for a curve that is one. Real ones lean, which moves the
 * vertex by about this much in ln lr. */
static const double FORM_SD = 0.1;

// --- one curve ---------------------------------------------------------------------------------

/* Take the best rate itself for the vertex, known to a step. */
static void take_best(TuneCurve *c) {
    const double step = c->n > 1 ? log(c->lr[c->n - 1] / c->lr[0]) / (double)(c->n - 1) : M_LN2;
    c->ln_lr = log(c->lr[c->best]);
    c->least = c->loss[c->best];
    c->sd = step;
    c->curvature = NAN;
}

/* Put a parabola through the best rate and the two beside it. Its vertex is, from the slopes u and
 * v of the two chords, at the middle of the lower one less u / curvature, and its variance follows
 * from that of the losses by the derivatives of u and of the curvature. */
static void take_vertex(TuneCurve *c, double noise) {
    const double *y = c->loss + c->best - 1;
    double x[3];
    for (int i = 0; i < 3; i++) x[i] = log(c->lr[c->best - 1 + (size_t)i]);
    const double low = x[1] - x[0], high = x[2] - x[1], both = x[2] - x[0];
    const double u = (y[1] - y[0]) / low, v = (y[2] - y[1]) / high, k = 2 * (v - u) / both;
    if (!(k > 0)) {
        take_best(c);
        return;
    }
    const double du[3] = {-1 / low, 1 / low, 0}, dv[3] = {0, -1 / high, 1 / high};
    double variance = 0;
    for (int i = 0; i < 3; i++) {
        const double dk = 2 * (dv[i] - du[i]) / both;
        const double d = -du[i] / k + u / (k * k) * dk;
        variance += d * d;
    }
    c->curvature = k;
    c->ln_lr = (x[0] + x[1]) / 2 - u / k;
    c->least = y[1] - k / 2 * (x[1] - c->ln_lr) * (x[1] - c->ln_lr);
    c->sd = sqrt(variance * noise * noise / c->seeds + FORM_SD * FORM_SD);
    c->sd = fmin(c->sd, both / 2); // the best rate is known to a step, whatever the noise
}

void tune_curve_read(TuneCurve *c, double noise) {
    c->best = 0;
    for (size_t i = 1; i < c->n; i++)
        if (c->loss[i] < c->loss[c->best]) c->best = i;
    c->place = c->best == 0 ? TUNE_LOWEST : c->best == c->n - 1 ? TUNE_HIGHEST : TUNE_INSIDE;
    c->ln_lr = c->sd = c->least = c->curvature = NAN;
    if (!isfinite(c->loss[c->best])) return;
    if (c->place == TUNE_INSIDE && isfinite(c->loss[c->best - 1]) && isfinite(c->loss[c->best + 1]))
        take_vertex(c, noise);
    else
        take_best(c);
}

double tune_noise_gap(double noise, double seeds) {
    return 2 * M_SQRT2 * noise / sqrt(seeds);
}

bool tune_curve_leans(const TuneCurve *c, double noise) {
    if (c->place == TUNE_INSIDE) return false;
    if (c->n < 2 || isnan(c->ln_lr)) return true;
    const double next = c->loss[c->place == TUNE_LOWEST ? 1 : c->n - 2];
    return next - c->loss[c->best] > tune_noise_gap(noise, c->seeds);
}

// --- the line over curves ----------------------------------------------------------------------

static void terms(const TuneRule *r, double params, double tokens, double batch,
                  double out[TUNE_TERMS]) {
    out[0] = 1;
    out[1] = log(tokens / r->tokens);
    out[2] = log(params / r->params);
    out[3] = log(batch / r->batch);
}

/* Centre the rule on the curves that have an optimum; return how many do. */
static size_t centre(const TuneCurve *curves, size_t n, TuneRule *r) {
    double ln[3] = {0};
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(curves[i].ln_lr)) continue;
        ln[0] += log(curves[i].params);
        ln[1] += log(curves[i].tokens);
        ln[2] += log(curves[i].batch);
        used++;
    }
    r->params = exp(ln[0] / (double)used);
    r->tokens = exp(ln[1] / (double)used);
    r->batch = exp(ln[2] / (double)used);
    return used;
}

static double median_curvature(const TuneCurve *curves, size_t n) {
    double *k = malloc((n + 1) * sizeof *k);
    size_t used = 0;
    if (!k) return NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(curves[i].curvature)) k[used++] = curves[i].curvature;
    const double median = stat_median(k, used);
    free(k);
    return median;
}

/* What the coefficients are without any curve, and how uncertain. A batch does not depend on
 * itself: its last term is held at 0. */
static const struct {
    double mean[TUNE_TERMS], sd[TUNE_TERMS];
} PRIORS[] = {[TUNE_LR_MUP] = {{0, -0.35, 0, 0.5}, {INFINITY, 0.2, 0.1, 0.25}},
              [TUNE_LR_SP] = {{0, -0.35, -0.5, 0.5}, {INFINITY, 0.2, 0.3, 0.25}},
              [TUNE_BATCH] = {{0, 0.4, 0, 0}, {INFINITY, 0.2, 0.1, 1e-6}}};

bool tune_rule_fit(const TuneCurve *curves, size_t n, TuneWhat what, double noise, TuneRule *out) {
    const double *prior = PRIORS[what].mean, *prior_sd = PRIORS[what].sd;
    double m[TUNE_TERMS * TUNE_TERMS] = {0}, b[TUNE_TERMS] = {0};
    *out = (TuneRule){.noise = noise, .curvature = median_curvature(curves, n)};
    if (centre(curves, n, out) == 0) return false;
    for (int k = 0; k < TUNE_TERMS; k++) {
        const double weight = 1 / (prior_sd[k] * prior_sd[k]);
        m[k * TUNE_TERMS + k] = weight;
        b[k] = weight * prior[k];
    }
    for (size_t i = 0; i < n; i++) {
        double x[TUNE_TERMS];
        if (isnan(curves[i].ln_lr)) continue;
        const double weight = 1 / (curves[i].sd * curves[i].sd);
        terms(out, curves[i].params, curves[i].tokens, curves[i].batch, x);
        for (int k = 0; k < TUNE_TERMS; k++) {
            b[k] += weight * x[k] * curves[i].ln_lr;
            for (int l = 0; l <= k; l++) m[k * TUNE_TERMS + l] += weight * x[k] * x[l];
        }
    }
    if (!linear_solve(TUNE_TERMS, m, TUNE_TERMS, 0, b, out->coef)) return false;
    for (int k = 0; k < TUNE_TERMS; k++) {
        double unit[TUNE_TERMS] = {0};
        unit[k] = 1;
        if (!linear_solve(TUNE_TERMS, m, TUNE_TERMS, 0, unit, out->covariance[k])) return false;
    }
    return true;
}

double tune_rule_ln(const TuneRule *r, double params, double tokens, double batch) {
    double x[TUNE_TERMS];
    terms(r, params, tokens, batch, x);
    return linear_dot(x, r->coef, TUNE_TERMS);
}

double tune_rule_sd(const TuneRule *r, double params, double tokens, double batch) {
    double x[TUNE_TERMS], variance = 0;
    terms(r, params, tokens, batch, x);
    for (int k = 0; k < TUNE_TERMS; k++)
        variance += x[k] * linear_dot(r->covariance[k], x, TUNE_TERMS);
    return sqrt(variance);
}

double tune_rule_excess(const TuneRule *r, double ln_off) {
    return r->curvature / 2 * ln_off * ln_off;
}

double tune_round_batch(double batch, double base, double least) {
    double b = base * exp2(round(log2(batch / base)));
    while (b < least || fmod(b, least) != 0) b *= 2;
    return b;
}

double tune_round(double lr) {
    char text[32];
    snprintf(text, sizeof text, "%.1e", lr);
    return strtod(text, NULL);
}
