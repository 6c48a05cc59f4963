/* gemm.h: matrix products, single-threaded by contract. Threads live a storey above, one per lane,
 * so that the bits of a product never depend on how many there are. Every product is counted.
 *
 *     gemm(NN, M, N, K,  x, K,  w, N,  NULL, y, N, work);       y (M, N) = x (M, K) w (K, N)
 *
 * Paths with fused multiply-adds use our own kernels (tile.h). On the plain path all but the
 * smallest products go to OpenBLAS, which knows more processors than we do (docs/LOG.md has the
 * measurements).
 */
#ifndef MODEL_KERNELS_GEMM_H
#define MODEL_KERNELS_GEMM_H

#include "model/dims.h"
#include "model/kernels/on_path.h"
#include "model/kernels/work.h"

#define gemm ON_PATH(gemm)

/* Whether this path calls OpenBLAS, as paths without fused multiply-adds do. Then blas_open() must
 * come before the first product. */
#if defined(__FMA__)
#define GEMM_NEEDS_BLAS false
#else
#define GEMM_NEEDS_BLAS true
#endif

typedef enum { NN, NT, TN } Transpose; // left and right factor; T: it is stored transposed

/* Compute c (M, N) = op(a) op(b) + add; row-major, ld* are row strides in elements. add (M, N) has
 * c's stride, may be c itself, and NULL is zero. No other two may overlap.
 *   NN: a (M, K), b (K, N)      NT: a (M, K), b (N, K)      TN: a (K, M), b (K, N)
 */
void gemm(Transpose t, int M, int N, int K, const real *a, int lda, const real *b, int ldb,
          const real *add, real *c, int ldc, Work *work);

#endif
