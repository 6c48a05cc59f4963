/* law_chinchilla.c: L = E + A / N^alpha + B / D^beta      [Hoffmann et al. 2022, arXiv:2203.15556,
 * sec. 3.3 and App. D.2]
 *
 * theta = (ln E, ln A, alpha, ln B, beta). In their log-sum-exp form,
 *     ln L = LSE(ln E, ln A - alpha ln N, ln B - beta ln D)
 *     d ln L / d term = softmax of the three
 *
 * Frontier under C = kappa N^q D: d/dN [A N^-alpha + B (kappa N^q / C)^beta] = 0 gives
 *     N^(alpha + q beta) = alpha A / (q beta B) (C / kappa)^beta
 * which for kappa = 6, q = 1 is their eq. 4.
 */
#include <math.h>

#include "analysis/laws/law.h"

enum { LN_E, LN_A, ALPHA, LN_B, BETA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double ln_n = x[0], ln_d = x[1];
    const double e = theta[LN_E], a = theta[LN_A] - theta[ALPHA] * ln_n,
                 b = theta[LN_B] - theta[BETA] * ln_d;
    const double top = fmax(e, fmax(a, b));
    const double we = exp(e - top), wa = exp(a - top), wb = exp(b - top), sum = we + wa + wb;
    if (gradient) {
        gradient[LN_E] = we / sum;
        gradient[LN_A] = wa / sum;
        gradient[ALPHA] = -wa / sum * ln_n;
        gradient[LN_B] = wb / sum;
        gradient[BETA] = -wb / sum * ln_d;
    }
    return top + log(sum);
}

/* E a share of the lowest loss, exponents anywhere plausible, and half the mean excess over E for
 * either term. */
static void start(const LawData *data, int i, double *theta) {
    const double E = (0.5 + 0.48 * law_unit(i, 0)) * data->min_loss,
                 half = 0.5 * (data->mean_loss - E);
    theta[LN_E] = log(E);
    theta[ALPHA] = 0.1 + 0.7 * law_unit(i, 1);
    theta[BETA] = 0.1 + 0.7 * law_unit(i, 2);
    theta[LN_A] = log(half) + theta[ALPHA] * data->mean[0];
    theta[LN_B] = log(half) + theta[BETA] * data->mean[1];
}

static Frontier frontier(const double *theta, double kappa, double q) {
    const double alpha = theta[ALPHA], beta = theta[BETA], sum = alpha + q * beta;
    const double ln_ratio = log(alpha / (q * beta)) + theta[LN_A] - theta[LN_B];
    Frontier f = {
        .E = exp(theta[LN_E]), .eta = alpha * beta / sum, .a = beta / sum, .b = alpha / sum};
    f.ln_n0 = (ln_ratio - beta * log(kappa)) / sum;
    f.ln_d0 = -log(kappa) - q * f.ln_n0;
    f.ln_K = log(exp(theta[LN_A] - alpha * f.ln_n0) + exp(theta[LN_B] - beta * f.ln_d0));
    return f;
}

const Law LAW_CHINCHILLA = {
    .name = "chinchilla",
    .x = "",
    .formula = "L = E + A / N^alpha + B / D^beta",
    .source = "Hoffmann et al. 2022, arXiv:2203.15556, sec. 3.3",
    .n_params = 5,
    .params = {{.name = "E", .unit = "nat", .logged = true, .linear = true, .lo = -9, .hi = 6},
               {.name = "A",
                .unit = "nat",
                .logged = true,
                .linear = true,
                .lo = -12,
                .hi = 6,
                .ln_x = ln_params,
                .x_exponent = ALPHA},
               {.name = "alpha", .unit = "", .lo = 0.01, .hi = 3},
               {.name = "B",
                .unit = "nat",
                .logged = true,
                .linear = true,
                .lo = -12,
                .hi = 6,
                .ln_x = ln_tokens,
                .x_exponent = BETA},
               {.name = "beta", .unit = "", .lo = 0.01, .hi = 3}},
    .variables = {{ln_params, 1}, {ln_tokens, 1}},
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
};
