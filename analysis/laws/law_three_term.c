/* law_three_term.c: L = E + A / N^alpha + B / batch^beta + C / steps^gamma
 *                                                              [Schaipp 2026, arXiv:2607.01487]
 *
 * Tokens are batch times steps, and what they are worth depends on how they are divided: few large
 * steps leave the descent unfinished, many small ones leave it noisy. With one batch for all runs
 * the third term is part of E, and the law is Chinchilla's; it therefore asks for several.
 *
 * theta = (ln E, ln A, alpha, ln B, beta, ln C, gamma); ln L is an LSE of the four terms.
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_A, ALPHA, LN_B, BETA, LN_C, GAMMA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    double term[] = {theta[LN_E], theta[LN_A] - theta[ALPHA] * x[0],
                     theta[LN_B] - theta[BETA] * x[1], theta[LN_C] - theta[GAMMA] * x[2]};
    const double ln_loss = terms_sum(term, 4);
    if (gradient) {
        gradient[LN_E] = term[0];
        for (int v = 0; v < 3; v++) {
            gradient[LN_A + 2 * v] = term[1 + v];
            gradient[ALPHA + 2 * v] = -term[1 + v] * x[v];
        }
    }
    return ln_loss;
}

/* Start where size and steps share the mean excess over E, but for a smaller part that is the
 * batch's. */
static void start(const LawData *data, int i, double *theta) {
    const double E = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss;
    const double share = 0.02 + 0.3 * kronecker_unit(i, 4), rest = data->mean_loss - E;
    theta[LN_E] = log(E);
    theta[ALPHA] = 0.1 + 0.7 * kronecker_unit(i, 1);
    theta[BETA] = 0.1 + 0.9 * kronecker_unit(i, 3);
    theta[GAMMA] = 0.1 + 0.7 * kronecker_unit(i, 2);
    theta[LN_A] = log(0.5 * (1 - share) * rest) + theta[ALPHA] * data->mean[0];
    theta[LN_B] = log(share * rest) + theta[BETA] * data->mean[1];
    theta[LN_C] = log(0.5 * (1 - share) * rest) + theta[GAMMA] * data->mean[2];
}

const Law LAW_THREE_TERM = {
    .name = "three-term",
    .x = "",
    .formula = "L = E + A / N^alpha + B / batch^beta + C / steps^gamma",
    .source = "Schaipp 2026, arXiv:2607.01487",
    .n_params = 7,
    .params = {FLOOR_ROW("E"), COEFFICIENT_ROW("A", ln_params, ALPHA), EXPONENT_ROW("alpha"),
               COEFFICIENT_ROW("B", ln_batch, BETA), EXPONENT_ROW("beta"),
               COEFFICIENT_ROW("C", ln_steps, GAMMA), EXPONENT_ROW("gamma")},
    .variables = {{ln_params, 1}, {ln_batch, 1}, {ln_steps, 1}},
    .forecasts = true,
    .log_loss = log_loss,
    .start = start,
};
