/* doubts.h: what the points themselves give reason to doubt: too few sizes, too narrow a range, one
 * regime only, a pattern in the residuals. Sentences for people; none of them changes a status.
 */
#ifndef ANALYSIS_FIT_DOUBTS_H
#define ANALYSIS_FIT_DOUBTS_H

#include "analysis/fit/fit.h"

/* Note exponents that are told from fewer than five values of their variable, from less than a
 * decade and a half of it, or from a variable that moves the loss by no more than a few times the
 * noise. Twelve runs that were all short of data have "shown" an alpha of 0.05. */
void doubts_ranges(Arena *arena, Fit *fit, const Problem *p);

/* Note residuals of a law of N and D that hold a term in ln N times ln D: the law adds up terms
 * that act on each other. The term is judged by an F-test beside the law's own gradients, and where
 * runs share trunks also by the trunks' own scatter. */
void doubts_pattern(Arena *arena, Fit *fit, const Problem *p);
/* Return the probability of so strong a pattern by chance; NaN where there is too little to
 * test. */
double doubts_pattern_chance(const Fit *fit, const Problem *p);

/* Note a frontier that lies far from the runs at the middle of their compute, and FLOPs that follow
 * no formula. */
void doubts_frontier(Arena *arena, Fit *fit);
/* Note losses below the floor of their source. */
void doubts_leaks(Arena *arena, Fit *fit);

#endif
