/* memory.h: how much memory this process may have by itself, and the end when it gets no more. What
 * a machine and its cgroups leave to all processes together is in limits.h. */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t bytes; // UINT64_MAX: no limit
    char name[256]; // "MemAvailable", "/sys/fs/cgroup/a/memory.max", "ulimit -v"; or ""
} MemoryLimit;

/* Read this process's own resource limits, of its address space and of its data, and return the
 * narrower. Allocates nothing. */
MemoryLimit memory_limit_of_process(void);
/* Where `bytes` is less than the limit, make that the limit and `name` its name. */
void memory_narrow(MemoryLimit *limit, uint64_t bytes, const char *name);

size_t memory_bytes(void); // physical memory of the machine; 0 when it is not to be had

/* End the program with one line that says how many bytes were wanted (0: a library does not tell)
 * and by which resource limit they may have been refused; exit code 1. Nothing is flushed and
 * nobody's exit handlers run, since they might want memory too: what was to replace a file has not
 * replaced it. */
_Noreturn void out_of_memory(size_t wanted);

#endif
