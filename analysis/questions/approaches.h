/* approaches.h: the best model size for a given compute, by the three approaches of Hoffmann et al.
 * [2022, sec. 3] on one set of points: the envelope of all sizes, the isoFLOP curves, and fitted
 * laws of the loss. Where they disagree, at least one of them is biased.
 *
 *     const Approaches *a = approaches_of(arena, &fit, comparison, &options);
 */
#ifndef ANALYSIS_QUESTIONS_APPROACHES_H
#define ANALYSIS_QUESTIONS_APPROACHES_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "analysis/questions/compare.h"

enum { MAX_APPROACHES = 16 };

typedef struct {
    const char *name; // "isoflop, akima"
    /* The exponent of N* ~ C^a, and N* at the largest compute run; NaN where `why` is set. */
    Interval a, params;
    const char *why; // what the points lack for this approach; NULL: nothing
} Approach;

typedef struct {
    Approach rows[MAX_APPROACHES];
    int n;
    double flops;     // largest compute among the points
    const char *says; // a sentence: whether the approaches agree
} Approaches;

/* Return what each way of reading the envelope and the isoFLOP curves gives, and what every rival
 * of the comparison gives that has a frontier of sizes. Memory is the arena's. */
const Approaches *approaches_of(Arena *arena, const Fit *fit, const Comparison *comparison,
                                const FitOptions *options);

/* Put the sections "approaches" and "isoflop", and "envelope" when that is the law that was fitted.
 * Its answer is an Approaches with --law all, else NULL. */
extern const Question APPROACHES_QUESTION;

#endif
