/* doubts.h: what the points themselves give reason to doubt: too few sizes, too narrow a range, one
 * regime only, a pattern in the residuals. Sentences for people; none of them changes a status.
 */
#ifndef ANALYSIS_FIT_DOUBTS_H
#define ANALYSIS_FIT_DOUBTS_H

#include "analysis/fit/fit.h"

/* Exponents told from fewer than five values of their variable, or from less than a decade and a
 * half of it, or where the variable moves the loss by no more than a few times the noise: twelve
 * runs that were all short of data have "shown" an alpha of .05. */
void doubt_ranges(Arena *arena, Fit *fit, const Problem *p);

/* A law of N and D whose residuals hold a term in ln N times ln D: terms that were added up where
 * they act on each other. An F-test of the term beside the law's own gradients; where runs share
 * trunks also by their clusters' own scatter. */
void doubt_pattern(Arena *arena, Fit *fit, const Problem *p);
/* The test: P of a pattern as strong by chance; NaN where there is too little to test. */
double pattern_chance(const Fit *fit, const Problem *p);

/* The frontier lies far from the runs, or FLOPs follow no formula. */
void doubt_frontier(Arena *arena, Fit *fit);
/* Losses below the floor of their source. */
void doubt_leaks(Arena *arena, Fit *fit);

#endif
