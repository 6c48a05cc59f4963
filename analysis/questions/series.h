/* series.h: the reverse question: given a published series of gains, one for each factor of scale,
 * are they one power law?
 *
 *     "42,28,14,6"            gains in percent per factor `per` of scale
 *     "42+-2,28+-2,14+-1,6"   with standard errors; without one, a gain is known to its rounding
 *     "3.21,2.87,2.66,2.52"   kind "loss": the losses themselves
 *
 * With L = E + k x^-eta the loss falls by d_i = d_0 r^i at step i, where r = per^-eta. The falls of
 * a power law thus have one ratio; a series whose falls do not is no power law, whatever the offset
 * E. What a gain in percent says about losses depends on how it was computed. Gains are therefore
 * read in three ways, and losses in one:
 *     points   d_i = g_i: percentage points of one scale
 *     share    L_(i+1) = L_i (1 - g_i): a share of the loss before the step
 *     growth   L_(i+1) = L_i / (1 + g_i): growth of a performance 1 / L
 * Gains that are all negative are taken as changes of a loss, and read as points or as shares.
 *
 * One power law is fitted by least squares to the published gains, each divided by its error; p is
 * the probability that errors alone leave as large a chi squared. A law with a bend is fitted
 * beside it: its ln d is quadratic in the step, and its exponent changes by a constant at every
 * step. For intervals the gains are drawn anew within their errors, and both fits are repeated. */
#ifndef ANALYSIS_QUESTIONS_SERIES_H
#define ANALYSIS_QUESTIONS_SERIES_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "base/field.h"
#include "base/sheet.h"

typedef struct {
    const char *series; // the text of the series; NULL: not asked
    double per;         // factor of scale between gains
    const char *kind;   // "gain" or "loss"
} SeriesOptions;
SeriesOptions series_options_default(void);
extern const FieldTable SERIES_FIELDS;

enum { SERIES_LONGEST = 32 };

typedef struct {
    const char *name, *meaning;
    bool agrees; // one power law fits: p >= 0.05
    double chi2, p;
    int freedom;
    Interval ratio, eta;          // ratio and exponent of the one power law
    Interval eta_first, eta_last; // exponents of the first two steps alone, and of the last two
    /* E, as a share of the first loss or in nats; NaN where the reading does not determine it */
    Interval floor;
    Interval left; // sum of all gains still to come, as published; NaN: it has no limit
    Interval next, next_with_bend; // the gain or loss that follows the series
    Interval bend;                 // change of eta from step to step
    /* (n) for each step. Ratio and eta compare a step with the one before it; they are NaN in the
     * first step. */
    Interval step_ratio[SERIES_LONGEST], step_eta[SERIES_LONGEST];
    double power_law[SERIES_LONGEST], with_bend[SERIES_LONGEST]; // the gain that either law gives
    double as_begun[SERIES_LONGEST]; // the gain by a power law through the first two steps alone
} SeriesReading;

typedef struct {
    SeriesOptions options;
    double level;
    int resamples;
    uint64_t seed;
    size_t n;
    /* Published numbers and their errors, in percent or nats; falls of a loss count as positive
     * gains. */
    double said[SERIES_LONGEST], error[SERIES_LONGEST];
    SeriesReading readings[3];
    size_t n_readings;
} Series;

/* Read the series and fit it. A text that is no series is E_USAGE. `fit` gives level, resamples and
 * seed of the intervals. */
Status series_of(const SeriesOptions *options, const FitOptions *fit, Series *out, Err *err);

void series_put(Sheet *s, const Series *series);

#endif
