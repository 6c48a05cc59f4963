/* bootstrap.h: how far theta moves when the noise is drawn again.
 *
 * Each way of drawing is one row of BOOTSTRAPS. A resample is a pure function of the seed and its
 * number, so that threads change nothing. Every resample is refitted from the estimate, and from
 * the law's own starts where that ends badly.
 */
#ifndef ANALYSIS_FIT_BOOTSTRAP_H
#define ANALYSIS_FIT_BOOTSTRAP_H

#include <stdint.h>

#include "analysis/fit/estimate.h"
#include "base/watch.h"

/* One resample, to be filled by a kind's draw. */
typedef struct {
    const Problem *whole;   // the problem that is resampled
    const double *fitted;   // (n) ln L of the estimate; NULL unless the kind draws residuals
    const double *residual; // (n) residuals made as large as the noise was before fitting; or NULL
    double *weights;        // (n) out: weight of each row
    double *ln_loss;        // (n) out: ln L of each row; comes as a copy of the points'
    int *times;             // (n_groups or n) scratch
} BootstrapResample;

typedef struct BootstrapKind BootstrapKind;
struct BootstrapKind {
    const char *name, *about;
    bool residuals; // noise is drawn for the runs as they are; else runs are drawn
    bool rows;      // rows of one trunk are drawn apart
    /* Make draw number d of resample r. The first draw that carries the law is refitted. */
    void (*draw)(BootstrapResample *out, uint64_t seed, int r, int d);
};
extern const BootstrapKind BOOTSTRAPS[];               // ended by a row without a name
const BootstrapKind *bootstrap_find(const char *name); // NULL when unknown
const char *bootstrap_nearest(const char *name);       // known name to suggest, or NULL

typedef struct {
    const BootstrapKind *kind;      // what was drawn, which may not be what was asked for
    size_t n_rows;                  // rows of the problem that was resampled
    double *theta;                  // (n, n_params) theta of each resample
    int n;                          // resamples that could be fitted
    int n_redrawn;                  // draws that could not carry the law and were drawn again
    int n_at_bound[LAW_MAX_PARAMS]; // how many of the n end each parameter at a bound
} Bootstrap;

/* Draw and refit resamples of a problem whose estimate is `at`, each a step of the watch. A law
 * that is read off has no residuals; where the kind draws them, groups are drawn instead. */
Bootstrap bootstrap(Arena *arena, const Problem *p, const Estimate *at, const BootstrapKind *kind,
                    int resamples, uint64_t seed, Watch *watch);

/* Turn resamples of m groups about their estimate of_m into resamples of n groups about of_n, the m
 * being among the n. Differences shrink by sqrt(m / n) [Bickel, Goetze and van Zwet 1997,
 * "Resampling fewer than n observations", Statistica Sinica 7]. */
void bootstrap_rescale(Bootstrap *b, int n_params, const Estimate *of_m, const Estimate *of_n,
                       double m, double n);

#endif
