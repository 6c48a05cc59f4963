/* memory.c: what one process may have, and the end when it gets no more. Nothing here allocates. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/err.h"
#include "base/numbers.h"

size_t memory_bytes(void) {
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (size_t)pages * (size_t)page : 0;
}

void memory_narrow(MemoryLimit *limit, uint64_t bytes, const char *name) {
    if (bytes >= limit->bytes) return;
    limit->bytes = bytes;
    snprintf(limit->name, sizeof limit->name, "%s", name);
}

static const struct {
    int resource;
    const char *name;
} RESOURCES[] = {
    {RLIMIT_AS, "ulimit -v"},
    {RLIMIT_DATA, "ulimit -d"},
};

MemoryLimit memory_limit_of_process(void) {
    MemoryLimit limit = {.bytes = UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(RESOURCES); i++) {
        struct rlimit r;
        if (getrlimit(RESOURCES[i].resource, &r) == 0 && r.rlim_cur != RLIM_INFINITY)
            memory_narrow(&limit, r.rlim_cur, RESOURCES[i].name);
    }
    return limit;
}

_Noreturn void out_of_memory(size_t wanted) {
    char line[256], bytes[32], most[32];
    const MemoryLimit limit = memory_limit_of_process();
    size_t n = (size_t)snprintf(line, sizeof line, "tinyscale: out of memory");
    if (wanted > 0)
        n += (size_t)snprintf(line + n, sizeof line - n, ": %s more were wanted",
                              bytes_to_text(bytes, (double)wanted));
    if (limit.bytes != UINT64_MAX)
        n += (size_t)snprintf(line + n, sizeof line - n, " (%s allows %s)", limit.name,
                              bytes_to_text(most, (double)limit.bytes));
    line[n++] = '\n';
    const ssize_t written = write(STDERR_FILENO, line, n);
    (void)written; // there is nobody else to tell
    _exit(1);
}
