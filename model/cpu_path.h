/* cpu_path.h: the model's arithmetic is compiled once for each CPU path, from one C source with
 * vectors of the path's width:
 *
 *     plain    what every processor of the architecture has; large products by OpenBLAS
 *     avx2     AVX2 and FMA             (x86-64-v3)
 *     avx512   AVX-512 F, BW, DQ, VL    (x86-64-v4)
 *     amx      what avx512 has, and large products on the matrix unit (amx.h)
 *
 * A model takes the best path that the processor can run; TINYSCALE_CPU=avx2 in the environment
 * asks for another one. The last bits of results depend on the path, so every run records it.
 *
 * A file compiled per path has its public functions renamed (kernels/on_path.h). Only such files
 * can call them; all other code goes through the table of paths.
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
    // the passes of net.h
    void (*forward)(const struct Model *m, struct Lane *lane, const int *tokens, PassMode mode);
    void (*logits)(const struct Model *m, struct Lane *lane, int first, int rows, real *logits);
    double (*loss)(const struct Model *m, struct Lane *lane, Targets targets);
    double (*backward)(const struct Model *m, struct Lane *lane, const int *tokens, Targets targets,
                       real weight);
    // the arithmetic of update.h
    double (*reduce)(real *const *sum, int n_lanes, size_t size);
    void (*update)(real *w, real *m, real *v, const real *grad, size_t size,
                   const struct UpdateStep *s);
    bool needs_blas; // large products go to OpenBLAS (gemm.h)
} CpuPath;

/* Choose the path that TINYSCALE_CPU names, or the best one when it names none. E_USAGE when the
 * name is unknown or this processor cannot run that path. */
Status cpu_path_choose(const CpuPath **out, Err *err);
/* Return a path's bit. The sum of bits stands for a set of paths. */
unsigned cpu_path_bit(const CpuPath *path);
enum { CPU_PATH_NAMES = 32 };
/* Write the names of a set of paths: "avx2", or "avx2+avx512". */
void cpu_path_names(unsigned bits, char text[CPU_PATH_NAMES]);
/* Return the name of the path that cpu_path_choose() takes, or "unknown" where it refuses. */
const char *cpu_path_name(void);

#endif
