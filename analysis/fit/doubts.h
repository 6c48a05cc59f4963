/* doubts.h: what the points themselves give reason to doubt: too few sizes, too narrow a range, one
 * regime only. Sentences for people; none of them changes a status.
 */
#ifndef ANALYSIS_FIT_DOUBTS_H
#define ANALYSIS_FIT_DOUBTS_H

#include "analysis/fit/fit.h"

/* Note exponents that are told from fewer than five values of their variable, from less than a
 * decade and a half of it, or from a variable that moves the loss by no more than a few times the
 * noise. Twelve runs that were all short of data have "shown" an alpha of 0.05. */
void doubts_ranges(Arena *arena, Fit *fit, const Problem *p);

/* Note a frontier that lies far from the runs at the middle of their compute, and FLOPs that follow
 * no formula. */
void doubts_frontier(Arena *arena, Fit *fit);
/* Note losses below the floor of their source. */
void doubts_leaks(Arena *arena, Fit *fit);

#endif
