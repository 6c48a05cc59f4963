/* ceilings.c: register-only multiply-adds, and somebody else's sgemm. */
#include "train/bench/ceilings.h"

#include <math.h>
#include <stdbool.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/proc.h"
#include "model/kernels/blas.h"
#include "train/bench/child.h"

/* Two multiply-add units of latency 4 or 5 need ten sums under way at once. Twelve, with their two
 * factors, fit into sixteen registers. */
enum { CHAINS = 12, ROUNDS = 100000 };

/* Define a function that computes x = a x + b over and over in each of CHAINS chains. Every chain
 * goes from a start of its own towards b / (1 - a) = 1, because equal chains would be computed
 * once, and denormals would be slow. The function returns the sum, so that no chain is left out. */
#define FMA_LOOP(name, Vector, set1, fma, target)                                                  \
    target static float name(void) {                                                               \
        Vector x[CHAINS];                                                                          \
        const Vector a = set1(0.75f), b = set1(0.25f);                                             \
        for (int i = 0; i < CHAINS; i++) x[i] = set1((float)i);                                    \
        for (int round = 0; round < ROUNDS; round++)                                               \
            for (int i = 0; i < CHAINS; i++) x[i] = fma(x[i], a, b);                               \
        for (int i = 1; i < CHAINS; i++) x[0] += x[i];                                             \
        return x[0][0];                                                                            \
    }

typedef float V4 __attribute__((vector_size(16)));
#define PLAIN_SET1(s) ((V4){(s), (s), (s), (s)})
#ifdef __FP_FAST_FMAF
#define PLAIN_FMA(x, a, b)                                                                         \
    ((V4){fmaf((x)[0], (a)[0], (b)[0]), fmaf((x)[1], (a)[1], (b)[1]),                              \
          fmaf((x)[2], (a)[2], (b)[2]), fmaf((x)[3], (a)[3], (b)[3])})
#else
#define PLAIN_FMA(x, a, b) ((x) * (a) + (b))
#endif
FMA_LOOP(loop_plain, V4, PLAIN_SET1, PLAIN_FMA, )

static bool always(void) {
    return true;
}

#if defined(__x86_64__)
FMA_LOOP(loop_avx2, __m256, _mm256_set1_ps, _mm256_fmadd_ps, __attribute__((target("avx2,fma"))))
FMA_LOOP(loop_avx512, __m512, _mm512_set1_ps, _mm512_fmadd_ps, __attribute__((target("avx512f"))))

static bool has_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void) {
    return has_avx2() && __builtin_cpu_supports("avx512f");
}
#endif

typedef struct {
    const char *name;
    int floats; // in a vector
    bool (*here)(void);
    float (*loop)(void);
} FmaWidth;

/* Narrowest first: a processor that has one of them has those above it too. */
static const FmaWidth WIDTHS[] = {
    {"plain", 4, always, loop_plain},
#if defined(__x86_64__)
    {"avx2", 8, has_avx2, loop_avx2},
    {"avx512", 16, has_avx512, loop_avx512},
#endif
};
_Static_assert(COUNT_OF(WIDTHS) <= CEILING_FMA_WIDTHS, "CEILING_FMA_WIDTHS counts them");

int ceiling_fma_widths(void) {
    int n = 0;
    while (n < (int)COUNT_OF(WIDTHS) && WIDTHS[n].here()) n++;
    return n;
}

const char *fma_width_name(int width) {
    return WIDTHS[width].name;
}

/* --- measuring -------------------------------------------------------------------------------- */

typedef struct {
    const FmaWidth *width;
    double seconds;
    int threads;
} Job;

/* Return one thread's FLOPs per second. */
static double fma_rate(const FmaWidth *w, double seconds) {
    volatile float sink; // keeps the compiler from leaving the loops out
    double elapsed = 0;
    int loops = 0;
    const double began = wall_seconds();
    for (; elapsed < seconds; loops++) {
        sink = w->loop();
        elapsed = wall_seconds() - began;
    }
    (void)sink;
    return 2.0 * w->floats * CHAINS * ROUNDS * loops / elapsed;
}

static void fma_job(int fd, void *context) {
    const Job *job = context;
    double flops = 0;
#pragma omp parallel num_threads(job->threads) reduction(+ : flops)
    {
#pragma omp barrier
        flops += fma_rate(job->width, job->seconds);
    }
    const double gflops = 1e-9 * flops;
    child_say(fd, &gflops, sizeof gflops);
}

static void sgemm_job(int fd, void *context) {
    const Job *job = context;
    const double gflops = blas_gflops(CEILING_GEMM, job->seconds, job->threads);
    child_say(fd, &gflops, sizeof gflops);
}

static Status measure(void (*work)(int fd, void *job), Job *job, double *gflops, Err *err) {
    Child child = {0};
    TRY(child_start(&child, work, job, err));
    const Status status = child_hear(&child, gflops, sizeof *gflops, err);
    child_end(&child);
    return status;
}

Status ceiling_fma(int width, double seconds, int threads, double *gflops, Err *err) {
    MUST(width >= 0 && width < ceiling_fma_widths());
    return measure(fma_job, &(Job){&WIDTHS[width], seconds, threads}, gflops, err);
}

Status ceiling_sgemm(double seconds, int threads, double *gflops, Err *err) {
    TRY(blas_open(err)); // here, so that the children inherit it and the table can name its kernels
    return measure(sgemm_job, &(Job){NULL, seconds, threads}, gflops, err);
}
