/* law_chinchilla_tied.c: L = E + A / N^alpha + B / D^alpha, with one exponent for both terms. The
 * compute-optimal number of tokens to a parameter then does not depend on C.
 *                                   [Hoffmann et al. 2022, arXiv:2203.15556, sec. 3.3, with
 *                                    alpha = beta as in Gadre et al. 2024, arXiv:2403.08540]
 * theta = (ln E, ln A, ln B, alpha).
 */
#include "analysis/laws/terms.h"

enum { LN_E, LN_A, LN_B, ALPHA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    double term[] = {theta[LN_E], theta[LN_A] - theta[ALPHA] * x[0],
                     theta[LN_B] - theta[ALPHA] * x[1]};
    const double ln_loss = terms_sum(term, 3);
    if (gradient) {
        gradient[LN_E] = term[0];
        gradient[LN_A] = term[1];
        gradient[LN_B] = term[2];
        gradient[ALPHA] = -term[1] * x[0] - term[2] * x[1];
    }
    return ln_loss;
}

static void start(const LawData *data, int i, double *theta) {
    TwoTerms t;
    theta[LN_E] = log(terms_start(data, i, 0.1, 0.8, &t));
    theta[ALPHA] = t.alpha;
    theta[LN_A] = t.ln_A;
    theta[LN_B] = t.ln_B + (t.alpha - t.beta) * data->mean[1];
}

static Frontier frontier(const double *theta, double kappa, double q) {
    const TwoTerms t = {theta[LN_A], theta[ALPHA], theta[LN_B], theta[ALPHA]};
    Frontier f = terms_frontier(t, kappa, q);
    f.E = exp(theta[LN_E]);
    return f;
}

const Law LAW_CHINCHILLA_TIED = {
    .name = "chinchilla-tied",
    .x = "",
    .formula = "L = E + A / N^alpha + B / D^alpha",
    .source = "Hoffmann et al. 2022, arXiv:2203.15556, sec. 3.3, with alpha = beta",
    .n_params = 4,
    .params = {FLOOR_ROW("E"), COEFFICIENT_ROW("A", ln_params, ALPHA),
               COEFFICIENT_ROW("B", ln_tokens, ALPHA), EXPONENT_ROW("alpha")},
    .variables = {{ln_params, 1}, {ln_tokens, 1}},
    .forecasts = true,
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
    .additive = true,
    .within = "chinchilla",
};
