/* bootstrap.h: how far theta moves when the noise is drawn again.
 *
 * What is drawn, and from what, is one row of BOOTSTRAPS. A resample is a pure function of (seed,
 * its number), so threads change nothing. Every resample is refitted from the estimate, and from
 * data-scaled starts where that ends badly.
 */
#ifndef ANALYSIS_FIT_BOOTSTRAP_H
#define ANALYSIS_FIT_BOOTSTRAP_H

#include <stdint.h>

#include "analysis/fit/estimate.h"

/* One resample, to be filled by a kind's draw. */
typedef struct {
    const Problem *whole;   // what is resampled
    const double *fitted;   // (n) ln L of the estimate; NULL unless the kind draws residuals
    const double *residual; // (n) as large as the noise was before fitting; NULL if fitted is
    double *weights;        // (n) out
    double *ln_loss;        // (n) out; comes as a copy of the points'
    int *times;             // (n_groups or n) scratch
} Resample;

typedef struct BootstrapKind BootstrapKind;
struct BootstrapKind {
    const char *name, *about;
    bool residuals; // draws noise for the runs as they are; else draws runs
    bool rows;      // of one trunk are drawn apart
    /* Draw number d of resample r: the first that carries the law is refitted. */
    void (*draw)(Resample *out, uint64_t seed, int r, int d);
};
extern const BootstrapKind BOOTSTRAPS[];               // ended by a row without a name
const BootstrapKind *bootstrap_find(const char *name); // NULL when unknown
const char *bootstrap_nearest(const char *name);       // known name to suggest, or NULL

typedef struct {
    const BootstrapKind *kind;      // what was drawn, which may not be what was asked for:
    size_t n_rows;                  // of the problem that was resampled
    double *theta;                  // (n, n_params)
    int n;                          // resamples that could be fitted
    int n_redrawn;                  // draws that could not carry the law and were drawn again
    int n_at_bound[LAW_MAX_PARAMS]; // of the n
} Bootstrap;

/* A law that is read off has no residuals, and its groups are drawn whatever the kind. */
Bootstrap bootstrap(Arena *arena, const Problem *p, const Estimate *at, const BootstrapKind *kind,
                    int resamples, uint64_t seed);

/* Of resamples of m out of n groups, refitted about the estimate of those m, those of all n about
 * theirs: differences shrink by sqrt(m / n) [Bickel, Goetze and van Zwet 1997, "Resampling fewer
 * than n observations", Statistica Sinica 7]. */
void bootstrap_rescale(Bootstrap *b, int n_params, const Estimate *of_m, const Estimate *of_n,
                       double m, double n);

#endif
