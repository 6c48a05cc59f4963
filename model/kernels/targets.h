/* targets.h: what the rows of a batch should have predicted: a token each, the probabilities of a
 * teacher, or a mixture of both. Only xent.c looks inside; all others pass them on.
 *
 *     (Targets){.token = next}                          the next token, as in ordinary training
 *     (Targets){next, probabilities, (real)0.5}         half of it a teacher  [Hinton+ 2015, arXiv:1503.02531]
 *     (Targets){.soft = probabilities, .mix = 1}        the teacher alone
 */
#ifndef MODEL_KERNELS_TARGETS_H
#define MODEL_KERNELS_TARGETS_H

#include "model/dims.h"

typedef struct {
    const int *token; // (rows)     each from 0 to V - 1; NULL where mix is 1
    const real *soft; // (rows, V)  non-negative, each row sums to 1; NULL where mix is 0
    real mix;         // weight of soft, from 0 to 1; the token has the rest
} Targets;

#endif
