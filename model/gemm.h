/* gemm.h: matrix products, single-threaded by contract: threads live a storey above, one per lane,
 * so that the bits of a product never depend on how many there are. Every product is counted.
 * gemm.c is the only user of cblas.h.
 *
 *     gemm(NN, M, N, K,  1, x, K,  w, N,  0, y, N, &work);       y (M, N) = x (M, K) w (K, N)
 */
#ifndef MODEL_GEMM_H
#define MODEL_GEMM_H

#include "model/dims.h"
#include "model/work.h"

typedef enum { NN, NT, TN } Transpose; // T: that factor is stored transposed

/* c (M, N) = alpha op(a) op(b) + beta c; row-major, ld* are row strides in elements.
 *   NN: a (M, K), b (K, N)      NT: a (M, K), b (N, K)      TN: a (K, M), b (K, N) */
void gemm(Transpose t, int M, int N, int K, real alpha, const real *a, int lda, const real *b,
          int ldb, real beta, real *c, int ldc, Work *work);

/* Once per process, before the first product: keep the BLAS from making threads of its own. */
void gemm_single_thread(void);

#endif
