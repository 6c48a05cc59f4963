/* forecast_told.h: what is told of a forecast by several laws (analysis/forecast/forecast.h): the
 * losses of two runs beyond those that were made, of runs that were held out, and one sentence that
 * says which number to use.
 *
 *     const ForecastTold *told = study_answer(&study, &FORECAST_QUESTION); // NULL: one law alone
 *     if (told) puts(told->verdict);
 */
#ifndef ANALYSIS_QUESTIONS_FORECAST_TOLD_H
#define ANALYSIS_QUESTIONS_FORECAST_TOLD_H

#include "analysis/fit/fit.h"
#include "analysis/forecast/forecast.h"
#include "analysis/questions/question.h"

/* A run that was not made, and its loss as foretold. */
typedef struct {
    Point at;
    double flops_over; // its compute over that of the costliest run
    Interval mixture;  // of one new run
    Interval *alone;   // (laws) by each law, as if it were true
    double moved;      // by drift (candidate.h), of the mixture, in ln loss
} ForecastTarget;

/* How runs that were held out came out beside their prediction. */
typedef struct {
    Holdout error;
    size_t inside; // the interval
} ForecastHeld;

enum { FORECAST_TARGETS = 2 };
typedef struct {
    ForecastTarget rows[FORECAST_TARGETS];
    ForecastHeld *held;   // (laws + 1) of the mixture, then of each law; n is 0 without such runs
    const char *headline; // "Use 1.43 [1.40, 1.46] for a run of ...", in one or two sentences
    const char *verdict;  // the headline, and of which law the rest of a study tells
} ForecastTold;

/* It has no flags. Its answer is a ForecastTold, NULL where the study is of one law. */
extern const Question FORECAST_QUESTION;

#endif
