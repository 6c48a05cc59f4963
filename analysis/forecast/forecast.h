/* forecast.h: a loss beyond the runs foretold by several laws at once, each weighed by evidence.
 *
 *     Forecast f;
 *     options.law = "auto";                                  // or "skaling,kaplan"
 *     TRY(forecast_of(arena, &points, &options, &f, err));
 *     Interval loss = forecast_predict(&f, &p, true);
 *
 * Laws that describe the runs alike part from each other beyond them, and none is known to be the
 * true one. The interval of one law presumes its form; the span of those that the runs cannot tell
 * apart does not. A law's weight is
 *     (least edge error of all laws / its edge error)^4 * exp(-(its AICc - the least) / 4)
 * with its error on the edges left out (candidate.h), and half of the exponent of Burnham and
 * Anderson [2002, sec. 2.9], since AICc by itself trusts in the best of wrong laws. Its prediction
 * is Student's t about ln L, whose variance has three parts: the coefficients', a new run's, and a
 * discrepancy: by how much its errors at the edges exceed what noise and coefficients explain,
 * growing with the distance d beyond the runs as d (1 + d) / 2, d in steps of the edges. The
 * forecast is the mixture of these distributions. docs/coverage.md has how often its intervals
 * hold, under laws that are among them and under others.
 */
#ifndef ANALYSIS_FORECAST_FORECAST_H
#define ANALYSIS_FORECAST_FORECAST_H

#include "analysis/fit/options.h"
#include "analysis/forecast/candidate.h"
#include "base/err.h"
#include "base/interval.h"

typedef struct {
    Candidate *laws; // (n) in descending order of weight
    double *weight;  // (n) they add up to 1
    size_t n;
    Edges edges;
    const Points *points;  // that were weighed
    double level;          // share of truths that intervals should hold
    const char **left_out; // (n_left_out) sentences: which laws were not weighed, and why
    int n_left_out;
} Forecast;

/* Return whether a name of --law asks for several laws: "auto", or names between commas. */
bool forecast_asked(const char *law);

/* Find the laws that a text of --law asks for, in the arena; auto: those whose row says
 * `forecasts`. A name that is no law of losses in N and D is E_USAGE. */
Status forecast_laws(Arena *arena, const char *asked, const Law ***laws, size_t *n, Err *err);

/* Fit and weigh the laws that options->law asks for, as forecast_laws() finds them; points that can
 * carry none of them are E_FAILED. The points must outlive the forecast, whose memory is the
 * arena's. */
Status forecast_of(Arena *arena, const Points *points, const FitOptions *options, Forecast *out,
                   Err *err);

/* Predict the loss at a point, of one new run or of the law alone. The value is e to the mean of
 * ln L. */
Interval forecast_predict(const Forecast *f, const Point *p, bool new_run);
/* Predict it by law number i alone, as if the law were known to be true: without discrepancy. */
Interval forecast_alone(const Forecast *f, size_t i, const Point *p, bool new_run);

#endif
