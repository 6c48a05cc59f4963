/* terms.h: what several laws are made of: sums of terms, kept as logarithms so that none overflows.
 */
#ifndef ANALYSIS_LAWS_TERMS_H
#define ANALYSIS_LAWS_TERMS_H

#include <math.h>

#include "analysis/laws/law.h"

/* Return ln of the sum of e^term, and turn each term (n) into its share of the sum. */
static inline double terms_sum(double *term, int n) {
    double top = term[0], sum = 0;
    for (int i = 1; i < n; i++) top = fmax(top, term[i]);
    for (int i = 0; i < n; i++) sum += term[i] = exp(term[i] - top);
    for (int i = 0; i < n; i++) term[i] /= sum;
    return top + log(sum);
}

/* Two terms, A / x^alpha and B / y^beta. Their sum is the reducible loss, or what that is a
 * function of. */
typedef struct {
    double ln_A, alpha, ln_B, beta;
} TwoTerms;

/* Return the least of A / N^alpha + B / D^beta under C = kappa N^q D; its E is 0. */
Frontier terms_frontier(TwoTerms t, double kappa, double q);

/* Return the offset E and fill the two terms of start number i. E is a share of the lowest loss.
 * Either term takes half the mean excess over E, in variables 0 and 1 of the data, with an exponent
 * between lo and hi. Starts are evenly spread; they use dimensions 0 to 2 of kronecker_unit. */
double terms_start(const LawData *data, int i, double lo, double hi, TwoTerms *out);

/* Rows of parameters that most laws have. */
#define FLOOR_ROW(as)                                                                              \
    { .name = as, .unit = "nat", .logged = true, .linear = true, .lo = -9, .hi = 6 }
#define COEFFICIENT_ROW(as, variable, exponent)                                                    \
    {                                                                                              \
        .name = as, .unit = "nat", .logged = true, .linear = true, .lo = -12, .hi = 6,             \
        .ln_x = variable, .x_exponent = exponent                                                   \
    }
#define EXPONENT_ROW(as)                                                                           \
    { .name = as, .unit = "", .lo = 0.01, .hi = 3 }

#endif
