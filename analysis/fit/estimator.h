/* estimator.h: what a fit minimises: one row of ESTIMATORS each.
 *
 * An estimator is a penalty on residuals, summed over rows by their weights. Which one is right
 * depends on the noise, and `about` tells for which noise it is. Here stand facts only; way.h has
 * the functions that find a minimum.
 */
#ifndef ANALYSIS_FIT_ESTIMATOR_H
#define ANALYSIS_FIT_ESTIMATOR_H

#include <stdbool.h>

/* Which way leads to the minimum: an index of WAYS (way.h). */
typedef enum { WAY_SMOOTH, WAY_KINKS, WAY_PROJECTED } WayKind;

typedef struct {
    const char *name, *about;
    const char *minimises; // the objective in words
    /* Return the penalty of a residual. Fill its first derivative, and its second where it has one,
     * else 0. */
    double (*penalty)(double residual, double delta, double *slope, double *bend);
    bool raw;       // residuals are of L; else of ln L
    bool has_delta; // the penalty depends on delta
    bool smooth;    // a gradient of 0 tells a minimum
    WayKind way;
} Estimator;
extern const Estimator ESTIMATORS[];               // ended by a row without a name
const Estimator *estimator_find(const char *name); // NULL when unknown
const char *estimator_nearest(const char *name);   // known name to suggest, or NULL

#endif
