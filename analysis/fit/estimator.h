/* estimator.h: what a fit minimises, and the way there: one row of ESTIMATORS each.
 *
 * An estimator is a penalty on residuals, summed over rows by their weights. Which one is right is
 * a matter of the noise: `about` says for which.
 */
#ifndef FIT_ESTIMATOR_H
#define FIT_ESTIMATOR_H

#include <stdbool.h>

#include "analysis/laws/law.h"
#include "analysis/fit/minimise.h"

typedef struct Problem Problem; // problem.h

typedef struct {
    const char *name, *about;
    const char *minimises; // in words
    /* Of a residual; its first derivative, and its second where it has one, else 0. */
    double (*penalty)(double residual, double delta, double *slope, double *bend);
    bool raw;       // residuals are of L; else of ln L
    bool has_delta; // the penalty depends on delta
    bool smooth;    // a gradient that is 0 is a minimum
    /* From z to the minimum that it leads to; near: it is close to one already. The value is
     * the objective in units of problem_scale, the norm that of its (sub)gradient. */
    Minimum (*descend)(const Problem *p, bool near, double *z);
    /* Its own starts, at most `limit` rows of theta; NULL: the law's. */
    int (*starts)(const Problem *p, int limit, double (*thetas)[LAW_MAX_PARAMS]);
    /* NULL, or why it cannot fit this problem: what the law has instead of what it would take. */
    const char *(*refuses)(Arena *arena, const Problem *p);
} Estimator;
extern const Estimator ESTIMATORS[];               // ended by a row without a name
const Estimator *estimator_find(const char *name); // NULL when unknown
const char *estimator_nearest(const char *name);   // known name to suggest, or NULL

#endif
