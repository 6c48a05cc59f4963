/* blas.h: OpenBLAS, on one thread. blas.c is the only user of cblas.h. */
#ifndef MODEL_BLAS_H
#define MODEL_BLAS_H

#include <stdbool.h>

#include "model/dims.h"

/* Once per process, before the first product: keep the BLAS from making threads of its own. */
void blas_single_thread(void);

/* c (M, N) = op(a) op(b) + add, row-major; the flags say which factor is stored transposed. add has
 * c's stride, may be c itself, and NULL is zero. */
void blas_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
               const real *b, int ldb, const real *add, real *c, int ldc);

const char *blas_kernels(void); // of the processor that OpenBLAS sees, "SkylakeX"

/* OpenBLAS's own sgemm, n x n x n, on so many threads at once, each with its own matrices: GFLOP/s
 * of all together, over at least so many seconds. The yardstick of speeds. */
double blas_gflops(int n, double seconds, int threads);

#endif
