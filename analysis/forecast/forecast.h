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
 * with its error on the edges left out (candidate.h). AICc has half of the exponent of Burnham and
 * Anderson [2002, sec. 2.9], and a difference of more than 8 counts as 8, since AICc by itself
 * trusts in the best of wrong laws. Rows far from every law have no say (far.h). Its prediction
 * is Student's t about ln L moved by the law's drift: by how much it is expected to go on to move,
 * as it has moved with every factor of compute so far (candidate.h). The variance has three parts:
 * the coefficients', a new run's, and a discrepancy: the uncertainty of the drift, or where that is
 * more, by how much the law's errors at the edges exceed what noise and coefficients explain,
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
    const Points *points;  // by which the laws were weighed
    const char *far;       // a sentence on rows that had no say (far.h); NULL: all had
    double level;          // share of truths that intervals should hold
    const char **left_out; // (n_left_out) sentences: which laws were not weighed, and why
    int n_left_out;
} Forecast;

extern const char FORECAST_AUTO[]; // the name under which --law asks for every law that forecasts
/* Return whether a name of --law asks for several laws: "auto", or names between commas. */
bool forecast_asked(const char *law);

/* Find the laws that a text of --law asks for, in the arena; auto: those whose row says
 * `forecasts`. A name that is no law of losses in N and D is E_USAGE. */
Status forecast_laws(Arena *arena, const char *asked, const Law ***laws, size_t *n, Err *err);

/* Fit and weigh the laws that options->law asks for, as forecast_laws() finds them; where none can
 * be weighed, the first law's reason is the error. The points must outlive the forecast, whose
 * memory is the arena's. */
Status forecast_of(Arena *arena, const Points *points, const FitOptions *options, Forecast *out,
                   Err *err);

/* Weigh f->laws anew and sort them, after some have been taken out. */
void forecast_weigh(Forecast *f);

/* Return the place of the law to describe these points by, where one law alone is told. Only laws
 * of at least a tenth of the largest weight come into question. The default law of a fit is taken
 * where it or a special case of it is one of them: its parameters can be compared with those that
 * others publish, and do not presume what the special case does. Else that of least AICc is taken,
 * and where points are too few for AICc the heaviest. */
size_t forecast_describes(const Forecast *f);

/* Predict the loss at a point, of one new run or of the law alone. The value is e to the mean of
 * ln L. A law that needs what the point does not tell, such as a batch, has no say in a prediction
 * or a gain; NaN where none has. */
Interval forecast_predict(const Forecast *f, const Point *p, bool new_run);
/* Foretell by how much the loss falls from one point to another, by the laws alone, without the
 * noise of a run. Errors of a law at both points go together, so that a gain is known better than
 * either loss. */
Interval forecast_gain(const Forecast *f, const Point *from, const Point *to);
/* Predict the loss by law number i alone, as if it were known to be true: without drift and without
 * discrepancy. */
Interval forecast_alone(const Forecast *f, size_t i, const Point *p, bool new_run);

/* Return the floor E by the laws that have one, in their weights, each with the uncertainty of its
 * own E; NaN where none has. It lies far beyond the runs, and a law alone is too sure of it. */
Interval forecast_floor(const Forecast *f);

#endif
