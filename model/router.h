/* router.h: which experts a token visits, and with what weight.
 *
 *     s = x W_r  (M, E)                                                  made by moe.c
 *     ROUTER_SOFTMAX   p = softmax(s), g = p of the chosen           [Fedus+ 2022, arXiv:2101.03961, eq. 1, 2]
 *     ROUTER_RENORM    p = softmax(s), g = p / sum over the chosen   [Lepikhin+ 2021, arXiv:2006.16668, alg. 1]
 *     ROUTER_TOPK      g = softmax over the chosen s                 [Jiang+ 2024, arXiv:2401.04088, sec. 2.1]
 *     ROUTER_SIGMOID   p = sigmoid(s), g = p / sum over the chosen   [DeepSeek-AI 2024, arXiv:2412.19437, eq. 13-16]
 *
 * Chosen are the K largest of p, or of p + bias where there is one; of equal ones the lower index.
 * Added to the loss, with q = p / sum(p), f_e the share of all choices that fell on e:
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
 * choices, number token K + rank, the best choice first. The rows of an expert stand together. */
typedef struct {
    int *expert; // (M K) of each pair
    int *row;    // (M K) of each pair; -1: dropped, the expert was full
    int *pair;   // (M K) of each row
    int *start;  // (E + 1) first row of each expert
    int *load;   // (E) pairs that chose it, those dropped included
} Routes;

/* Sums over what a lane has routed, to be read and zeroed by whoever trains. */
typedef struct {
    double *load;                            // (layers with experts, E) pairs
    double tokens, dropped, entropy, aux, z; // over tokens and layers; nats; losses times tokens
} RouterTally;

/* What it says. NaN in a dense model. */
typedef struct {
    double load_cv;      // sd of the experts' loads over their mean; the mean of all layers'
    double load_max;     // the largest load of a layer over its mean; of all layers' the largest
    double dead;         // experts, in all layers, that no token visited
    double entropy;      // of the router's probabilities, nats: at most ln E
    double dropped;      // share of a token's visits that full experts refused
    double balance_loss; // aux, nats a token and layer; equals its weight when balanced
    double z_loss;
} RouterFacts;

void router_forward(real *gates,        // (M, K)  out, by pair
                    Routes routes,      // out
                    real *p,            // (M, E)  scratch
                    RouterTally *tally, // added to
                    double *load,       // (E)     this layer's part of it
                    const real *scores, // (M, E)
                    const real *bias,   // (E), or NULL
                    bool full,          // whether capacity counts
                    int M, const Moe *moe);
void router_backward(real *dscores,      // (M, E)  out
                     const real *dgates, // (M, K)  by pair; 0 where dropped
                     const real *gates, Routes routes, const real *scores,
                     real weight, // of a token's loss in the objective
                     int M, const Moe *moe);

#endif
