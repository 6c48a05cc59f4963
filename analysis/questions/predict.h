/* predict.h: losses foretold: runs asked for on the command line, and those a sweep sealed before
 * it ran them.
 *
 *     "params=2e5,tokens=1e6;id=0123456789ab,params=4e5,tokens=2e6,flops=4.9e12"
 */
#ifndef ANALYSIS_QUESTIONS_PREDICT_H
#define ANALYSIS_QUESTIONS_PREDICT_H

#include "analysis/fit/fit.h"
#include "analysis/questions/question.h"

/* One run, and the loss foretold for it. */
typedef struct {
    const char *id; // "" when only asked for
    double params, tokens, flops;
    Interval loss;  // for one new run
    bool sealed;    // in a sweep's ledger, before the run began
    double outcome; // NaN while not run
} Prediction;

typedef struct {
    Prediction *rows; // those asked for, then those sealed
    size_t n;
} Predictions;

typedef struct {
    const char *predict; // runs to foretell, or NULL
} PredictOptions;

/* Its flags: a PredictOptions; its answer: a Predictions, each sealed one with its outcome among
 * the held-out heroes. A text that cannot be read is E_USAGE. */
extern const Question PREDICTIONS_QUESTION;

/* Write DIR/prediction.json: the law as fitted, which runs it was fitted to, and what it foretells
 * of the runs that were asked for. */
Status predict_seal(const Study *study, const char *dir, Err *err);

#endif
