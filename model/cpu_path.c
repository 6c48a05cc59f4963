/* cpu_path.c: the table of CPU paths, and which one is taken. */
#include "model/cpu_path.h"
#include "base/suggest.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(WITH_AMX)
#include <sys/syscall.h>
#include <unistd.h>
#endif

extern const CpuPath CPU_PATH_ROW_plain, CPU_PATH_ROW_avx2, CPU_PATH_ROW_avx512,
    CPU_PATH_ROW_amx; // cpu_path_row.c, compiled per path

/* The paths that this program has, the best first. */
static const CpuPath *const PATHS[] = {
#if defined(WITH_AMX)
    &CPU_PATH_ROW_amx,
#endif
#if defined(__x86_64__)
    &CPU_PATH_ROW_avx512,
    &CPU_PATH_ROW_avx2,
#endif
    &CPU_PATH_ROW_plain,
};

#if defined(WITH_AMX)
/* Return whether the processor has the matrix unit and the system lets this process use it. */
static bool amx_is_here(void) {
    enum { TILE = 1 << 24, BF16 = 1 << 22, ARCH_REQ_XCOMP_PERM = 0x1023, XTILEDATA = 18 };
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & TILE) && (d & BF16) &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0;
}
#endif

static bool can(const CpuPath *path) {
#if defined(WITH_AMX)
    if (path == &CPU_PATH_ROW_amx) return can(&CPU_PATH_ROW_avx512) && amx_is_here();
#endif
#if defined(__x86_64__)
    if (path == &CPU_PATH_ROW_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("fma");
    if (path == &CPU_PATH_ROW_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
#endif
    return path == &CPU_PATH_ROW_plain;
}

static Status choose_named(const char *name, const CpuPath **out, Err *err) {
    const char *names[COUNT_OF(PATHS)];
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        names[i] = PATHS[i]->name;
        if (strcmp(name, PATHS[i]->name) != 0) continue;
        if (!can(PATHS[i]))
            FAIL(err, E_USAGE, "TINYSCALE_CPU=%s: this processor cannot; unset takes the best",
                 name);
        *out = PATHS[i];
        return OK;
    }
    const char *near = suggest_nearest(name, names, COUNT_OF(names));
    FAIL(err, E_USAGE, "TINYSCALE_CPU=%s: no such CPU path%s", name,
         near ? DID_YOU_MEAN(near) : "; they are amx, avx512, avx2 and plain");
}

Status cpu_path_choose(const CpuPath **out, Err *err) {
    const char *name = getenv("TINYSCALE_CPU");
    if (name && *name) return choose_named(name, out, err);
    size_t i = 0;
    while (!can(PATHS[i])) i++; // plain, the last one, always can
    *out = PATHS[i];
    return OK;
}

unsigned cpu_path_bit(const CpuPath *path) {
    unsigned bit = 1;
    for (size_t i = COUNT_OF(PATHS); i-- > 0 && PATHS[i] != path;) bit *= 2;
    return bit; // plain is bit 1 in every build
}

void cpu_path_names(unsigned bits, char text[CPU_PATH_NAMES]) {
    text[0] = '\0';
    for (size_t i = COUNT_OF(PATHS); i-- > 0;) {
        if (!(bits & cpu_path_bit(PATHS[i]))) continue;
        if (text[0]) strcat(text, "+");
        strcat(text, PATHS[i]->name);
    }
}

const char *cpu_path_name(void) {
    const CpuPath *path = NULL;
    Err err;
    return cpu_path_choose(&path, &err) == OK ? path->name : "unknown";
}
