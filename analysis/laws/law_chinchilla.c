/* law_chinchilla.c: L = E + A / N^alpha + B / D^beta      [Hoffmann et al. 2022, arXiv:2203.15556,
 * sec. 3.3 and App. D.2]
 *
 * theta = (ln E, ln A, alpha, ln B, beta). In their log-sum-exp form,
 *     ln L = LSE(ln E, ln A - alpha ln N, ln B - beta ln D)
 *     d ln L / d term = softmax of the three
 * The frontier is that of two terms added (terms.c); for kappa = 6, q = 1 it is their eq. 4.
 */
#include "analysis/laws/terms.h"

enum { LN_E, LN_A, ALPHA, LN_B, BETA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    double term[] = {theta[LN_E], theta[LN_A] - theta[ALPHA] * x[0],
                     theta[LN_B] - theta[BETA] * x[1]};
    const double ln_loss = terms_sum(term, 3);
    if (gradient) {
        gradient[LN_E] = term[0];
        gradient[LN_A] = term[1];
        gradient[ALPHA] = -term[1] * x[0];
        gradient[LN_B] = term[2];
        gradient[BETA] = -term[2] * x[1];
    }
    return ln_loss;
}

static void start(const LawData *data, int i, double *theta) {
    TwoTerms t; // 0.1 + 0.7 and 0.8 differ in the last bit, and fits would too
    theta[LN_E] = log(terms_start(data, i, 0.1, 0.1 + 0.7, &t));
    theta[LN_A] = t.ln_A;
    theta[ALPHA] = t.alpha;
    theta[LN_B] = t.ln_B;
    theta[BETA] = t.beta;
}

static Frontier frontier(const double *theta, double kappa, double q) {
    const TwoTerms t = {theta[LN_A], theta[ALPHA], theta[LN_B], theta[BETA]};
    Frontier f = terms_frontier(t, kappa, q);
    f.E = exp(theta[LN_E]);
    return f;
}

const Law LAW_CHINCHILLA = {
    .name = "chinchilla",
    .x = "",
    .formula = "L = E + A / N^alpha + B / D^beta",
    .source = "Hoffmann et al. 2022, arXiv:2203.15556, sec. 3.3",
    .n_params = 5,
    .params = {FLOOR_ROW("E"), COEFFICIENT_ROW("A", ln_params, ALPHA), EXPONENT_ROW("alpha"),
               COEFFICIENT_ROW("B", ln_tokens, BETA), EXPONENT_ROW("beta")},
    .variables = {{ln_params, 1}, {ln_tokens, 1}},
    .forecasts = true,
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
    .additive = true,
    .within = "skaling",
};
