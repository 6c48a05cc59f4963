/* law_nqs.c: the noisy quadratic system
 *     L = E + P/2 sum_{n>N} n^-p + sum_{n<=N} [P/2 n^-p (1 - Q n^-q)^(2K)
 *             + Q R/2 n^-(q+r) (1 - (1 - Q n^-q)^(2K)) / (batch (1 - (1 - Q n^-q)^2))]
 *                                                       [Li and Maddison 2026, arXiv:2605.09154]
 *
 * The loss is E and a quadratic form in endlessly many directions. A model has the first N of them
 * and descends by K steps along gradients whose noise is R n^-r / batch. A batch is counted in
 * tokens, and the rate of a step is a part of Q and R. In the authors' program batches are counted
 * in sequences and the rate is 1.999: its Q and R are to be multiplied by the rate, R also by the
 * length of a sequence.
 * With p - 1 = alpha a model trained for ever has E + P / (2 alpha) N^-alpha, one of endless size
 * about K^-(alpha/q) over E, and in between the terms act on each other: a direction that was not
 * learnt for want of steps is not missed for want of size.
 *
 * With one batch for all runs the noise is nearly a constant once r is above 1, and cannot be told
 * from E; it is then left to E, R and r stay at 0, and five parameters are fitted.
 *
 * theta = (ln E, ln P, p, ln Q, q, ln R, r). With the sums S_b and S_v of noisy_quadratic.h,
 *     L = E + P/2 S_b + R / (2 batch) S_v
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/noisy_quadratic.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_P, OF_P, LN_Q, OF_Q, LN_R, OF_R };

static double log_loss(const double *theta, const double *x, double *gradient) {
    const Spectrum s = {theta[OF_P], theta[OF_Q], theta[OF_R], theta[LN_Q]};
    SpectrumSum b, v;
    noisy_quadratic(&s, x[0], x[2], &b, &v);
    const double E = exp(theta[LN_E]), P = 0.5 * exp(theta[LN_P]),
                 R = 0.5 * exp(theta[LN_R] - x[1]);
    const double loss = E + P * b.value + R * v.value;
    if (gradient) {
        gradient[LN_E] = E / loss;
        gradient[LN_P] = P * b.value / loss;
        gradient[OF_P] = P * b.of_p / loss;
        gradient[LN_Q] = (P * b.of_ln_Q + R * v.of_ln_Q) / loss;
        gradient[OF_Q] = (P * b.of_q + R * v.of_q) / loss;
        gradient[LN_R] = R * v.value / loss;
        gradient[OF_R] = R * v.of_r / loss;
    }
    return log(loss);
}

/* P is bounded by what is left of L at the middle size after endless training, R by what the noise
 * of the middle batch adds in one direction. */
static void bounds(const LawData *data, double *lo, double *hi) {
    lo[LN_P] = -12 - data->mean[0];
    hi[LN_P] = 6 - data->mean[0];
    lo[LN_R] = -20 + data->mean[1];
    hi[LN_R] = 6 + data->mean[1];
}

/* Start where the middle model has about as many steps as its last direction needs, within some
 * factors, and the noise has a part of the mean excess over E. */
static void start(const LawData *data, int i, double *theta) {
    const double E = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss;
    const double share = 0.02 + 0.3 * kronecker_unit(i, 4), rest = data->mean_loss - E;
    Spectrum s = {.p = 1.1 + 0.7 * kronecker_unit(i, 1),
                  .q = 0.4 + 0.8 * kronecker_unit(i, 2),
                  .r = 0.5 + 1.5 * kronecker_unit(i, 5)};
    const double needs = s.q * data->mean[0] - data->mean[2];
    s.ln_Q = fmin(-0.02, fmax(-15, needs - 3 + 4 * kronecker_unit(i, 3)));
    SpectrumSum b, v;
    noisy_quadratic(&s, data->mean[0], data->mean[2], &b, &v);
    theta[LN_E] = log(E);
    theta[LN_P] = log(2 * (1 - share) * rest / b.value);
    theta[OF_P] = s.p;
    theta[LN_Q] = s.ln_Q;
    theta[OF_Q] = s.q;
    theta[LN_R] = log(2 * share * rest / v.value) + data->mean[1];
    theta[OF_R] = s.r;
}

#define MORE_STEPS   "a wider range of steps at every size"
#define MORE_BATCHES "runs at several batch sizes"

const Law LAW_NQS = {
    .name = "nqs",
    .x = "",
    .formula = "L = E + P/2 sum_{n>N} n^-p + sum_{n<=N} [P/2 n^-p (1 - Q n^-q)^(2K) + Q R/2 "
               "n^-(q+r) (1 - (1 - Q n^-q)^(2K)) / (batch (1 - (1 - Q n^-q)^2))], K steps",
    .source = "Li and Maddison 2026, arXiv:2605.09154",
    .n_params = 7,
    .params =
        {FLOOR_ROW("E"),
         COEFFICIENT_ROW("P", ln_params, OF_P),
         {.name = "p", .unit = "", .lo = 1.01, .hi = 4},
         {.name = "Q", .unit = "", .logged = true, .lo = -20, .hi = 0.688, .wants = MORE_STEPS},
         {.name = "q", .unit = "", .lo = 0.1, .hi = 2.5, .wants = MORE_STEPS},
         {.name = "R",
          .unit = "nat",
          .logged = true,
          .linear = true,
          .lo = -60,
          .hi = 6,
          .slope_of = ln_batch,
          .wants = MORE_BATCHES},
         {.name = "r",
          .unit = "",
          .lo = 0.05,
          .hi = 4,
          .slope_of = ln_batch,
          .wants = MORE_BATCHES}},
    .variables = {{ln_params, 1}, {ln_batch, 1}, {ln_steps, 3}},
    .slow = true,
    .log_loss = log_loss,
    .bounds = bounds,
    .start = start,
};
