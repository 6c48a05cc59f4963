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

/* Of all processes here together: memory that is free or can be freed, and what the cgroups may
 * hold, whether or not others already hold some of it. */
MemoryLimit memory_limit_of_all(const char *root);
/* The narrower of the two: more than that no single process gets. */
MemoryLimit memory_limit(void);

/* Processors that this process may use: of its affinity, what the quotas leave. */
int cpu_count(void);
/* What the cgroups' quotas leave of n processors, rounded up. */
int cpu_count_within_quota(const char *root, int n);

#endif
