/* way.h: how the minimum of a problem is found: each estimator names one of these ways.
 *
 *     const Minimum m = way_of(p)->descend(p, false, z);
 */
#ifndef ANALYSIS_FIT_WAY_H
#define ANALYSIS_FIT_WAY_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

typedef struct {
    /* From z to the minimum that it leads to; near: it is close to one already. The value is
     * the objective in units of problem_scale, the norm that of its (sub)gradient. */
    Minimum (*descend)(const Problem *p, bool near, double *z);
    /* Its own starts, at most `limit` rows of theta; NULL: the law's. */
    int (*starts)(const Problem *p, int limit, double (*thetas)[LAW_MAX_PARAMS]);
    /* NULL, or why it cannot fit this problem: what the law has instead of what it would take. */
    const char *(*refuses)(Arena *arena, const Problem *p);
} Way;
extern const Way WAYS[]; // by WayKind

/* The way of the problem's estimator. */
const Way *way_of(const Problem *p);

#endif
