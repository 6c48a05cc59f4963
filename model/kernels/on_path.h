/* on_path.h: names of the CPU path that is being compiled. Every kernel is compiled once for each
 * path from one source (PER_PATH in the Makefile), and its public names get the path as a suffix.
 * After
 *
 *     #define gemm ON_PATH(gemm)
 *
 * gemm is gemm_avx2 in the object of the path avx2. Which path is taken is decided at run time
 * (model/cpu_path.h).
 */
#ifndef MODEL_KERNELS_ON_PATH_H
#define MODEL_KERNELS_ON_PATH_H

#ifndef CPU_PATH
#define CPU_PATH without_a_path // no object has such names, so the linker refuses them
#endif
#define ON_PATH__(name, path) name##_##path
#define ON_PATH_(name, path)  ON_PATH__(name, path)
#define ON_PATH(name)         ON_PATH_(name, CPU_PATH)

#endif
