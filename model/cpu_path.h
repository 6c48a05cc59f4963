/* cpu_path.h: the model's arithmetic is compiled once for each CPU path, the same C with other
 * vectors:
 *
 *     plain    whatever every processor of the kind has; large products by OpenBLAS
 *     avx2     AVX2 and FMA             (x86-64-v3)
 *     avx512   AVX-512 F, BW, DQ, VL    (x86-64-v4)
 *     amx      the same, and large products on the matrix unit (amx.h)
 *
 * The best that the processor can is taken when a model is made; TINYSCALE_CPU=avx2 in the
 * environment asks for another. Bits depend on the path, so every run records it.
 *
 * A file compiled per path has its public functions renamed (kernels/on_path.h). Only such files
 * can call them; the rest of the house goes through the table of paths.
 */
#ifndef MODEL_CPU_PATH_H
#define MODEL_CPU_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/dims.h"
#include "model/kernels/targets.h"

struct Model;
struct Lane;
struct UpdateStep;

typedef struct {
    const char *name;
    // net.h
    void (*forward)(const struct Model *m, struct Lane *lane, const int *tokens, PassMode mode);
    void (*logits)(const struct Model *m, struct Lane *lane, int first, int rows, real *logits);
    double (*loss)(const struct Model *m, struct Lane *lane, Targets targets);
    double (*backward)(const struct Model *m, struct Lane *lane, const int *tokens, Targets targets,
                       real weight);
    // update.h
    double (*reduce)(real *const *sum, int n_lanes, size_t size);
    void (*update)(real *w, real *m, real *v, const real *grad, size_t size,
                   const struct UpdateStep *s);
    bool needs_blas; // its products go to OpenBLAS (gemm.h)
} CpuPath;

/* The path to take: the best one, or the one that TINYSCALE_CPU names. E_USAGE when that is unknown
 * or beyond this processor. */
Status cpu_path_choose(const CpuPath **out, Err *err);
/* A set of paths as a number: one bit each; and as text, "avx2" or "avx2+avx512". */
unsigned cpu_path_bit(const CpuPath *path);
enum { CPU_PATH_NAMES = 32 };
void cpu_path_names(unsigned bits, char text[CPU_PATH_NAMES]);
/* The name of the path that cpu_path_choose() takes; "unknown" where it refuses. */
const char *cpu_path_name(void);

#endif
