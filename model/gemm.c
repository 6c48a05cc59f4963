/* gemm.c: matrix products by OpenBLAS, and their count. */
#include "model/gemm.h"

#include <cblas.h>

void gemm_single_thread(void) {
    openblas_set_num_threads(1);
}

void gemm(Transpose t, int M, int N, int K, real alpha, const real *a, int lda, const real *b,
          int ldb, real beta, real *c, int ldc, Work *work) {
    const CBLAS_TRANSPOSE ta = t == TN ? CblasTrans : CblasNoTrans;
    const CBLAS_TRANSPOSE tb = t == NT ? CblasTrans : CblasNoTrans;
#ifdef TINYSCALE_DOUBLE
    cblas_dgemm(CblasRowMajor, ta, tb, M, N, K, alpha, a, lda, b, ldb, beta, c, ldc);
#else
    cblas_sgemm(CblasRowMajor, ta, tb, M, N, K, alpha, a, lda, b, ldb, beta, c, ldc);
#endif
    work->gemm_flops += 2ull * (uint64_t)M * (uint64_t)N * (uint64_t)K;
}
