/* approaches.h: which size is best for so many FLOPs, by the three approaches of Hoffmann et al.
 * [2022, sec. 3] on the same points: the envelope of all sizes, the bowls at equal compute, and a
 * law of the losses. Where they part, one of them is misled.
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
    const char *name;   // "isoflop, akima"
    Interval a, params; // N* ~ C^a, and N* at the largest compute that was run; NaN: see why
    const char *why;    // what these points lack for it; NULL: nothing
} Approach;

typedef struct {
    Approach rows[MAX_APPROACHES];
    int n;
    double flops;     // the largest that was run
    const char *says; // whether they agree
} Approaches;

/* Reads off each way of isoflop and of envelope, and adds every rival of the comparison that has a
 * frontier of sizes. Memory is the arena's. */
const Approaches *approaches_of(Arena *arena, const Fit *fit, const Comparison *comparison,
                                const FitOptions *options);

/* Sections "approaches", "isoflop" and, of that law, "envelope"; its answer, of --law all: an
 * Approaches. */
extern const Question APPROACHES_QUESTION;

#endif
