/* frontier.h: the lowest loss that C FLOPs of training can reach, and the size that reaches it.
 *
 *     L = E + x,  x = K C^-eta,  at N = e^ln_n0 C^a, D = e^ln_d0 C^b
 * [Hoffmann et al. 2022, arXiv:2203.15556, eq. 4].
 * Where a law has a ceiling L0, the loss of a model that has learnt nothing, that saturates:
 *     L = E + x / (1 + x / (L0 - E))
 */
#ifndef ANALYSIS_LAWS_FRONTIER_H
#define ANALYSIS_LAWS_FRONTIER_H

/* NaN where a law does not say. */
typedef struct {
    double E, ln_K, eta;
    double ln_n0, a, ln_d0, b;
    double ceiling; // L0 in nats; 0: the law has none
} Frontier;

/* Return a frontier of which nothing is known; and that of a law of compute, which says nothing of
 * sizes. */
Frontier frontier_unknown(void);
Frontier frontier_of_compute(double E, double ln_K, double eta);

double frontier_loss(const Frontier *f, double ln_flops);
/* Return x of a loss. It is not positive at or below E, and infinite at or above the ceiling. */
double frontier_power(const Frontier *f, double loss);
/* Return ln of the compute at which the frontier has this loss; NaN where it never does. */
double frontier_ln_flops(const Frontier *f, double loss);

#endif
