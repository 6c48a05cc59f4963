/* law_skaling.c: L = E + (A / N^alpha + B / D^beta)^k        [Videau et al. 2026, arXiv:2608.07222]
 *
 * k = 1 is Chinchilla's law. With k < 1 a surplus of parameters makes up less for a shortage of
 * tokens than it does in a sum, and a surplus of tokens less for a shortage of parameters. The
 * compute-optimal sizes are those of the sum inside, whatever k is. Along them
 * L = E + K^k C^(-k eta), where K and eta are the sum's.
 *
 * theta = (ln E, ln A, alpha, ln B, beta, k). ln L = LSE(ln E, k S), S = LSE of the terms inside.
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_A, ALPHA, LN_B, BETA, K };

static double log_loss(const double *theta, const double *x, double *gradient) {
    double in[] = {theta[LN_A] - theta[ALPHA] * x[0], theta[LN_B] - theta[BETA] * x[1]};
    const double sum = terms_sum(in, 2);
    double out[] = {theta[LN_E], theta[K] * sum};
    const double ln_loss = terms_sum(out, 2);
    if (gradient) {
        const double of_sum = out[1] * theta[K];
        gradient[LN_E] = out[0];
        gradient[LN_A] = of_sum * in[0];
        gradient[ALPHA] = -of_sum * in[0] * x[0];
        gradient[LN_B] = of_sum * in[1];
        gradient[BETA] = -of_sum * in[1] * x[1];
        gradient[K] = out[1] * sum;
    }
    return ln_loss;
}

/* Start as Chinchilla's law does, with the mean excess spread over the exponent k. */
static void start(const LawData *data, int i, double *theta) {
    TwoTerms t;
    const double E = terms_start(data, i, 0.1, 0.8, &t), k = 0.3 + 0.7 * kronecker_unit(i, 3);
    const double ln_term = log(data->mean_loss - E) / k - M_LN2;
    theta[LN_E] = log(E);
    theta[ALPHA] = t.alpha / k;
    theta[LN_A] = ln_term + theta[ALPHA] * data->mean[0];
    theta[BETA] = t.beta / k;
    theta[LN_B] = ln_term + theta[BETA] * data->mean[1];
    theta[K] = k;
}

static Frontier frontier(const double *theta, double kappa, double q) {
    const TwoTerms t = {theta[LN_A], theta[ALPHA], theta[LN_B], theta[BETA]};
    Frontier f = terms_frontier(t, kappa, q);
    f.E = exp(theta[LN_E]);
    f.eta *= theta[K];
    f.ln_K *= theta[K];
    return f;
}

#define INNER_ROW(as, variable, exponent)                                                          \
    {                                                                                              \
        .name = as, .unit = "nat^(1/k)", .logged = true, .lo = -40, .hi = 20, .ln_x = variable,    \
        .x_exponent = exponent                                                                     \
    }

const Law LAW_SKALING = {
    .name = "skaling",
    .x = "",
    .formula = "L = E + (A / N^alpha + B / D^beta)^k",
    .source = "Videau et al. 2026, arXiv:2608.07222",
    .n_params = 6,
    .params = {FLOOR_ROW("E"),
               INNER_ROW("A", ln_params, ALPHA),
               EXPONENT_ROW("alpha"),
               INNER_ROW("B", ln_tokens, BETA),
               EXPONENT_ROW("beta"),
               {.name = "k",
                .unit = "",
                .lo = 0.05,
                .hi = 5,
                .beside_best = true, // the best size and length are those of the sum inside
                .wants = "small models on many tokens beside large ones on few: an L in (N, D)"}},
    .variables = {{ln_params, 1}, {ln_tokens, 1}},
    .forecasts = true,
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
};
