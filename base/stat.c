/* stat.c: small statistics in double; sums are compensated (Neumaier 1974) so that order hardly
 * matters. */
#include "base/stat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/err.h"

double stat_sum(const double *x, size_t n) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        const double next = sum + x[i];
        lost += fabs(sum) >= fabs(x[i]) ? (sum - next) + x[i] : (x[i] - next) + sum;
        sum = next;
    }
    return isfinite(sum) ? sum + lost : sum;
}

double stat_mean(const double *x, size_t n) {
    return n ? stat_sum(x, n) / (double)n : NAN;
}

double stat_sd(const double *x, size_t n) {
    if (n < 2) return NAN;
    const double mean = stat_mean(x, n);
    double squares = 0;
    for (size_t i = 0; i < n; i++) squares += (x[i] - mean) * (x[i] - mean);
    return sqrt(squares / (double)(n - 1));
}

double stat_se(const double *x, size_t n) {
    return stat_sd(x, n) / sqrt((double)n);
}

static int ascending(const void *left, const void *right) {
    const double a = *(const double *)left, b = *(const double *)right;
    if (isnan(a) || isnan(b)) return (isnan(a) != 0) - (isnan(b) != 0);
    return (a > b) - (a < b);
}

void stat_sort(double *x, size_t n) {
    if (n > 1) qsort(x, n, sizeof *x, ascending);
}

double stat_quantile(const double *x, size_t n, double p) {
    MUST(p >= 0 && p <= 1);
    if (n == 0) return NAN;
    Arena *scratch = arena_open();
    double *sorted = ARENA_ARRAY(scratch, double, n);
    memcpy(sorted, x, n * sizeof *x);
    stat_sort(sorted, n);
    const double at = p * (double)(n - 1);
    const size_t i = (size_t)at, above = i + 1 < n ? i + 1 : i;
    const double share = at - (double)i, a = sorted[i], b = sorted[above];
    const double q = isnan(sorted[n - 1]) ? NAN : share == 0 ? a : a + share * (b - a);
    arena_close(scratch);
    return q;
}

double stat_median(const double *x, size_t n) {
    return stat_quantile(x, n, 0.5);
}

/* Continued fraction of the incomplete beta function, by Lentz' method [DLMF 8.17.22; Press et al.
 * 1992, Numerical Recipes in C, sec. 6.4]: O(sqrt(max(a, b))) steps for x below the mean. */
static double beta_fraction(double a, double b, double x) {
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double h = d;
    for (int m = 1; m <= 10000; m++) {
        for (int odd = 0; odd < 2; odd++) {
            const double t = odd ? -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
                                 : m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 + t * d;
            c = 1 + t / c;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            if (fabs(c) < tiny) c = tiny;
            h *= d * c;
        }
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return h;
}

static double beta_below(double a, double b, double x) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    if (x > (a + 1) / (a + b + 2)) return 1 - beta_below(b, a, 1 - x);
    const double front = a * log(x) + b * log1p(-x) + lgamma(a + b) - lgamma(a) - lgamma(b);
    return exp(front) / a * beta_fraction(a, b, x);
}

double stat_f_above(double f, double a, double b) {
    if (isnan(f)) return NAN;
    return f <= 0 ? 1 : beta_below(b / 2, a / 2, b / (b + a * f));
}

/* Regularised incomplete gamma function P(a, x): its series below the mean, its continued fraction
 * by Lentz' method above [DLMF 8.11.4 and 8.9.2; Press et al. 1992, sec. 6.2]. */
static double gamma_below(double a, double x) {
    if (x <= 0) return 0;
    const double front = exp(a * log(x) - x - lgamma(a)), tiny = 1e-300;
    if (x < a + 1) {
        double term = 1 / a, sum = term;
        for (int n = 1; n <= 100000 && term > 1e-16 * sum; n++) sum += term *= x / (a + n);
        return front * sum;
    }
    double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
    for (int n = 1; n <= 100000; n++) {
        const double t = n * (a - n);
        b += 2;
        d = t * d + b;
        c = b + t / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        if (fabs(c) < tiny) c = tiny;
        h *= d * c;
        if (fabs(d * c - 1) < 1e-15) break;
    }
    return 1 - front * h;
}

double stat_chi2_quantile(double p, double k) {
    if (!(p >= 0 && p <= 1 && k > 0)) return NAN;
    if (p == 0 || p == 1) return p == 0 ? 0 : INFINITY;
    double lo = 0, hi = k + 1;
    while (gamma_below(k / 2, hi / 2) < p) lo = hi, hi *= 2;
    for (int i = 0; i < 200 && hi - lo > 1e-15 * hi; i++) {
        const double middle = 0.5 * (lo + hi);
        *(gamma_below(k / 2, middle / 2) < p ? &lo : &hi) = middle;
    }
    return 0.5 * (lo + hi);
}

double stat_aicc(double squares, double n, double k) {
    k++;
    return n > k + 1 ? n * log(squares / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1) : NAN;
}
