/* terms.h: what several laws are made of: sums of terms, kept as logarithms so that none overflows.
 */
#ifndef ANALYSIS_LAWS_TERMS_H
#define ANALYSIS_LAWS_TERMS_H

#include <math.h>

#include "analysis/laws/law.h"

/* ln of the sum of e^term; each term (n) becomes its share of the sum. */
static inline double terms_sum(double *term, int n) {
    double top = term[0], sum = 0;
    for (int i = 1; i < n; i++) top = fmax(top, term[i]);
    for (int i = 0; i < n; i++) sum += term[i] = exp(term[i] - top);
    for (int i = 0; i < n; i++) term[i] /= sum;
    return top + log(sum);
}

/* A / x^alpha of two variables, whose sum is the reducible loss or what it is a function of. */
typedef struct {
    double ln_A, alpha, ln_B, beta;
} TwoTerms;

/* The least of A / N^alpha + B / D^beta under C = kappa N^q D; E is 0. */
Frontier terms_frontier(TwoTerms t, double kappa, double q);

/* Number i of evenly spread starts: an offset that is a share of the lowest loss (returned), and
 * half the mean excess over it for either term, in variables 0 and 1 of the data, with exponents
 * between lo and hi. Uses dimensions 0 to 2 of law_unit. */
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
