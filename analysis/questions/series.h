/* series.h: the reverse question: a published series of gains, one for each factor of scale: is it
 * one power law?
 *
 *     "42,28,14,6"            gains in percent per factor `per` of scale
 *     "42+-2,28+-2,14+-1,6"   with standard errors; without one, a gain is known to its rounding
 *     "3.21,2.87,2.66,2.52"   kind "loss": the losses themselves
 *
 * With L = E + k x^-eta the loss falls by d_i = d_0 r^i at step i, r = per^-eta: the falls have one
 * ratio, and whatever has not, is no power law with any offset. What a gain in percent says of
 * losses depends on how it was reckoned, so gains are read in three ways (losses in one):
 *     points   d_i = g_i, points of one scale
 *     share    of the loss before it: L_(i+1) = L_i (1 - g_i)
 *     growth   of a performance 1 / L: L_(i+1) = L_i / (1 + g_i)
 * Gains that are all negative are changes of a loss, read as points or as shares.
 *
 * One power law is fitted by least squares to the gains as they were published, each in units of
 * its error; p is the chance that errors alone leave as much (chi squared). Beside it a law with a
 * bend, whose ln d is quadratic in the step: its exponent moves by the same amount at every step.
 * Intervals: the gains are drawn again within their errors, and everything is done again.
 */
#ifndef ANALYSIS_QUESTIONS_SERIES_H
#define ANALYSIS_QUESTIONS_SERIES_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "base/field.h"
#include "base/sheet.h"

typedef struct {
    const char *series; // or NULL: not asked
    double per;         // factor of scale between gains
    const char *kind;   // "gain" or "loss"
} SeriesOptions;
SeriesOptions series_options_default(void);
extern const FieldTable SERIES_FIELDS;

enum { SERIES_LONGEST = 32 };

typedef struct {
    const char *name, *meaning;
    bool agrees; // with one power law: p >= .05
    double chi2, p;
    int freedom;
    Interval ratio, eta;           // of the one power law
    Interval eta_first, eta_last;  // of the first two steps, of the last two
    Interval floor;                // E: share of the first loss, or nats; NaN where not told
    Interval left;                 // all gains still to come, as published; NaN: no end to them
    Interval next, next_with_bend; // the gain, or the loss, that follows
    Interval bend;                 // change of eta per step
    /* By step. Ratio and eta compare a step with the one before it: NaN in the first. */
    Interval step_ratio[SERIES_LONGEST], step_eta[SERIES_LONGEST];
    double power_law[SERIES_LONGEST], with_bend[SERIES_LONGEST]; // what they say of the gain
    double as_begun[SERIES_LONGEST]; // a power law through the first two steps alone
} SeriesReading;

typedef struct {
    SeriesOptions options;
    double level;
    int resamples;
    uint64_t seed;
    size_t n;
    double said[SERIES_LONGEST], error[SERIES_LONGEST]; // percent, or nats; falls count as gains
    SeriesReading readings[3];
    size_t n_readings;
} Series;

/* A bad series is E_USAGE; fit gives level, resamples and seed of the intervals. */
Status series_of(const SeriesOptions *options, const FitOptions *fit, Series *out, Err *err);

void series_put(Sheet *s, const Series *series);

#endif
