/* predict.h: losses foretold: runs asked for on the command line, and those a sweep sealed before
 * it ran them.
 *
 *     "params=2e5,tokens=1e6;id=0123456789ab,params=4e5,tokens=2e6,flops=4.9e12"
 */
#ifndef ANALYSIS_QUESTIONS_PREDICT_H
#define ANALYSIS_QUESTIONS_PREDICT_H

#include "analysis/fit/fit.h"

typedef struct {
    Prediction *rows;
    size_t n;
} Predictions;

/* The runs of a --predict text with this fit's losses; text NULL: none. */
Status predict_asked(Arena *arena, const Fit *fit, const char *text, Predictions *out, Err *err);
/* The sealed predictions of the fit's sweep, each with its outcome among the held-out heroes, are
 * added. */
void predict_sealed(Arena *arena, const Fit *fit, Predictions *out);

/* Write DIR/prediction.json: the law as fitted, which runs it was fitted to, and what it foretells.
 */
Status predict_seal(const Fit *fit, const Predictions *asked, const char *dir, Err *err);

/* The predictions that hang on the fit, beside their outcome. */
void predict_put(Sheet *s, const Fit *fit);

#endif
