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

enum { COMPARE_RESAMPLES = 100 };
#define COMPARE_CHANCE 0.05

typedef struct {
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
    Rival *rivals;          // (fit.n_rivals), best first, beside fit.rivals
    const char *verdict[4]; // sentences
    int n_verdict;
    const NestedTest *nested;
    size_t n_nested;
    const char **left_out; // laws that were not fitted, sentences
    int n_left_out;
};

/* The law asked for, validated; for "all" every law that the points can carry: *out is then the law
 * of lowest AICc, and out->rivals are all of them, best prediction first. Fails when none can be
 * fitted. */
Status compare_laws(Arena *arena, const Points *points, const Points *held,
                    const FitOptions *options, Fit *out, Err *err);

void compare_put(Sheet *s, const Fit *fit);

#endif
