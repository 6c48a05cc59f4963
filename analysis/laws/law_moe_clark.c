/* law_moe_clark.c: log10 L = a log10 N + b log10 E^ + c log10 N log10 E^ + d + e log10 D
 *     1 / E^ = 1 / (E - 1 + (1 / E_start - 1 / E_max)^-1) + 1 / E_max
 *                                   [Clark et al. 2022, arXiv:2202.01169, eqs. 1 and 2; they wrote E^
 *                                    with a hat]
 *
 * N is the parameters that a token meets, the size of the dense model to which experts were added.
 * E is the number of experts for each one that is visited. A dense model has E = 1 and E^ =
 * E_start; E^ grows with E and saturates at E_max. The published law is for runs of one length. The
 * term e log10 D is ours, since conclusions about experts reverse with the length of training.
 * Where all runs have one length e stays at 0, and the law is the published one. Being a straight
 * line in log N and log D it has no floor: it describes a range and must not be extrapolated far
 * beyond it.
 *
 * theta = (a, b, c, d, e, ln E_start, ln E_max). With u = E - 1 + v, 1 / v = 1 / E_start - 1 /
 * E_max,
 *     d ln v / d ln E_start = v / E_start                 d ln v / d ln E_max = -v / E_max
 *     d ln E^ = (E^ / u) (v / u) d ln v + (E^ / E_max) d ln E_max
 *
 * The dense model N' of equal loss: (a + c log E_start) log N' = (a + c log E^) log N
 *     + b log (E^ / E_start)                                           [derived]
 */
#include <math.h>

#include "analysis/laws/kronecker.h"
#include "analysis/laws/law.h"

enum { A, B, C, D, E, LN_START, LN_MAX };

/* Return ln E^, and fill its slopes in ln E_start and ln E_max unless NULL. */
static double ln_hat(const double *theta, double expansion, double slopes[2]) {
    const double start = exp(theta[LN_START]), max = exp(theta[LN_MAX]);
    const double v = 1 / (1 / start - 1 / max), u = expansion - 1 + v;
    const double hat = 1 / (1 / u + 1 / max);
    if (slopes) {
        const double of_v = hat / u * (v / u);
        slopes[0] = of_v * v / start;
        slopes[1] = hat / max - of_v * v / max;
    }
    return log(hat);
}

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double n = x[0] / M_LN10, d = x[2] / M_LN10;
    double slopes[2];
    const double hat = ln_hat(theta, exp(x[1]), slopes) / M_LN10;
    if (gradient) {
        const double of_hat = theta[B] + theta[C] * n; // d log10 L / d log10 E^
        gradient[A] = M_LN10 * n;
        gradient[B] = M_LN10 * hat;
        gradient[C] = M_LN10 * n * hat;
        gradient[D] = M_LN10;
        gradient[E] = M_LN10 * d;
        gradient[LN_START] = of_hat * slopes[0];
        gradient[LN_MAX] = of_hat * slopes[1];
    }
    return M_LN10 * (theta[A] * n + theta[B] * hat + theta[C] * n * hat + theta[D] + theta[E] * d);
}

/* Start with slopes as publications find them, saturation anywhere, and d such that residuals have
 * mean 0. */
static void start(const LawData *data, int i, double *theta) {
    theta[A] = -0.02 - 0.15 * kronecker_unit(i, 0);
    theta[B] = theta[A];
    theta[C] = 0;
    theta[D] = 0;
    theta[E] = -0.08;
    theta[LN_START] = 0.1 + 1.4 * kronecker_unit(i, 1);
    theta[LN_MAX] = 2.5 + 4 * kronecker_unit(i, 2);
    double excess = 0;
    for (size_t k = 0; k < data->n; k++)
        excess += data->ln_loss[k] - log_loss(theta, data->x + k * (size_t)data->n_x, NULL);
    theta[D] = excess / (double)data->n / M_LN10;
}

static double ln_effective(const double *theta, const Point *p) {
    const double n = ln_active(p) / M_LN10, first = theta[LN_START] / M_LN10;
    const double hat = ln_hat(theta, point_expansion(p), NULL) / M_LN10;
    return M_LN10 * ((theta[A] + theta[C] * hat) * n + theta[B] * (hat - first)) /
           (theta[A] + theta[C] * first);
}

#define MORE_EXPERTS "more different numbers of experts"

const Law LAW_MOE_CLARK = {
    .name = "moe-clark",
    .x = "",
    .formula = "log10 L = a log10 N + b log10 E^ + c log10 N log10 E^ + d + e log10 D, 1 / E^ = "
               "1 / (E - 1 + 1 / (1 / E_start - 1 / E_max)) + 1 / E_max, N active, E = experts / "
               "top_k",
    .source = "Clark et al. 2022, arXiv:2202.01169, eqs. 1 and 2, with a term for tokens",
    .n_params = 7,
    .params =
        {{.name = "a", .unit = "", .lo = -3, .hi = 3, .either_sign = true},
         {.name = "b", .unit = "", .lo = -3, .hi = 3, .either_sign = true},
         {.name = "c", .unit = "", .lo = -1, .hi = 1, .either_sign = true},
         {.name = "d", .unit = "", .lo = -20, .hi = 20, .either_sign = true},
         {.name = "e", .unit = "", .lo = -3, .hi = 3, .either_sign = true, .slope_of = ln_tokens},
         {.name = "E_start", .unit = "", .logged = true, .lo = 0, .hi = 2.1, .wants = MORE_EXPERTS},
         {.name = "E_max", .unit = "", .logged = true, .lo = 2.2, .hi = 12, .wants = MORE_EXPERTS}},
    .variables = {{ln_active, 2}, {ln_expansion, 4}, {ln_tokens, 1}},
    .experts = true,
    .log_loss = log_loss,
    .start = start,
    .ln_effective = ln_effective,
};
