/* attention.h: causal multi-head attention.
 *   S = Q K^T / sqrt(D), P = softmax over j <= i, Y = P V                [Vaswani+ 2017, arXiv:1706.03762, sec. 3.2.1]
 *   dV = P^T dY, dP = dY V^T, dS = P (dP - rowsum(dP P)), dQ = dS K / sqrt(D), dK = dS^T Q / sqrt(D)
 *
 * Queries go in tiles of ATTENTION_TILE rows, each against the keys up to the tile's end, so that
 * most of the masked half is never computed. P is saved for the backward pass.
 */
#ifndef MODEL_ATTENTION_H
#define MODEL_ATTENTION_H

#include <stdint.h>

#include "model/gemm.h"

enum { ATTENTION_TILE = 32 };

/* Query-key pairs that the tiles of one sequence and head cover; T (T + 1) / 2 of them count. */
uint64_t attention_pairs(int T);

void attention_forward(real *y, // (B, T, C)        out
                       real *p, // (B, H, T, T)     out, saved; above the diagonal undefined or 0
                       const real *qk, // (B, T, 2C)       queries, keys: normed and rotated
                       const real *v,  // (B, T, ...)      row stride ldv
                       int ldv, const Dims *d, Work *work);
void attention_backward(real *dqk,     // (B, T, 2C)       out
                        real *dv,      // (B, T, ...)      out, row stride ldv
                        real *scratch, // (ATTENTION_TILE, T)
                        const real *dy, const real *p, const real *qk, const real *v, int ldv,
                        const Dims *d, Work *work);

#endif
