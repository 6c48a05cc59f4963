/* law_kaplan.c: L = [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D
 *                                                [Kaplan et al. 2020, arXiv:2001.08361, eq. 1.5]
 *
 * Its authors chose the form so that another vocabulary only rescales it, either limit is a power
 * law, and L is analytic in 1/D. It has no floor.
 *
 * theta = (ln N_c, alpha_N, ln D_c, alpha_D). With u = alpha_N ln (N_c / N) and
 * v = alpha_D ln (D_c / D), the logarithms of the limits L(N) and L(D), and
 * S = LSE(u / alpha_D, v / alpha_D),
 *     ln L = alpha_D S
 *     d ln L = share_u du + share_v dv + (S - share_u u / alpha_D - share_v v / alpha_D) d alpha_D
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_N_C, ALPHA_N, LN_D_C, ALPHA_D };

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double n = theta[LN_N_C] - x[0], d = theta[LN_D_C] - x[1];
    const double ratio = theta[ALPHA_N] / theta[ALPHA_D];
    double share[] = {ratio * n, d};
    const double sum = terms_sum(share, 2);
    if (gradient) {
        gradient[LN_N_C] = share[0] * theta[ALPHA_N];
        gradient[ALPHA_N] = share[0] * n;
        gradient[LN_D_C] = share[1] * theta[ALPHA_D];
        gradient[ALPHA_D] = sum - share[0] * ratio * n;
    }
    return theta[ALPHA_D] * sum;
}

/* Start where either limit has equal weight at the middle of the data. */
static void start(const LawData *data, int i, double *theta) {
    theta[ALPHA_N] = 0.03 + 0.4 * kronecker_unit(i, 0);
    theta[ALPHA_D] = 0.03 + 0.4 * kronecker_unit(i, 1);
    const double limit = log(data->mean_loss) - theta[ALPHA_D] * M_LN2;
    theta[LN_N_C] = data->mean[0] + limit / theta[ALPHA_N];
    theta[LN_D_C] = data->mean[1] + limit / theta[ALPHA_D];
}

/* Return the frontier of L^(1 / alpha_D), which is a sum of two power laws, raised to alpha_D. */
static Frontier frontier(const double *theta, double kappa, double q) {
    const double alpha = theta[ALPHA_N] / theta[ALPHA_D];
    Frontier f =
        terms_frontier((TwoTerms){alpha * theta[LN_N_C], alpha, theta[LN_D_C], 1}, kappa, q);
    f.eta *= theta[ALPHA_D];
    f.ln_K *= theta[ALPHA_D];
    return f;
}

#define SCALE_ROW(as, of, variable, exponent)                                                      \
    {                                                                                              \
        .name = as, .unit = of, .logged = true, .scale = true, .lo = -12, .hi = 6,                 \
        .ln_x = variable, .x_exponent = exponent                                                   \
    }

const Law LAW_KAPLAN = {
    .name = "kaplan",
    .x = "",
    .formula = "L = [(N_c / N)^(alpha_N / alpha_D) + D_c / D]^alpha_D",
    .source = "Kaplan et al. 2020, arXiv:2001.08361, eq. 1.5",
    .n_params = 4,
    .params = {SCALE_ROW("N_c", "params", ln_params, ALPHA_N), EXPONENT_ROW("alpha_N"),
               SCALE_ROW("D_c", "tokens", ln_tokens, ALPHA_D), EXPONENT_ROW("alpha_D")},
    .variables = {{ln_params, 1}, {ln_tokens, 1}},
    .forecasts = true,
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
};
