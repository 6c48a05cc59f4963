/* law_power_offset.c: L = E + A / x^alpha, a power law with an offset, in x = C (FLOPs), N or D.
 *
 * Without the offset the exponent comes out too small: a line through ln L has slope
 * alpha (1 - E/L) [Pearce & Song 2024, arXiv:2406.12907; Henighan et al. 2020, arXiv:2010.14701,
 * eq. 1.1].
 * theta = (ln E, ln A, alpha).
 */
#include <math.h>

#include "analysis/laws/kronecker.h"
#include "analysis/laws/law.h"

enum { LN_E, LN_A, ALPHA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double e = theta[LN_E], a = theta[LN_A] - theta[ALPHA] * x[0];
    const double top = fmax(e, a), we = exp(e - top), wa = exp(a - top), sum = we + wa;
    if (gradient) {
        gradient[LN_E] = we / sum;
        gradient[LN_A] = wa / sum;
        gradient[ALPHA] = -wa / sum * x[0];
    }
    return top + log(sum);
}

static void start(const LawData *data, int i, double *theta) {
    const double E = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss;
    theta[LN_E] = log(E);
    theta[ALPHA] = 0.05 + 0.75 * kronecker_unit(i, 1);
    theta[LN_A] = log(data->mean_loss - E) + theta[ALPHA] * data->mean[0];
}

/* Return the law itself: losses along the frontier are a law of compute. It does not say which N
 * and D. */
static Frontier frontier_of_flops(const double *theta, double kappa, double q) {
    (void)kappa, (void)q;
    return frontier_of_compute(exp(theta[LN_E]), theta[LN_A], theta[ALPHA]);
}

#define POWER_OFFSET(ROW, field, letter, frontier_or_null)                                         \
    const Law ROW = {                                                                              \
        .name = "power-offset",                                                                    \
        .x = #field,                                                                               \
        .formula = "L = E + A / " letter "^alpha",                                                 \
        .source = "Henighan et al. 2020, arXiv:2010.14701, eq. 1.1",                               \
        .n_params = 3,                                                                             \
        .params = {{.name = "E",                                                                   \
                    .unit = "nat",                                                                 \
                    .logged = true,                                                                \
                    .linear = true,                                                                \
                    .lo = -9,                                                                      \
                    .hi = 6,                                                                       \
                    .beside_best = true}, /* at its lower bound the law is `power` */              \
                   {.name = "A",                                                                   \
                    .unit = "nat",                                                                 \
                    .logged = true,                                                                \
                    .linear = true,                                                                \
                    .lo = -12,                                                                     \
                    .hi = 6,                                                                       \
                    .ln_x = ln_##field,                                                            \
                    .x_exponent = ALPHA},                                                          \
                   {.name = "alpha", .unit = "", .lo = 0.01, .hi = 3}},                            \
        .stands_in = true,                                                                         \
        .variables = {{ln_##field, 1}},                                                            \
        .log_loss = log_loss,                                                                      \
        .start = start,                                                                            \
        .frontier = frontier_or_null,                                                              \
    }

POWER_OFFSET(LAW_POWER_OFFSET_FLOPS, flops, "C", frontier_of_flops);
POWER_OFFSET(LAW_POWER_OFFSET_PARAMS, params, "N", NULL);
POWER_OFFSET(LAW_POWER_OFFSET_TOKENS, tokens, "D", NULL);
