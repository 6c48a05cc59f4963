/* effective.h: the dense size that a law of experts holds equal to each model that was run. */
#ifndef ANALYSIS_QUESTIONS_EFFECTIVE_H
#define ANALYSIS_QUESTIONS_EFFECTIVE_H

#include "analysis/fit/fit.h"

/* A section of the output; nothing for other laws. */
void effective_put(Sheet *s, const Fit *fit);

#endif
