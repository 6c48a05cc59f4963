/* law_bnsl.c: L = a + b x^-c0 (1 + (x/d1)^(1/f1))^(-c1 f1), a power law with an offset whose
 * exponent goes over from c0 to c0 + c1 around x = d1, x = C (FLOPs), N or D.
 *                                       [Caballero et al. 2022, arXiv:2210.14891, eq. 1, one break]
 *
 * f1 tells how soft the bend is: nine tenths of it lie within a factor e^(3 f1) of d1. c1 may have
 * either sign; at 0 the law is power-offset. d1 stays within the points, since a bend outside them
 * cannot be seen.
 *
 * theta = (ln a, ln b, c0, c1, ln d1, ln f1). With t = (ln x - ln d1) / f1,
 *     ln term = ln b - c0 ln x - c1 f1 softplus(t),      softplus' = sigmoid
 */
#include <string.h>

#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_A, LN_B, C0, C1, LN_D1, LN_F1 };

static double softplus(double t) {
    return fmax(t, 0) + log1p(exp(-fabs(t)));
}

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double f = exp(theta[LN_F1]), t = (x[0] - theta[LN_D1]) / f, soft = softplus(t);
    double term[] = {theta[LN_A], theta[LN_B] - theta[C0] * x[0] - theta[C1] * f * soft};
    const double ln_loss = terms_sum(term, 2);
    if (gradient) {
        const double sigmoid = exp(t - soft);
        gradient[LN_A] = term[0];
        gradient[LN_B] = term[1];
        gradient[C0] = -term[1] * x[0];
        gradient[C1] = -term[1] * f * soft;
        gradient[LN_D1] = term[1] * theta[C1] * sigmoid;
        gradient[LN_F1] = -term[1] * theta[C1] * f * (soft - t * sigmoid);
    }
    return ln_loss;
}

static void bounds(const LawData *data, double *lo, double *hi) {
    lo[LN_D1] = data->lo[0];
    hi[LN_D1] = data->hi[0];
}

/* Set a and b to what fits the losses best in this shape, by least squares, a being bounded by
 * shares of the lowest loss. Return the sum of squares. */
static double settle(const LawData *data, double *theta) {
    double n = (double)data->n, sg = 0, sl = 0, sgg = 0, sgl = 0, sum = 0;
    theta[LN_A] = -INFINITY;
    theta[LN_B] = theta[C0] * data->mean[0]; // the term is 1 near the middle of the data
    for (size_t k = 0; k < data->n; k++) {
        const double g = exp(log_loss(theta, data->x + k, NULL)), loss = exp(data->ln_loss[k]);
        sg += g, sl += loss, sgg += g * g, sgl += g * loss;
    }
    const double b = (n * sgl - sg * sl) / (n * sgg - sg * sg), a = (sl - b * sg) / n;
    const double lowest = data->min_loss,
                 floor = b > 0 ? fmin(fmax(a, 0.3 * lowest), 0.98 * lowest) : 0.5 * lowest;
    theta[LN_A] = log(floor);
    theta[LN_B] += log((sl - n * floor) / sg);
    for (size_t k = 0; k < data->n; k++) {
        const double r = exp(log_loss(theta, data->x + k, NULL)) - exp(data->ln_loss[k]);
        sum += r * r;
    }
    return sum;
}

/* Start with a rather sharp bend within the middle of the points, up or down, whichever fits
 * better. */
static void start(const LawData *data, int i, double *theta) {
    double other[LN_F1 + 1] = {0};
    theta[C0] = 0.05 + 0.75 * kronecker_unit(i, 0);
    theta[LN_D1] = data->lo[0] + (0.1 + 0.8 * kronecker_unit(i, 1)) * (data->hi[0] - data->lo[0]);
    theta[LN_F1] = -1.5 + 1.5 * kronecker_unit(i, 2);
    memcpy(other, theta, sizeof other);
    theta[C1] = 0.8 * kronecker_unit(i, 3);
    other[C1] = -theta[C0] * kronecker_unit(i, 3);
    if (settle(data, other) < settle(data, theta)) memcpy(theta, other, sizeof other);
}

#define BEND "more points around the bend"

#define BNSL(ROW, field, letter)                                                                   \
    const Law ROW = {                                                                              \
        .name = "bnsl",                                                                            \
        .x = #field,                                                                               \
        .formula = "L = a + b " letter "^-c0 (1 + (" letter "/d1)^(1/f1))^(-c1 f1)",               \
        .source = "Caballero et al. 2022, arXiv:2210.14891, eq. 1",                                \
        .n_params = 6,                                                                             \
        .params =                                                                                  \
            {FLOOR_ROW("a"),                                                                       \
             COEFFICIENT_ROW("b", ln_##field, C0),                                                 \
             EXPONENT_ROW("c0"),                                                                   \
             {.name = "c1", .unit = "", .lo = -3, .hi = 3, .either_sign = true},                   \
             {.name = "d1", .unit = #field, .logged = true, .wants = BEND},                        \
             {.name = "f1", .unit = "", .logged = true, .lo = -4, .hi = 1.4, .wants = BEND}},      \
        .variables = {{ln_##field, 1}},                                                            \
        .log_loss = log_loss,                                                                      \
        .bounds = bounds,                                                                          \
        .start = start,                                                                            \
        .at_break = {"power-offset", LN_A, LN_B, C0, C1, LN_D1},                                   \
    }

BNSL(LAW_BNSL_FLOPS, flops, "C");
BNSL(LAW_BNSL_PARAMS, params, "N");
BNSL(LAW_BNSL_TOKENS, tokens, "D");
