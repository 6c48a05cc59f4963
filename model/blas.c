/* blas.c: the only user of cblas.h. */
#include "model/blas.h"

#include <cblas.h>
#include <string.h>

#include "base/arena.h"
#include "base/proc.h"

void blas_single_thread(void) {
    openblas_set_num_threads(1);
}

const char *blas_kernels(void) {
    return openblas_get_corename();
}

void blas_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
               const real *b, int ldb, const real *add, real *c, int ldc) {
    const CBLAS_TRANSPOSE ta = a_transposed ? CblasTrans : CblasNoTrans;
    const CBLAS_TRANSPOSE tb = b_transposed ? CblasTrans : CblasNoTrans;
    if (add && add != c)
        for (int i = 0; i < M; i++)
            memcpy(c + (size_t)i * ldc, add + (size_t)i * ldc, (size_t)N * sizeof(real));
#ifdef TINYSCALE_DOUBLE
    cblas_dgemm(CblasRowMajor, ta, tb, M, N, K, 1, a, lda, b, ldb, add ? 1 : 0, c, ldc);
#else
    cblas_sgemm(CblasRowMajor, ta, tb, M, N, K, 1, a, lda, b, ldb, add ? 1 : 0, c, ldc);
#endif
}

static double one_thread_gflops(int n, double seconds) {
    Arena *arena = arena_open();
    const size_t size = (size_t)n * (size_t)n;
    float *a = ARENA_ARRAY(arena, float, size), *b = ARENA_ARRAY(arena, float, size);
    float *c = ARENA_ARRAY(arena, float, size);
    for (size_t i = 0; i < size; i++) a[i] = b[i] = 0.5f + 1e-3f * (float)(i % 7);
    double products = 0, took = 0;
    for (const double start = wall_seconds(); took < seconds; took = wall_seconds() - start) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
        products++;
    }
    arena_close(arena);
    return products * 2 * (double)n * (double)n * (double)n / took * 1e-9;
}

double blas_gflops(int n, double seconds, int threads) {
    blas_single_thread();
    double sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : sum)
    for (int i = 0; i < threads; i++) sum += one_thread_gflops(n, seconds);
    return sum;
}
