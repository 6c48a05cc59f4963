/* way.h: how the minimum of a problem is found: each estimator names one of these ways.
 *
 *     const Minimum m = way_of(p)->descend(p, false, z);
 */
#ifndef ANALYSIS_FIT_WAY_H
#define ANALYSIS_FIT_WAY_H

#include "analysis/fit/minimise.h"
#include "analysis/fit/problem.h"

typedef struct {
    /* Descend from z to the minimum that it leads to. near: z is close to one already. The value
     * returned is the objective in units of descent_scale, the norm that of its (sub)gradient. */
    Minimum (*descend)(const Problem *p, bool near, double *z);
    /* Fill at most `limit` rows of theta with starts, and return how many. NULL: the law's starts
     * are used. */
    int (*starts)(const Problem *p, int limit, double (*thetas)[LAW_MAX_PARAMS]);
    /* Return why this way cannot fit the problem: what the law has instead of what it would take.
     * NULL: it can. The member of a way that can fit any problem is NULL. */
    const char *(*refuses)(Arena *arena, const Problem *p);
} Way;
extern const Way WAYS[]; // indexed by WayKind

/* Return the way of the problem's estimator. */
const Way *way_of(const Problem *p);

#endif
