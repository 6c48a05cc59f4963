/* law_bounded.c: L = E + (L0 - E) h / (1 + h), h = a / N^alpha + b / D^beta
 *                                                 [Bryant and Liu 2026, arXiv:2605.09189]
 *
 * A model that has learnt nothing but how frequent each token is has the loss L0, the entropy of
 * one token. No shortage of parameters or tokens makes it worse, so what is left to lose saturates:
 * a surplus of the one counts for little while the other is short. Far from L0, where h is small,
 * the law is Chinchilla's with A = (L0 - E) a and B = (L0 - E) b.
 *
 * theta = (ln E, ln L0, ln a, alpha, ln b, beta). With s = ln h, an LSE of the two terms,
 *     L = (E + L0 h) / (1 + h),   ln L = LSE(ln E, ln L0 + s) - LSE(0, s)
 * It is finite everywhere, also where E is above L0. What is best at C FLOPs makes h least, and is
 * therefore what is best for the sum of the two terms.
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_L0, LN_A, ALPHA, LN_B, BETA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    double in[] = {theta[LN_A] - theta[ALPHA] * x[0], theta[LN_B] - theta[BETA] * x[1]};
    const double s = terms_sum(in, 2);
    double over[] = {theta[LN_E], theta[LN_L0] + s}, under[] = {0, s};
    const double ln_loss = terms_sum(over, 2) - terms_sum(under, 2);
    if (gradient) {
        const double of_s = over[1] - under[1];
        gradient[LN_E] = over[0];
        gradient[LN_L0] = over[1];
        gradient[LN_A] = of_s * in[0];
        gradient[ALPHA] = -of_s * in[0] * x[0];
        gradient[LN_B] = of_s * in[1];
        gradient[BETA] = -of_s * in[1] * x[1];
    }
    return ln_loss;
}

static double worst(const LawData *data) {
    double most = data->ln_loss[0];
    for (size_t i = 1; i < data->n; i++) most = fmax(most, data->ln_loss[i]);
    return most;
}

/* A loss that was measured lies under L0, or a little above it by the noise of a run that learnt
 * nothing. */
static void bounds(const LawData *data, double *lo, double *hi) {
    lo[LN_L0] = worst(data) - 0.1;
    hi[LN_L0] = worst(data) + 3;
}

/* Start where each term takes half of h at the middle of the data. */
static void start(const LawData *data, int i, double *theta) {
    TwoTerms t;
    const double E = terms_start(data, i, 0.1, 0.8, &t);
    const double L0 = exp(worst(data)) * (1.05 + 1.5 * kronecker_unit(i, 3));
    const double ln_term = log((data->mean_loss - E) / (L0 - data->mean_loss)) - M_LN2;
    theta[LN_E] = log(E);
    theta[LN_L0] = log(L0);
    theta[ALPHA] = t.alpha;
    theta[LN_A] = ln_term + theta[ALPHA] * data->mean[0];
    theta[BETA] = t.beta;
    theta[LN_B] = ln_term + theta[BETA] * data->mean[1];
}

static Frontier frontier(const double *theta, double kappa, double q) {
    const TwoTerms t = {theta[LN_A], theta[ALPHA], theta[LN_B], theta[BETA]};
    Frontier f = terms_frontier(t, kappa, q);
    f.E = exp(theta[LN_E]);
    f.ceiling = exp(theta[LN_L0]);
    f.ln_K += log(f.ceiling - f.E); // from h to the loss that h adds far below the ceiling
    return f;
}

static double of_one_token(const Points *points) {
    return log(points->unigram_nat);
}

#define TERM_ROW(as, variable, exponent)                                                           \
    {                                                                                              \
        .name = as, .unit = "", .logged = true, .lo = -12, .hi = 6, .ln_x = variable,              \
        .x_exponent = exponent                                                                     \
    }

const Law LAW_BOUNDED = {
    .name = "bounded",
    .x = "",
    .formula = "L = E + (L0 - E) h / (1 + h), h = a / N^alpha + b / D^beta",
    .source = "Bryant and Liu 2026, arXiv:2605.09189",
    .n_params = 6,
    .params = {FLOOR_ROW("E"),
               {.name = "L0",
                .unit = "nat",
                .logged = true,
                .lo = -9,
                .hi = 9,
                .known = of_one_token,
                .beside_best = true, // far above the losses the law is that of two terms added
                .wants = "the entropy of one token of the corpus, or models that are hardly "
                         "better"},
               TERM_ROW("a", ln_params, ALPHA),
               EXPONENT_ROW("alpha"),
               TERM_ROW("b", ln_tokens, BETA),
               EXPONENT_ROW("beta")},
    .variables = {{ln_params, 1}, {ln_tokens, 1}},
    .forecasts = true,
    .log_loss = log_loss,
    .bounds = bounds,
    .start = start,
    .frontier = frontier,
};
