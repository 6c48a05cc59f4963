/* law_power.c: L = A / x^alpha, a line in ln L and ln x, x = C (FLOPs), N or D.
 *                                       [Kaplan et al. 2020, arXiv:2001.08361, eqs. 1.1 to 1.3, who
 *                                        write (x_c / x)^alpha: x_c = A^(1/alpha)]
 *
 * It has no floor. It describes losses far above any floor; nearer to one its exponent comes out
 * too small (law_power_offset.c). theta = (ln A, alpha).
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_A, ALPHA };

static double log_loss(const double *theta, const double *x, double *gradient) {
    if (gradient) {
        gradient[LN_A] = 1;
        gradient[ALPHA] = -x[0];
    }
    return theta[LN_A] - theta[ALPHA] * x[0];
}

static void start(const LawData *data, int i, double *theta) {
    theta[ALPHA] = 0.02 + 0.5 * kronecker_unit(i, 0);
    theta[LN_A] = log(data->mean_loss) + theta[ALPHA] * data->mean[0];
}

/* Return the law itself: losses along the frontier are a law of compute. It does not say which N
 * and D. */
static Frontier frontier_of_flops(const double *theta, double kappa, double q) {
    (void)kappa, (void)q;
    return frontier_of_compute(0, theta[LN_A], theta[ALPHA]);
}

static const char *doubt(Arena *arena, const Points *points, const char *how) {
    (void)arena, (void)points, (void)how;
    return "this law has no floor: shares removed are of the whole loss, and where there is a "
           "floor "
           "the losses that it foretells beyond the runs are too low.";
}

#define POWER(ROW, field, letter, number, frontier_or_null)                                        \
    const Law ROW = {                                                                              \
        .name = "power",                                                                           \
        .x = #field,                                                                               \
        .formula = "L = A / " letter "^alpha",                                                     \
        .source = "Kaplan et al. 2020, arXiv:2001.08361, eq. " number,                             \
        .n_params = 2,                                                                             \
        .params = {COEFFICIENT_ROW("A", ln_##field, ALPHA), EXPONENT_ROW("alpha")},                \
        .variables = {{ln_##field, 1}},                                                            \
        .log_loss = log_loss,                                                                      \
        .start = start,                                                                            \
        .frontier = frontier_or_null,                                                              \
        .within = "power-offset",                                                                  \
        .doubt = doubt,                                                                            \
    }

POWER(LAW_POWER_FLOPS, flops, "C", "1.3", frontier_of_flops);
POWER(LAW_POWER_PARAMS, params, "N", "1.1", NULL);
POWER(LAW_POWER_TOKENS, tokens, "D", "1.2", NULL);
