/* noisy_quadratic.h: the two sums of a noisy quadratic system: gradient descent with noise in
 * endlessly many directions, whose curvatures fall as a power of their number
 * [Li and Maddison 2026, arXiv:2605.09154].
 *
 * With lambda_n = Q / n^q, n = 1, 2, ..., a model of N parameters after K steps of rate 1 has
 *     bias  = sum_{n <= N} n^-p (1 - lambda_n)^(2K) + sum_{n > N} n^-p
 *     noise = sum_{n <= N} n^-r (1 - (1 - lambda_n)^(2K)) / (2 - lambda_n)
 * which is what it has not learnt yet, or cannot, and what the noise of its batches keeps up.
 */
#ifndef ANALYSIS_LAWS_NOISY_QUADRATIC_H
#define ANALYSIS_LAWS_NOISY_QUADRATIC_H

/* Q is below 2, beyond which descent diverges; p is above 1. */
typedef struct {
    double p, q, r, ln_Q;
} Spectrum;

/* A sum and its slopes in p, q, r and ln Q. */
typedef struct {
    double value, of_p, of_q, of_r, of_ln_Q;
} SpectrumSum;

/* Evaluate both sums at ln N and ln K. For N up to 1e13 the error is below 1e-9 of the sum where q
 * is at most 2; it is a smooth function of all of the spectrum. */
void noisy_quadratic(const Spectrum *s, double ln_n, double ln_k, SpectrumSum *bias,
                     SpectrumSum *noise);

#endif
