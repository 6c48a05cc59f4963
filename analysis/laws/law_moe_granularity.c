/* law_moe_granularity.c: L = c + (g / G^gamma + a) / N^alpha + b / D^beta
 *                                              [Krajewski et al. 2024, arXiv:2402.07871, eq. 9]
 *
 * G is how many times narrower one expert is than all of the MLP that a token visits. N is whatever
 * column is read as params (--columns params=params_active, or params_total), since the paper's
 * text and those who quote it differ on which it is. The number of experts is not in the law, which
 * holds for models that share one.
 *
 * theta = (ln c, ln a, alpha, ln g, gamma, ln b, beta); ln L = LSE of the four terms.
 */
#include <math.h>

#include "analysis/laws/kronecker.h"
#include "analysis/laws/law.h"

enum { LN_C, LN_A, ALPHA, LN_G, GAMMA, LN_B, BETA };
enum { TERMS = 4 };

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double n = x[0], d = x[1], g = x[2];
    double term[TERMS] = {theta[LN_C], theta[LN_A] - theta[ALPHA] * n,
                          theta[LN_G] - theta[GAMMA] * g - theta[ALPHA] * n,
                          theta[LN_B] - theta[BETA] * d};
    double top = term[0], sum = 0;
    for (int i = 1; i < TERMS; i++) top = fmax(top, term[i]);
    for (int i = 0; i < TERMS; i++) sum += term[i] = exp(term[i] - top);
    if (gradient) {
        for (int i = 0; i < TERMS; i++) term[i] /= sum;
        gradient[LN_C] = term[0];
        gradient[LN_A] = term[1];
        gradient[ALPHA] = -(term[1] + term[2]) * n;
        gradient[LN_G] = term[2];
        gradient[GAMMA] = -term[2] * g;
        gradient[LN_B] = term[3];
        gradient[BETA] = -term[3] * d;
    }
    return top + log(sum);
}

/* Start with c a share of the lowest loss, half the mean excess for data, and the other half shared
 * by the two terms of size. */
static void start(const LawData *data, int i, double *theta) {
    const double c = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss,
                 half = 0.5 * (data->mean_loss - c);
    theta[LN_C] = log(c);
    theta[ALPHA] = 0.1 + 0.5 * kronecker_unit(i, 1);
    theta[BETA] = 0.1 + 0.5 * kronecker_unit(i, 2);
    theta[GAMMA] = 0.3 + 0.8 * kronecker_unit(i, 1);
    theta[LN_A] = log(0.8 * half) + theta[ALPHA] * data->mean[0];
    theta[LN_G] = log(0.2 * half) + theta[ALPHA] * data->mean[0] + theta[GAMMA] * data->mean[2];
    theta[LN_B] = log(half) + theta[BETA] * data->mean[1];
}

static const char *doubt(Arena *arena, const Points *points, const char *how) {
    (void)arena, (void)how;
    for (size_t i = 1; i < points->n; i++)
        if (point_expansion(&points->rows[i]) != point_expansion(&points->rows[0]))
            return "experts / top_k differs among these points, and this law does not know it: fit "
                   "one at a time, --where experts=8.";
    return NULL;
}

const Law LAW_MOE_GRANULARITY = {
    .name = "moe-granularity",
    .x = "",
    .formula = "L = c + (g / G^gamma + a) / N^alpha + b / D^beta",
    .source = "Krajewski et al. 2024, arXiv:2402.07871, eq. 9",
    .n_params = 7,
    .params = {{.name = "c", .unit = "nat", .logged = true, .linear = true, .lo = -9, .hi = 6},
               {.name = "a",
                .unit = "nat",
                .logged = true,
                .linear = true,
                .lo = -12,
                .hi = 6,
                .ln_x = ln_params,
                .x_exponent = ALPHA},
               {.name = "alpha", .unit = "", .lo = 0.01, .hi = 3},
               {.name = "g",
                .unit = "nat",
                .logged = true,
                .linear = true,
                .lo = -12,
                .hi = 6,
                .ln_x = ln_granularity,
                .x_exponent = GAMMA,
                .ln_y = ln_params,
                .y_exponent = ALPHA},
               {.name = "gamma", .unit = "", .lo = 0.01, .hi = 3},
               {.name = "b",
                .unit = "nat",
                .logged = true,
                .linear = true,
                .lo = -12,
                .hi = 6,
                .ln_x = ln_tokens,
                .x_exponent = BETA},
               {.name = "beta", .unit = "", .lo = 0.01, .hi = 3}},
    .variables = {{ln_params, 3}, {ln_tokens, 3}, {ln_granularity, 3}},
    .experts = true,
    .log_loss = log_loss,
    .start = start,
    .doubt = doubt,
};
