/* law_gadre.c: L = E + (a M^eta + b M^-eta) / C^eta, M = D / N tokens to a parameter
 *                                     [Gadre et al. 2024, arXiv:2403.08540, the law of over-training]
 *
 * Models trained at one M have one exponent, whatever M is; M only changes the factor before
 * C^-eta. Where C = 6 N D, A / N^alpha = a (M / C)^eta, and the law is chinchilla-tied with
 * eta = alpha / 2, a = 6^eta A, b = 6^eta B. Where C is counted in another way, it differs.
 *
 * theta = (ln E, ln a, eta, ln b). The best M at C has M^(2 eta) = b / a, and there
 * L = E + 2 sqrt(a b) C^-eta. From C = kappa N^q D and D = M N follows N^(1 + q) = C / (kappa M).
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_A, ETA, LN_B };

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double few = x[0] - x[1], many = x[0] + x[1];
    double term[] = {theta[LN_E], theta[LN_A] - theta[ETA] * few, theta[LN_B] - theta[ETA] * many};
    const double ln_loss = terms_sum(term, 3);
    if (gradient) {
        gradient[LN_E] = term[0];
        gradient[LN_A] = term[1];
        gradient[ETA] = -term[1] * few - term[2] * many;
        gradient[LN_B] = term[2];
    }
    return ln_loss;
}

/* Start with E a share of the lowest loss, and either term half the mean excess over it. */
static void start(const LawData *data, int i, double *theta) {
    const double E = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss,
                 ln_half = log(0.5 * (data->mean_loss - E));
    theta[LN_E] = log(E);
    theta[ETA] = 0.05 + 0.35 * kronecker_unit(i, 1);
    theta[LN_A] = ln_half + theta[ETA] * (data->mean[0] - data->mean[1]);
    theta[LN_B] = ln_half + theta[ETA] * (data->mean[0] + data->mean[1]);
}

static Frontier frontier(const double *theta, double kappa, double q) {
    const double ln_m = (theta[LN_B] - theta[LN_A]) / (2 * theta[ETA]);
    const double ln_n0 = -(log(kappa) + ln_m) / (1 + q);
    return (Frontier){.E = exp(theta[LN_E]),
                      .ln_K = M_LN2 + 0.5 * (theta[LN_A] + theta[LN_B]),
                      .eta = theta[ETA],
                      .ln_n0 = ln_n0,
                      .a = 1 / (1 + q),
                      .ln_d0 = ln_n0 + ln_m,
                      .b = 1 / (1 + q)};
}

#define OVER_ROW(as, ratio)                                                                        \
    {                                                                                              \
        .name = as, .unit = "nat", .logged = true, .linear = true, .lo = -12, .hi = 6,             \
        .ln_x = ln_flops, .x_exponent = ETA, .ln_y = ratio, .y_exponent = ETA                      \
    }

const Law LAW_GADRE = {
    .name = "gadre",
    .x = "",
    .formula = "L = E + (a M^eta + b M^-eta) / C^eta, M = D / N",
    .source = "Gadre et al. 2024, arXiv:2403.08540",
    .n_params = 4,
    .params = {FLOOR_ROW("E"),
               OVER_ROW("a", ln_size_per_token),
               {.name = "eta", .unit = "", .lo = 0.005, .hi = 1.5},
               OVER_ROW("b", ln_tokens_per_size)},
    .variables = {{ln_flops, 1}, {ln_tokens_per_size, 2}},
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
};
