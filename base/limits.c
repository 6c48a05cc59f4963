/* limits.c: /proc names the cgroup and the mounts through which it can be seen; its files and those
 * of its ancestors hold the numbers. */
#include "base/limits.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

#include "base/arena.h"
#include "base/err.h"
#include "base/memory.h"

/* --- small files ------------------------------------------------------------------------------ */

/* Reads a file line by line, whatever their length; a file that cannot be read has no lines. */
typedef struct {
    FILE *file;
    char *line;
    size_t capacity;
} Lines;

static Lines lines_open(Arena *arena, const char *root, const char *path) {
    return (Lines){.file = fopen(arena_printf(arena, "%s%s", root, path), "re")};
}

static char *lines_next(Lines *l) {
    if (!l->file || getline(&l->line, &l->capacity, l->file) < 0) return NULL;
    l->line[strcspn(l->line, "\n")] = 0;
    return l->line;
}

static void lines_close(Lines *l) {
    if (l->file) fclose(l->file);
    free(l->line);
}

/* Read a whole number at the begin of *text, which moves behind it. */
static bool read_number(const char **text, uint64_t *out) {
    char *end;
    if (**text < '0' || **text > '9') return false;
    *out = strtoull(*text, &end, 10);
    if (*end && *end != ' ') return false;
    *text = end + (*end == ' ');
    return true;
}

/* --- where a process's cgroup lies ------------------------------------------------------------ */

/* A hierarchy: version 2 (controller ""), or the one of a controller of version 1. */
typedef struct {
    char *top; // the mount point
    char *dir; // the cgroup itself, at or below top; NULL when there is none
} Cgroup;

static bool list_has(const char *list, const char *word) {
    const size_t n = strlen(word);
    for (;; list++) {
        if (strncmp(list, word, n) == 0 && (list[n] == ',' || list[n] == 0)) return true;
        list = strchr(list, ',');
        if (!list) return false;
    }
}

/* Find the cgroup of this process in a hierarchy, from the lines of /proc/self/cgroup:
 * "4:memory:/a/b", "1:cpu,cpuacct:/a", "0::/a/b". */
static char *path_in_hierarchy(Arena *arena, const char *root, const char *controller) {
    Lines lines = lines_open(arena, root, "/proc/self/cgroup");
    char *path = NULL, *line;
    while (!path && (line = lines_next(&lines))) {
        char *list = strchr(line, ':'), *end = list ? strchr(list + 1, ':') : NULL;
        if (!end || end[1] != '/') continue;
        *end = 0;
        if (*controller ? list_has(list + 1, controller) : list[1] == 0)
            path = arena_strdup(arena, end + 1);
    }
    lines_close(&lines);
    return path;
}

/* Undo the escapes of mountinfo, in which blanks and backslashes stand as \040 and \134. */
static void unescape(char *s) {
    char *to = s;
    for (; *s; s++, to++) {
        const bool escaped = s[0] == '\\' && strspn(s + 1, "01234567") >= 3;
        *to = escaped ? (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0')) : *s;
        if (escaped) s += 3;
    }
    *to = 0;
}

typedef struct {
    char *root, *point; // which directory of the hierarchy is to be seen, and where
    const char *type, *options;
} Mount;

/* Read a line of /proc/self/mountinfo: "36 35 98:0 ROOT POINT OPTIONS [TAG ...] - TYPE SOURCE
 * OPTIONS". */
static bool read_mount(char *line, Mount *m) {
    char *fields[5], *save, *separator = strstr(line, " - ");
    if (!separator) return false;
    *separator = 0;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (!(fields[i] = strtok_r(i ? NULL : line, " ", &save))) return false;
    *m = (Mount){.root = fields[3], .point = fields[4]};
    m->type = strtok_r(separator + 3, " ", &save);
    m->options = m->type && strtok_r(NULL, " ", &save) ? strtok_r(NULL, " ", &save) : NULL;
    unescape(m->root);
    unescape(m->point);
    return m->options != NULL;
}

/* Return what of path lies below a directory of the hierarchy: "" for the directory itself, NULL
 * when path is not in it. */
static const char *below(const char *path, const char *dir) {
    const size_t n = strcmp(dir, "/") == 0 ? 0 : strlen(dir);
    if (strncmp(path, dir, n) != 0 || (path[n] != '/' && path[n] != 0)) return NULL;
    if (strstr(path, "/..")) return NULL; // above what this namespace may see
    return strcmp(path + n, "/") == 0 ? "" : path + n;
}

/* Choose among several mounts the one that shows most ancestors. In a container the path may be
 * that of the host, of which nothing can be seen but the container's own cgroup, at the mount
 * point. */
static Cgroup find_cgroup(Arena *arena, const char *root, const char *controller) {
    Cgroup c = {NULL, NULL};
    size_t shown = 0;
    const char *path = path_in_hierarchy(arena, root, controller);
    if (!path) return c;
    Lines lines = lines_open(arena, root, "/proc/self/mountinfo");
    Mount m;
    for (char *line; (line = lines_next(&lines));) {
        if (!read_mount(line, &m) || strcmp(m.type, *controller ? "cgroup" : "cgroup2") != 0)
            continue;
        if (*controller && !list_has(m.options, controller)) continue;
        const char *rest = below(path, m.root);
        if (c.dir && (!rest || strlen(rest) < shown)) continue;
        shown = rest ? strlen(rest) : 0;
        c.top = arena_printf(arena, "%s%s", root, m.point);
        c.dir = arena_printf(arena, "%s%s", c.top, rest ? rest : "");
    }
    lines_close(&lines);
    return c;
}

/* Go from a cgroup to the one that it lies in; false at the mount point. */
static bool cgroup_up(Cgroup *c) {
    char *slash = strrchr(c->dir, '/');
    if (strlen(c->dir) <= strlen(c->top) || !slash) return false;
    *slash = 0;
    return true;
}

/* Read the first line of a file of the cgroup; "" when there is none. */
static const char *cgroup_file(Arena *arena, const Cgroup *c, const char *name) {
    Lines lines = lines_open(arena, c->dir, name);
    const char *line = lines_next(&lines);
    line = line ? arena_strdup(arena, line) : "";
    lines_close(&lines);
    return line;
}

/* --- memory ----------------------------------------------------------------------------------- */

/* Narrow by the memory that is available. Kernels before 3.14 do not tell it; all physical memory
 * stands in for it then. */
static void narrow_by_machine(Arena *arena, const char *root, MemoryLimit *limit) {
    static const char available[] = "MemAvailable:";
    Lines lines = lines_open(arena, root, "/proc/meminfo");
    for (const char *line; (line = lines_next(&lines));) {
        if (strncmp(line, available, strlen(available)) != 0) continue;
        uint64_t kilobytes;
        line += strlen(available);
        line += strspn(line, " ");
        if (read_number(&line, &kilobytes) && kilobytes <= UINT64_MAX / 1024)
            memory_narrow(limit, 1024 * kilobytes, "MemAvailable");
    }
    lines_close(&lines);
    const size_t physical = memory_bytes();
    if (limit->bytes == UINT64_MAX && physical > 0)
        memory_narrow(limit, physical, "physical memory");
}

static void narrow_by_cgroups(Arena *arena, const char *root, const char *controller,
                              const char *file, MemoryLimit *limit) {
    Cgroup c = find_cgroup(arena, root, controller);
    if (!c.dir) return;
    do {
        const char *line = cgroup_file(arena, &c, file);
        uint64_t bytes;
        if (read_number(&line, &bytes))
            memory_narrow(limit, bytes, arena_printf(arena, "%s%s", c.dir + strlen(root), file));
    } while (cgroup_up(&c));
}

MemoryLimit memory_limit_of_all(const char *root) {
    Arena *arena = arena_open();
    MemoryLimit limit = {.bytes = UINT64_MAX};
    narrow_by_machine(arena, root, &limit);
    narrow_by_cgroups(arena, root, "", "/memory.max", &limit);
    narrow_by_cgroups(arena, root, "memory", "/memory.limit_in_bytes", &limit);
    arena_close(arena);
    return limit;
}

MemoryLimit memory_limit(void) {
    MemoryLimit limit = memory_limit_of_all("");
    const MemoryLimit own = memory_limit_of_process();
    memory_narrow(&limit, own.bytes, own.name);
    return limit;
}

/* --- processors ------------------------------------------------------------------------------- */

/* Read "QUOTA PERIOD", in microseconds, as a number of processors; infinity when it is anything
 * else ("max 100000", "-1 100000"). */
static double processors_of(const char *quota_and_period) {
    uint64_t quota, period;
    if (!read_number(&quota_and_period, &quota) || !read_number(&quota_and_period, &period))
        return INFINITY;
    return quota > 0 && period > 0 ? (double)quota / (double)period : INFINITY;
}

static double quota_of(Arena *arena, const char *root, const char *controller) {
    double least = INFINITY;
    Cgroup c = find_cgroup(arena, root, controller);
    if (!c.dir) return least;
    do {
        const char *both =
            *controller ? arena_printf(arena, "%s %s", cgroup_file(arena, &c, "/cpu.cfs_quota_us"),
                                       cgroup_file(arena, &c, "/cpu.cfs_period_us"))
                        : cgroup_file(arena, &c, "/cpu.max");
        least = fmin(least, processors_of(both));
    } while (cgroup_up(&c));
    return least;
}

int cpu_count_within_quota(const char *root, int n) {
    Arena *arena = arena_open();
    const double quota = fmin(quota_of(arena, root, ""), quota_of(arena, root, "cpu"));
    arena_close(arena);
    return quota < n ? (int)ceil(quota) : n;
}

int cpu_count(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return cpu_count_within_quota("", CPU_COUNT(&set));
#endif
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? cpu_count_within_quota("", (int)n) : 1;
}
