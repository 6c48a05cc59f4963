/* judge.h: whether a fit is to be believed: its status, and notes in plain words on what would have
 * to be measured. */
#ifndef ANALYSIS_FIT_JUDGE_H
#define ANALYSIS_FIT_JUDGE_H

#include "analysis/fit/bootstrap.h"
#include "analysis/fit/fit.h"

/* Set fit->status and add to fit->notes. Everything else of the fit must be ready. */
void judge_fit(Arena *arena, Fit *fit, const Problem *problem, const Estimate *estimate,
               const Bootstrap *boot);

#endif
