/* compare.h: what --law all does: fits every law that the points can carry, orders the laws by
 * their errors on runs that they were not fitted to, and says which of them these points can tell
 * apart.
 *
 * Two laws count as told apart when the second beats the first in less than COMPARE_CHANCE of the
 * resamples. In each resample both are refitted to resampled groups of runs and predict the
 * held-out losses, to which noise of one run is added. All laws get identical groups and identical
 * noise, so that their errors are compared in pairs. Held-out runs of one size share their noise.
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
    double delta_aicc; // AICc minus the lowest AICc of all rivals
    double held, bias; // mean |relative error| and mean relative error on the held-out runs
    /* Share of resamples in which this law predicts the held-out runs no worse than the first law.
     */
    double as_good;
    /* Mean |relative difference| between its predictions of the held-out runs and the first law's.
     */
    double apart;
    bool told; // predicts worse than the first law by more than chance
} Rival;

struct Comparison {
    /* Which runs Rival.held is on: "runs left out (params >= 3e+05)"; "" if there are none. */
    const char *held_by;
    size_t n_held;
    double noise;  // standard deviation of a run's ln L: the smallest that any law estimates
    Rival *rivals; // (n) best prediction of the held-out runs first
    /* Rivals[chosen], the law of lowest AICc, is the one that all other answers are about. */
    size_t n, chosen;
    const char *verdict[4]; // what the comparison says, in sentences
    int n_verdict;
    const NestedTest *nested;
    size_t n_nested;
    const char **left_out; // sentences: which laws were not fitted, and why
    int n_left_out;
};

/* Fit every law that the points can carry. *best becomes a copy of the fit of lowest AICc, *out
 * holds all of them. options->law is ignored. Fails when no law can be fitted. Memory is the
 * arena's. */
Status compare_laws(Arena *arena, const Points *points, const Points *held,
                    const FitOptions *options, Fit *best, const Comparison **out, Err *err);

extern const Question COMPARISON_QUESTION; // prints study->comparison and has no answer of its own

#endif
