/* limits.h: how much memory and how many processors this process may use, by the machine, by its
 * cgroups and by its resource limits.
 *
 * A cgroup may be narrower than the machine, and so may any of those that it lies in; versions 1
 * and 2 may stand beside each other. Functions with a root read ROOT/proc and the hierarchies that
 * are mounted below ROOT: "" is the system itself, a test has a tree of its own. What cannot be
 * read, or is no number, limits nothing.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include "base/memory.h"

/* Find what memory all processes here may have together: what is free or can be freed, or, where
 * that is less, what a cgroup may hold, of which others may hold some already. */
MemoryLimit memory_limit_of_all(const char *root);
/* Find what memory this process can have at most: the narrower of memory_limit_of_all("") and
 * memory_limit_of_process(). */
MemoryLimit memory_limit(void);

/* Count the processors that this process may use: those of its affinity, fewer where a cgroup's
 * quota leaves fewer. */
int cpu_count(void);
/* Tell how many of n processors the cgroups' quotas leave, rounded up. */
int cpu_count_within_quota(const char *root, int n);

#endif
