/* ceilings.h: how fast this machine multiplies and adds, which training steps are measured against.
 *
 *   fma     float multiply-adds in registers only, on all threads at once, for each width of vector
 *           that the processor has: nothing is faster
 *   sgemm   OpenBLAS's matrix product, as many of 1024 x 1024 x 1024 at once as there are threads,
 *           each on one thread: what somebody who knows how can have
 */
#ifndef TRAIN_BENCH_CEILINGS_H
#define TRAIN_BENCH_CEILINGS_H

#include "base/err.h"

enum { CEILING_GEMM = 1024, CEILING_FMA_WIDTHS = 3 };

/* Return how many widths of vector this processor has. They are numbered from the narrowest on and
 * named like the CPU paths that use them. "plain" is what the compiler takes for granted: a
 * multiplication and an addition where that includes no fused one (x86-64). */
int ceiling_fma_widths(void);
const char *fma_width_name(int width);

/* Measure the GFLOP/s of so many threads together, for so many seconds, in a child process. */
Status ceiling_fma(int width, double seconds, int threads, double *gflops, Err *err);
Status ceiling_sgemm(double seconds, int threads, double *gflops, Err *err);

#endif
