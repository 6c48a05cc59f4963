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
