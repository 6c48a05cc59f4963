/* compare.h: --law all: every law that the points can carry, in the order of their errors on runs
 * that they were not fitted to, and what these points can and cannot tell apart.
 *
 * Two laws count as told apart when refits on resampled groups of runs, predicting held-out losses
 * with a draw of a run's noise on them, put the second before the first in less than COMPARE_CHANCE
 * of the resamples. The same groups and the same noise are drawn for all laws, so that their errors
 * are compared in pairs; held-out runs of one size share their draw of noise.
 */
#ifndef ANALYSIS_QUESTIONS_COMPARE_H
#define ANALYSIS_QUESTIONS_COMPARE_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "analysis/questions/nested.h"
#include "analysis/questions/study.h"
#include "analysis/questions/validate.h"

enum { COMPARE_RESAMPLES = 100 };
#define COMPARE_CHANCE 0.05

typedef struct {
    Fit fit;
    const Validation *validation;
    double delta_aicc; // above the lowest
    double held, bias; // mean |relative error| and mean relative error on the runs held out
    double as_good;    // share of resamples in which it predicts them no worse than the first law
    double apart;      // mean |relative difference| of its predictions there from the first law's
    bool told;         // apart from the first law
} Rival;

struct Comparison {
    const char *held_by; // what `held` is on: "the runs left out (params >= 3e+05)"; "" if nothing
    size_t n_held;
    double noise;           // of a run, in ln L: the least of any law's
    Rival *rivals;          // (n) best prediction first
    size_t n, chosen;       // rivals[chosen] has the lowest AICc: all else is said of it
    const char *verdict[4]; // sentences
    int n_verdict;
    const NestedTest *nested;
    size_t n_nested;
    const char **left_out; // laws that were not fitted, sentences
    int n_left_out;
};

/* Fits every law that the points can carry: *best is a copy of the one of lowest AICc, *out all of
 * them. options->law is not looked at. Fails when none can be fitted. Memory is the arena's. */
Status compare_laws(Arena *arena, const Points *points, const Points *held,
                    const FitOptions *options, Fit *best, const Comparison **out, Err *err);

extern const Question COMPARISON_QUESTION; // told of study->comparison; it has no answer of its own

#endif
