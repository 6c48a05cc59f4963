/* predict.h: predicted losses: of runs asked for on the command line, and of runs that a sweep
 * predicted and sealed before it ran them.
 *
 *     "params=2e5,tokens=1e6;id=0123456789ab,params=4e5,tokens=2e6,flops=4.9e12"
 */
#ifndef ANALYSIS_QUESTIONS_PREDICT_H
#define ANALYSIS_QUESTIONS_PREDICT_H

#include "analysis/fit/fit.h"
#include "analysis/questions/question.h"

/* A run and its predicted loss. */
typedef struct {
    const char *id; // "" when it was asked for without an id
    double params, tokens, flops;
    Interval loss;  // prediction with its interval for one new run
    bool sealed;    // the prediction was written to the sweep's ledger before the run began
    double outcome; // measured loss; NaN while the run has not ended
    double batch;   // tokens of a step; NaN: as in the fitted row of most FLOPs
} Prediction;

typedef struct {
    Prediction *rows; // (n) first those asked for, then those sealed
    size_t n;
    const char *notes[2]; // sentences on what those asked for rest on
    int n_notes;
} Predictions;

typedef struct {
    const char *predict; // the runs to predict, "params=2e5,tokens=1e6;..."; NULL: none
} PredictOptions;

/* Predict losses. Its flags are a PredictOptions, its answer is a Predictions, in which each sealed
 * row has its outcome if the held-out rows have that run. A text that cannot be read is E_USAGE. */
extern const Question PREDICTIONS_QUESTION;

/* Write DIR/prediction.json: the fitted law, the laws that were weighed, the ids of the runs they
 * were fitted to, and those of its predictions that were asked for. */
Status predict_seal(const Study *study, const Predictions *said, const char *dir, Err *err);

#endif
