/* law_data_constrained.c: L = E + A / N'^alpha + B / D'^beta, in which data seen again and
 * parameters beyond what the data feed count for ever less.
 *                     [Muennighoff et al. 2023, arXiv:2305.16264, Data-Constrained Scaling Laws]
 *
 *     D' = U + U R_D (1 - exp(-R / R_D))              R = D / U - 1: how often the U unique tokens
 *                                                     are seen again
 *     N' = U_N + U_N R_N (1 - exp(-R / R_N))          R = N / U_N - 1, U_N = min(N, N_opt)
 *     N_opt = (U G)^(beta/alpha) G                    the size that is compute-optimal for U tokens,
 *                                                     G = (alpha A / (beta B))^(1 / (alpha + beta))
 *
 * R_D is what all repetition together can be worth, in units of U; a share 1 - 1/e of it is reached
 * after R_D repetitions. R_N says this of parameters beyond U_N. Where nothing repeats and no model
 * is larger than N_opt, the law is Chinchilla's.
 *
 * theta = (ln E, ln A, alpha, ln B, beta, ln R_D, ln R_N). L is not linear in A and B, since G
 * depends on them. With X' = U h, h = 1 + R* (1 - e), e = exp(-R / R*), R = X / U - 1,
 *     d ln X' / d ln X  = (R + 1) e / h               d ln X' / d ln U = 1 - (R + 1) e / h
 *     d ln X' / d ln R* = (R* (1 - e) - R e) / h
 *     alpha ln N_opt = beta ln U + (alpha + beta) ln G
 */
#include "analysis/laws/kronecker.h"
#include "analysis/laws/terms.h"

enum { LN_E, LN_A, ALPHA, LN_B, BETA, LN_R_D, LN_R_N };

typedef struct {
    double ln;            // ln X'
    double of_u, of_ln_r; // slopes of ln X' in ln U and ln R*
} Worth;

static Worth worth_of(double ln_x, double ln_u, double ln_r) {
    const double times = exp(fmin(ln_x - ln_u, 600)), r = exp(ln_r), again = fmax(times - 1, 0);
    const double fresh = -expm1(-again / r), e = 1 - fresh, h = 1 + r * fresh;
    return (Worth){ln_u + log(h), 1 - times * e / h, (r * fresh - again * e) / h};
}

/* Return ln N_opt of U tokens, and fill its slopes in theta. */
static double ln_best_size(const double *theta, double ln_u, double *slopes) {
    const double alpha = theta[ALPHA], beta = theta[BETA];
    const double ln_ratio = log(alpha / beta) + theta[LN_A] - theta[LN_B];
    const double ln_n = (beta * ln_u + ln_ratio) / alpha;
    slopes[LN_A] = 1 / alpha;
    slopes[ALPHA] = (1 / alpha - ln_n) / alpha;
    slopes[LN_B] = -1 / alpha;
    slopes[BETA] = (ln_u - 1 / beta) / alpha;
    return ln_n;
}

static double log_loss(const double *theta, const double *x, double *gradient) {
    const double ln_n = x[0], ln_u = x[1] - x[2];
    double slopes[LAW_MAX_PARAMS];
    const double best = ln_best_size(theta, ln_u, slopes);
    const Worth d = worth_of(x[1], ln_u, theta[LN_R_D]),
                n = ln_n > best ? worth_of(ln_n, best, theta[LN_R_N]) : (Worth){.ln = ln_n};
    double term[] = {theta[LN_E], theta[LN_A] - theta[ALPHA] * n.ln,
                     theta[LN_B] - theta[BETA] * d.ln};
    const double ln_loss = terms_sum(term, 3);
    if (gradient) {
        const double of_best = -theta[ALPHA] * term[1] * n.of_u; // d ln L / d ln N_opt
        gradient[LN_E] = term[0];
        gradient[LN_A] = term[1] + of_best * slopes[LN_A];
        gradient[ALPHA] = -term[1] * n.ln + of_best * slopes[ALPHA];
        gradient[LN_B] = term[2] + of_best * slopes[LN_B];
        gradient[BETA] = -term[2] * d.ln + of_best * slopes[BETA];
        gradient[LN_R_D] = -theta[BETA] * term[2] * d.of_ln_r;
        gradient[LN_R_N] = -theta[ALPHA] * term[1] * n.of_ln_r;
    }
    return ln_loss;
}

static void start(const LawData *data, int i, double *theta) {
    TwoTerms t;
    theta[LN_E] = log(terms_start(data, i, 0.1, 0.8, &t));
    theta[LN_A] = t.ln_A;
    theta[ALPHA] = t.alpha;
    theta[LN_B] = t.ln_B;
    theta[BETA] = t.beta;
    theta[LN_R_D] = 1 + 6 * kronecker_unit(i, 3);
    theta[LN_R_N] = -0.5 + 2.5 * kronecker_unit(i, 4);
}

/* Return the frontier of data that never repeat. */
static Frontier frontier(const double *theta, double kappa, double q) {
    const TwoTerms t = {theta[LN_A], theta[ALPHA], theta[LN_B], theta[BETA]};
    Frontier f = terms_frontier(t, kappa, q);
    f.E = exp(theta[LN_E]);
    return f;
}

static const char *doubt(Arena *arena, const Points *points, const char *how) {
    (void)arena, (void)points, (void)how;
    return "compute-optimal sizes and returns are those of data that never repeat.";
}

#define NOT_LINEAR_ROW(as, variable, exponent)                                                     \
    {                                                                                              \
        .name = as, .unit = "nat", .logged = true, .lo = -12, .hi = 6, .ln_x = variable,           \
        .x_exponent = exponent                                                                     \
    }

const Law LAW_DATA_CONSTRAINED = {
    .name = "data-constrained",
    .x = "",
    .formula = "L = E + A / N'^alpha + B / D'^beta, D' = U + U R_D (1 - exp(-(D/U - 1) / R_D)), U "
               "unique tokens, N' likewise with R_N from U_N = min(N, N_opt(U))",
    .source = "Muennighoff et al. 2023, arXiv:2305.16264",
    .n_params = 7,
    .params = {FLOOR_ROW("E"),
               NOT_LINEAR_ROW("A", ln_params, ALPHA),
               EXPONENT_ROW("alpha"),
               NOT_LINEAR_ROW("B", ln_tokens, BETA),
               EXPONENT_ROW("beta"),
               {.name = "R_D",
                .unit = "epochs",
                .logged = true,
                .lo = -3,
                .hi = 14,
                .beside_best = true, // the frontier is that of data that never repeat
                .wants = "more repetition: runs of many more epochs over few unique tokens"},
               {.name = "R_N",
                .unit = "",
                .logged = true,
                .lo = -3,
                .hi = 14,
                .beside_best = true, // the frontier is that of data that never repeat
                .wants = "more excess of size: larger models on the same few unique tokens"}},
    .variables = {{ln_params, 1}, {ln_tokens, 1}, {ln_epochs, 3}},
    .log_loss = log_loss,
    .start = start,
    .frontier = frontier,
    .doubt = doubt,
};
