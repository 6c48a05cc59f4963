/* blas.h: OpenBLAS, on one thread, loaded when something first needs it. blas.c is the only user of
 * cblas.h.
 *
 * OpenBLAS starts a thread per processor as soon as it is loaded. Under a memory limit such a
 * thread spins for ever, and a process that has it can no longer fork: the library's fork handler
 * waits for the thread to end. The library is therefore loaded late, with one thread, and only by
 * those who use it: the plain path and the ceilings of bench.
 */
#ifndef MODEL_KERNELS_BLAS_H
#define MODEL_KERNELS_BLAS_H

#include <stdbool.h>

#include "base/err.h"
#include "model/dims.h"

/* Load the library, which everything below needs. A second call does nothing. E_FAILED where the
 * library is missing. Several threads must not call it at once. */
Status blas_open(Err *err);

/* Compute c (M, N) = op(a) op(b) + add, row-major; the flags say which factor is stored transposed.
 * add has c's stride, may be c itself, and NULL is zero. */
void blas_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
               const real *b, int ldb, const real *add, real *c, int ldc);

const char *blas_kernels(void); // the library's name for this processor: "SkylakeX"

/* Measure OpenBLAS's own sgemm, n x n x n, on so many threads at once, each with its own matrices,
 * over at least so many seconds. Return the GFLOP/s of all together, the yardstick of speeds. */
double blas_gflops(int n, double seconds, int threads);

#endif
