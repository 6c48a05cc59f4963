/* notes.h: sentences for people that a fit carries, added by the judge and by whoever has doubts.
 * They stand in the order in which they were added, which is that of their weight (judge.c).
 */
#ifndef ANALYSIS_FIT_NOTES_H
#define ANALYSIS_FIT_NOTES_H

#include "analysis/fit/fit.h"

/* Append a sentence, which must live as long as the fit. There are at most FIT_MAX_NOTES. */
void notes_add(Fit *fit, const char *sentence);
/* Put it behind those that make the status, before all others. */
void notes_add_doubt(Fit *fit, const char *sentence);

#endif
