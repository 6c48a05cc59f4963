/* path.c: the table of CPU paths, and which one is taken. */
#include "model/path.h"
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

extern const Path PATH_plain, PATH_avx2, PATH_avx512, PATH_amx; // path_row.c, compiled per path

/* Best first. */
static const Path *const PATHS[] = {
#if defined(WITH_AMX)
    &PATH_amx,
#endif
#if defined(__x86_64__)
    &PATH_avx512,
    &PATH_avx2,
#endif
    &PATH_plain,
};

#if defined(WITH_AMX)
/* The processor has the matrix unit, and the system lets this process use it. */
static bool amx_is_here(void) {
    enum { TILE = 1 << 24, BF16 = 1 << 22, ARCH_REQ_XCOMP_PERM = 0x1023, XTILEDATA = 18 };
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & TILE) && (d & BF16) &&
           syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XTILEDATA) == 0;
}
#endif

static bool can(const Path *path) {
#if defined(WITH_AMX)
    if (path == &PATH_amx) return can(&PATH_avx512) && amx_is_here();
#endif
#if defined(__x86_64__)
    if (path == &PATH_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("fma");
    if (path == &PATH_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
               __builtin_cpu_supports("bmi2");
#endif
    return path == &PATH_plain;
}

static Status choose_named(const char *name, const Path **out, Err *err) {
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

Status path_choose(const Path **out, Err *err) {
    const char *name = getenv("TINYSCALE_CPU");
    if (name && *name) return choose_named(name, out, err);
    size_t i = 0;
    while (!can(PATHS[i])) i++; // the last one always can
    *out = PATHS[i];
    return OK;
}

unsigned path_bit(const Path *path) {
    unsigned bit = 1;
    for (size_t i = COUNT_OF(PATHS); i-- > 0 && PATHS[i] != path;) bit *= 2;
    return bit; // plain is 1 everywhere
}

void path_names(unsigned bits, char text[PATH_NAMES]) {
    text[0] = '\0';
    for (size_t i = COUNT_OF(PATHS); i-- > 0;) {
        if (!(bits & path_bit(PATHS[i]))) continue;
        if (text[0]) strcat(text, "+");
        strcat(text, PATHS[i]->name);
    }
}

const char *cpu_path_name(void) {
    const Path *path = NULL;
    Err err;
    return path_choose(&path, &err) == OK ? path->name : "unknown";
}
