/* blas.c: OpenBLAS's functions, looked up when the library is loaded. The only user of cblas.h. */
#include "model/kernels/blas.h"

#include <cblas.h>
#include <stdlib.h>
#include <string.h>
#ifndef __APPLE__
#include <dlfcn.h>
#endif

#include "base/arena.h"
#include "base/proc.h"

/* The functions that are used of the library; NULL until blas_open(). */
typedef struct {
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(cblas_dgemm) *dgemm;
    __typeof__(openblas_get_corename) *corename;
} Library;

static Library *library(void) {
    static Library loaded;
    return &loaded;
}

#ifdef __APPLE__
Status blas_open(Err *err) {
    (void)err;
    openblas_set_num_threads(1);
    *library() = (Library){cblas_sgemm, cblas_dgemm, openblas_get_corename};
    return OK;
}
#else
/* Look up a function and store its address in *function. The bytes are copied because dlsym()
 * returns an object pointer, which C does not convert to a function pointer. */
static bool find(void *handle, const char *name, void *function) {
    void *found = dlsym(handle, name);
    memcpy(function, &found, sizeof found);
    return found != NULL;
}

Status blas_open(Err *err) {
    Library l;
    if (library()->sgemm) return OK;
    setenv("OPENBLAS_NUM_THREADS", "1", 1); // read once, while the library is loaded
    void *handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!handle) FAIL(err, E_FAILED, "OpenBLAS cannot be loaded: %s", dlerror());
    if (!find(handle, "cblas_sgemm", &l.sgemm) || !find(handle, "cblas_dgemm", &l.dgemm) ||
        !find(handle, "openblas_get_corename", &l.corename))
        FAIL(err, E_FAILED, "libopenblas.so.0 lacks a function that is needed: %s", dlerror());
    *library() = l;
    return OK;
}
#endif

const char *blas_kernels(void) {
    return library()->corename ? library()->corename() : "not loaded";
}

void blas_gemm(bool a_transposed, bool b_transposed, int M, int N, int K, const real *a, int lda,
               const real *b, int ldb, const real *add, real *c, int ldc) {
    const CBLAS_TRANSPOSE ta = a_transposed ? CblasTrans : CblasNoTrans;
    const CBLAS_TRANSPOSE tb = b_transposed ? CblasTrans : CblasNoTrans;
    if (add && add != c)
        for (int i = 0; i < M; i++)
            memcpy(c + (size_t)i * ldc, add + (size_t)i * ldc, (size_t)N * sizeof(real));
#ifdef TINYSCALE_DOUBLE
    library()->dgemm(CblasRowMajor, ta, tb, M, N, K, 1, a, lda, b, ldb, add ? 1 : 0, c, ldc);
#else
    library()->sgemm(CblasRowMajor, ta, tb, M, N, K, 1, a, lda, b, ldb, add ? 1 : 0, c, ldc);
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
        library()->sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c,
                         n);
        products++;
    }
    arena_close(arena);
    return products * 2 * (double)n * (double)n * (double)n / took * 1e-9;
}

double blas_gflops(int n, double seconds, int threads) {
    double sum = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(+ : sum)
    for (int i = 0; i < threads; i++) sum += one_thread_gflops(n, seconds);
    return sum;
}
