/* law_m4.c: (L - E) / ((L0 - L) / (L0 - E))^alpha = b / x^c, x = C (FLOPs), N or D: a power law
 * with an offset that is also right at the other end, where a model has learnt nothing: L = L0.
 *                   [Alabdulmohsin et al. 2022, arXiv:2209.06640, estimator M4, who write b x^c with
 *                    a negative c]
 *
 * Unlike them we divide L0 - L by its limit L0 - E, so that far out, and for every alpha, the law
 * is power-offset's E + b / x^c; their coefficient is b (L0 - E)^-alpha.
 *
 * theta = (ln E, ln L0, alpha, ln b, c). The loss is the root of a monotone function: with
 * w = L0 - E, L = E + w s and s = 1 / (1 + e^-v),
 *     ln s - alpha ln (1 - s) = q,      q = ln b - c ln x - ln w
 *     g(v) = alpha softplus(v) - softplus(-v) = q
 * g rises with a slope between 1 and alpha. The slope only rises (alpha > 1) or only falls, so that
 * from its second step on Newton's iteration approaches the root from one side. At the root
 *     dv = [dq - softplus(v) d alpha] / g'(v),      dL = dE + s dw + w s (1 - s) dv
 *
 * E is kept below the mean loss of the data and L0 above, so that they never cross.
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_L0, ALPHA, LN_B, C };
enum { NEWTON_STEPS = 60 };

/* The root v of g(v) = q, with s = 1 / (1 + e^-v), g'(v) and softplus(v). */
typedef struct {
    double v, s, slope, soft;
} Root;

static Root at(double v, double alpha) {
    const double e = exp(-fabs(v)), s = v > 0 ? 1 / (1 + e) : e / (1 + e);
    return (Root){v, s, 1 + (alpha - 1) * s, fmax(v, 0) + log1p(e)};
}

static Root solve(double q, double alpha) {
    Root r = at(q > 0 ? q / alpha : q, alpha); // g is near v on the left, near alpha v on the right
    for (int step = 0; step < NEWTON_STEPS; step++) {
        const double off = alpha * r.soft - (r.soft - r.v) - q;
        const double v = r.v - off / r.slope;
        /* The next step would be about the square of this one. */
        const bool done = fabs(v - r.v) <= 1e-8 * (1 + fabs(v));
        r = at(v, alpha);
        if (done) break;
    }
    return r;
}

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double E = exp(theta[LN_E]), top = exp(theta[LN_L0]), alpha = theta[ALPHA];
    const double w = fmax(top - E, 1e-9 * top);
    const Root r = solve(theta[LN_B] - theta[C] * x[0] - log(w), alpha);
    const double loss = E + w * r.s;
    if (gradient) {
        const double of_q = w * r.s * (1 - r.s) / r.slope / loss; // d ln L / dq
        const double of_w = r.s / loss - of_q / w;
        gradient[LN_E] = (1 / loss - of_w) * E;
        gradient[LN_L0] = of_w * top;
        gradient[ALPHA] = -of_q * r.soft;
        gradient[LN_B] = of_q;
        gradient[C] = -of_q * x[0];
    }
    return log(loss);
}

static void bounds(const LawData *data, double *lo, double *hi) {
    hi[LN_E] = log(data->mean_loss);
    lo[LN_L0] = log(data->mean_loss) + 1e-3;
}

/* Fit alpha and c by least squares of ln (L - E) = alpha ln (L0 - L) + ln b - c ln x, within
 * reason. */
static void settle(const LawData *data, double E, double top, double *alpha, double *c) {
    double y0 = 0, p0 = 0, spp = 0, spx = 0, sxx = 0, spy = 0, sxy = 0;
    for (size_t k = 0; k < data->n; k++) {
        y0 += log(exp(data->ln_loss[k]) - E) / (double)data->n;
        p0 += log(top - exp(data->ln_loss[k])) / (double)data->n;
    }
    for (size_t k = 0; k < data->n; k++) {
        const double loss = exp(data->ln_loss[k]), y = log(loss - E) - y0, p = log(top - loss) - p0,
                     x = data->x[k] - data->mean[0];
        spp += p * p, spx += p * x, sxx += x * x, spy += p * y, sxy += x * y;
    }
    const double all = spp * sxx - spx * spx;
    *alpha = fmin(fmax((spy * sxx - sxy * spx) / all, 0.05), 4);
    *c = fmin(fmax((*alpha * spx - sxy) / sxx, 0.02), 2.5);
}

/* Start with E a share of the lowest loss and L0 above the highest; the other parameters are what
 * the losses then ask for. */
static void start(const LawData *data, int i, double *theta) {
    double highest = data->mean_loss;
    for (size_t k = 0; k < data->n; k++) highest = fmax(highest, exp(data->ln_loss[k]));
    const double E = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss, u = kronecker_unit(i, 1),
                 top = highest * (1.02 + 2 * u * u);
    const double s = (data->mean_loss - E) / (top - E);
    theta[LN_E] = log(E);
    theta[LN_L0] = log(top);
    settle(data, E, top, &theta[ALPHA], &theta[C]);
    theta[LN_B] = log(data->mean_loss - E) - theta[ALPHA] * log1p(-s) + theta[C] * data->mean[0];
}

#define GUESSING "runs so small or short that they hardly beat guessing"

#define M4(ROW, field, letter)                                                                     \
    const Law ROW = {                                                                              \
        .name = "m4",                                                                              \
        .x = #field,                                                                               \
        .formula = "(L - E) / ((L0 - L) / (L0 - E))^alpha = b / " letter "^c",                     \
        .source = "Alabdulmohsin et al. 2022, arXiv:2209.06640, M4",                               \
        .n_params = 5,                                                                             \
        .params =                                                                                  \
            {{.name = "E", .unit = "nat", .logged = true, .lo = -9, .hi = 6},                      \
             {.name = "L0", .unit = "nat", .logged = true, .lo = -9, .hi = 6, .wants = GUESSING},  \
             {.name = "alpha", .unit = "", .lo = 0.01, .hi = 5, .wants = GUESSING},                \
             {.name = "b",                                                                         \
              .unit = "nat",                                                                       \
              .logged = true,                                                                      \
              .lo = -12,                                                                           \
              .hi = 12,                                                                            \
              .ln_x = ln_##field,                                                                  \
              .x_exponent = C},                                                                    \
             EXPONENT_ROW("c")},                                                                   \
        .variables = {{ln_##field, 1}},                                                            \
        .log_loss = log_loss,                                                                      \
        .bounds = bounds,                                                                          \
        .start = start,                                                                            \
    }

M4(LAW_M4_FLOPS, flops, "C");
M4(LAW_M4_PARAMS, params, "N");
M4(LAW_M4_TOKENS, tokens, "D");
