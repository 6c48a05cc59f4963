/* adamw.h: AdamW with decoupled decay, gradient clipping and the reduction over lanes.
 *   g = sum of the lanes' gradients, in lane order;  g *= min(1, clip / |g|)
 *   m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
 *   w -= lr_w (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps) + lr decay w         [Loshchilov, Hutter 2019, arXiv:1711.05101, alg. 2]
 * lr_w is the tensor's own rate. The decay term uses the base rate, so that decay does not depend
 * on the width (CompleteP, arXiv:2505.01618: lr * lambda constant).
 *
 * Parameters are cut into fixed chunks, none across a tensor's edge, so that any number of threads
 * does one and the same arithmetic.
 */
#ifndef TRAIN_ADAMW_H
#define TRAIN_ADAMW_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/model.h"
#include "train/config.h"

typedef struct {
    size_t offset, size; // elements
    double rate;         // the tensor's learning rate as a multiple of the step's
    bool decay;          // whether weight decay acts on it
} AdamWChunk;

typedef struct {
    const CpuPath *cpu;
    real *m, *v;        // (n) moments, laid out like the parameters
    size_t n;           // parameters
    AdamWChunk *chunks; // (n_chunks)
    double *squares;    // (n_chunks) sum of squared gradients of each
    size_t n_chunks;
    double beta1, beta2, eps, weight_decay;
} AdamW;

/* Make an optimizer with zero moments; its memory comes from the arena. */
void adamw_init(AdamW *o, const RunConfig *c, const Dims *d, const CpuPath *cpu, Arena *arena);

/* Sum the lanes' gradients into lanes[0].grad and return the norm of the sum. */
double adamw_reduce(AdamW *o, Lane *lanes, int n_lanes, int threads);

/* Make step number t (from 1) with learning rate lr on w (n). The gradient grad (n) is multiplied
 * by scale first. */
void adamw_update(AdamW *o, real *w, const real *grad, uint64_t t, double lr, double scale,
                  int threads);

#endif
