/* blas.h: OpenBLAS, on one thread, loaded when something first needs it. blas.c is the only user of
 * cblas.h.
 *
 * OpenBLAS starts a thread per processor as soon as it is loaded. Under a memory limit such a
 * thread spins for ever, and a process that has it can no longer fork: the library's fork handler
 * waits for the thread to end. So it is loaded late, with one thread, and only by those who use it:
 * the plain path and the ceilings of bench. */
#ifndef MODEL_KERNELS_BLAS_H
#define MODEL_KERNELS_BLAS_H

#include <stdbool.h>

#include "base/err.h"
#include "model/dims.h"

/* Load the library; needed before anything below. A second call does nothing. E_FAILED where the
 * library is missing. Not for several threads at once. */
Status blas_open(Err *err);

/* c (M, N) = op(a) op(b) + add, row-major; the flags say which factor is stored transposed. add has
 * c's stride, may be c itself, and NULL is zero. */
void blas_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
               const real *b, int ldb, const real *add, real *c, int ldc);

const char *blas_kernels(void); // for the processor as OpenBLAS sees it: "SkylakeX"

/* OpenBLAS's own sgemm, n x n x n, on so many threads at once, each with its own matrices: GFLOP/s
 * of all together, over at least so many seconds. The yardstick of speeds. */
double blas_gflops(int n, double seconds, int threads);

#endif
