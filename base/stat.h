/* stat.h: small statistics in double. NaN in, NaN out; n = 0 gives NaN (a sum gives 0). */
#ifndef BASE_STAT_H
#define BASE_STAT_H

#include <stddef.h>

double stat_sum(const double *x, size_t n);
double stat_mean(const double *x, size_t n);
double stat_sd(const double *x, size_t n);     // sample standard deviation, n - 1
double stat_se(const double *x, size_t n);     // of the mean
double stat_median(const double *x, size_t n); // x is not changed
/* Quantile p of x (type 7 of Hyndman and Fan 1996: linear between order statistics); x is not
 * changed. */
double stat_quantile(const double *x, size_t n, double p);
/* Akaike's criterion corrected for few rows, of n Gaussian residuals whose squares add up to
 * `squares`, about a law of k free parameters; their spread is one more [Burnham and Anderson 2002,
 * sec. 7.7.6]. NaN where rows are too few. */
double stat_aicc(double squares, double n, double k);
/* P(F > f) of Fisher's F with a and b degrees of freedom; of Student's t^2 with a = 1. */
double stat_f_above(double f, double a, double b);
/* Quantile p of chi-square with k > 0 degrees of freedom. */
double stat_chi2_quantile(double p, double k);
void stat_sort(double *x, size_t n); // ascending, NaN last

#endif
