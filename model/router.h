/* router.h: which experts a token visits, and with what weight.
 *
 *     s = x W_r  (M, E)                                                  made by moe.c
 *     ROUTER_SOFTMAX   p = softmax(s), g = p of the chosen           [Fedus+ 2022, arXiv:2101.03961, eq. 1, 2]
 *     ROUTER_RENORM    p = softmax(s), g = p / sum over the chosen   [Lepikhin+ 2021, arXiv:2006.16668, alg. 1]
 *     ROUTER_TOPK      g = softmax over the chosen s                 [Jiang+ 2024, arXiv:2401.04088, sec. 2.1]
 *     ROUTER_SIGMOID   p = sigmoid(s), g = p / sum over the chosen   [DeepSeek-AI 2024, arXiv:2412.19437, eq. 13-16]
 *
 * A token chooses the K experts with the largest p, or with the largest p + bias where there is a
 * bias; of equal ones the lower index wins. Two terms are added to the loss. In them q = p /
 * sum(p), and f_e is the share of all choices that fell on e:
 *
 *     aux E sum_e f_e mean_t(q_te)         balance; f has no gradient    [Fedus+ 2022, eq. 4-6]
 *     z mean_t(logsumexp(s_t))^2           small scores                  [Zoph+ 2022, arXiv:2202.08906, eq. 5]
 */
#ifndef MODEL_ROUTER_H
#define MODEL_ROUTER_H

#include <stdbool.h>

#include "base/err.h"
#include "model/dims.h"
#include "model/kernels/on_path.h"

#define router_forward  ON_PATH(router_forward)
#define router_backward ON_PATH(router_backward)

/* Where the rows of a micro-batch went; saved for backward. A pair is a token and one of its
 * choices. Its number is token K + rank, and the best choice has rank 0. The rows of an expert
 * stand together. */
typedef struct {
    int *expert; // (M K) expert of each pair
    int *row;    // (M K) row of each pair; -1 when it was dropped because its expert was full
    int *pair;   // (M K) pair of each row
    int *start;  // (E + 1) first row of each expert; the last one is the number of rows
    int *load;   // (E) pairs that chose each expert, dropped ones included
} Routes;

/* Sums over all that was routed since router_tally_clear(). */
typedef struct {
    double *load; // (layers with experts, E) pairs that chose each expert
    // sums over tokens and over the layers with experts. tokens: how many; dropped: share of the
    // visits that were refused; entropy: of q, nats; aux, z: terms of the loss, nats
    double tokens, dropped, entropy, aux, z;
} RouterTally;

/* What a tally says. All are NaN in a dense model. */
typedef struct {
    double load_cv;  // standard deviation of a layer's loads over their mean, mean of layers
    double load_max; // largest load of an expert over its layer's mean, the largest of all layers
    double dead;     // experts that no token visited, in all layers
    double entropy;  // entropy of the router's probabilities, nats: at most ln E
    double dropped;  // share of a token's visits that full experts refused
    double balance_loss; // the aux term, nats per token and layer: its weight when the load is even
    double z_loss;       // the z term, nats per token and layer
} RouterFacts;

/* Choose the experts of M tokens and their gates, and give the pairs their rows. */
void router_forward(real *gates,        // (M, K)  out, by pair
                    Routes routes,      // out
                    real *p,            // (M, E)  scratch
                    RouterTally *tally, // added to
                    double *load,       // (E)     of this layer, added to
                    const real *scores, // (M, E)
                    const real *bias,   // (E), or NULL
                    bool full,          // whether an expert may be full (Moe.capacity)
                    int M, const Moe *moe);
/* Compute the gradient of the scores, balance losses included. */
void router_backward(real *dscores,      // (M, E)  out
                     const real *dgates, // (M, K)  by pair; 0 where dropped
                     const real *gates, Routes routes, const real *scores,
                     real weight, // weight of a token's loss in the objective
                     int M, const Moe *moe);

#endif
