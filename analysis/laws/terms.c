/* terms.c: the frontier and the starts of two power laws added.
 *
 * Under C = kappa N^q D, d/dN [A N^-alpha + B (kappa N^q / C)^beta] = 0 gives
 *     N^(alpha + q beta) = alpha A / (q beta B) (C / kappa)^beta
 * which for kappa = 6, q = 1 is eq. 4 of Hoffmann et al. 2022, arXiv:2203.15556.
 */
#include "analysis/laws/terms.h"

#include "analysis/laws/kronecker.h"

Frontier terms_frontier(TwoTerms t, double kappa, double q) {
    const double sum = t.alpha + q * t.beta;
    const double ln_ratio = log(t.alpha / (q * t.beta)) + t.ln_A - t.ln_B;
    Frontier f = {.eta = t.alpha * t.beta / sum, .a = t.beta / sum, .b = t.alpha / sum};
    f.ln_n0 = (ln_ratio - t.beta * log(kappa)) / sum;
    f.ln_d0 = -log(kappa) - q * f.ln_n0;
    f.ln_K = log(exp(t.ln_A - t.alpha * f.ln_n0) + exp(t.ln_B - t.beta * f.ln_d0));
    return f;
}

double terms_start(const LawData *data, int i, double lo, double hi, TwoTerms *out) {
    const double E = (0.5 + 0.48 * kronecker_unit(i, 0)) * data->min_loss,
                 half = 0.5 * (data->mean_loss - E);
    out->alpha = lo + (hi - lo) * kronecker_unit(i, 1);
    out->beta = lo + (hi - lo) * kronecker_unit(i, 2);
    out->ln_A = log(half) + out->alpha * data->mean[0];
    out->ln_B = log(half) + out->beta * data->mean[1];
    return E;
}
