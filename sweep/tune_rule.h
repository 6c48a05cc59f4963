/* tune_rule.h: from measured curves of loss against learning rate, or batch, to a rule for every
 * run.
 *
 * Near its optimum ln L is a parabola in ln lr. A curve is the runs of one size, length and batch
 * at several rates. Its optimum is the vertex through its best rate and the two beside it. Over
 * curves the rule is a line,
 *
 *     ln lr* = c + p ln(D / D0) + q ln(N / N0) + r ln(B / B0)
 *
 * with D0, N0 and B0 the geometric means of the curves. Powers are drawn towards what they are
 * without evidence (Bayes with normal priors, deviations in parentheses): p to -0.35 (0.2), which
 * is what runs of this size show (-0.3 to -0.6 in docs/LOG.md) and larger ones too (Bjorck et al.
 * 2024, arXiv:2409.19913, -0.32), though not all (StepLaw, arXiv:2503.04715, 0.31); r to 0.5
 * (0.25), which is lr ~ sqrt(B) of Adam (Malladi et al. 2022, arXiv:2205.10287); q to 0 (0.1)
 * under muP, which has taken care of width, and to -0.5 (0.3) in the standard parametrization,
 * where lr falls as 1 / width. A power of which the curves tell nothing stays there.
 *
 * A batch is tuned in the same way by curves of the least loss, over rates, of each batch. Its rule
 * is ln B* = c + p ln(D / D0) + q ln(N / N0), p drawn to 0.4 (0.2) and q to 0 (0.1): B grows with
 * D^0.38 to D^0.57 and hardly with N (Bergsma et al. 2025, arXiv:2505.13738; StepLaw; Zhang et al.
 * 2024, arXiv:2410.21676). Nothing here knows of sweeps or files. */
#ifndef SWEEP_TUNE_RULE_H
#define SWEEP_TUNE_RULE_H

#include <stdbool.h>
#include <stddef.h>

enum { TUNE_TERMS = 4, TUNE_MAX_RATES = 64 };

/* Where the best rate of a curve lies among those tried. */
typedef enum { TUNE_INSIDE, TUNE_LOWEST, TUNE_HIGHEST } TunePlace;

typedef struct {
    double params, tokens, batch;   // N, D and tokens per step of its runs
    size_t n;                       // rates, ascending
    double lr[TUNE_MAX_RATES];      // the rates, or batches
    double loss[TUNE_MAX_RATES];    // mean ln L over seeds; INFINITY where a run diverged
    double squares[TUNE_MAX_RATES]; // of ln L about its mean over seeds, summed
    double seeds;                   // runs behind each loss
    // filled in by tune_curve_read()
    size_t best;      // the rate of the lowest loss
    TunePlace place;  // TUNE_INSIDE: tried rates lie on both sides of it
    double ln_lr, sd; // vertex, and its standard deviation
    double least;     // ln L at the vertex
    double curvature; // second derivative of ln L by ln lr; NaN where no parabola opens upwards
} TuneCurve;

typedef struct {
    double params, tokens, batch;              // N0, D0, B0
    double coef[TUNE_TERMS];                   // c, p, q, r
    double covariance[TUNE_TERMS][TUNE_TERMS]; // of these
    double curvature;                          // median over the curves; NaN where none has one
    double noise;                              // standard deviation of ln L from run to run
} TuneRule;

/* Read a curve's optimum. Where a neighbour of the best rate is missing or diverged, the vertex is
 * the best rate itself and uncertain by a step. noise: see TuneRule. A curve of which all runs
 * diverged has best 0, TUNE_LOWEST and a ln_lr of NaN. */
void tune_curve_read(TuneCurve *c, double noise);

/* Tell whether a best rate at the end of those tried beats its neighbour by more than noise may. */
bool tune_curve_leans(const TuneCurve *c, double noise);

/* What is tuned, and so what its powers are drawn to. */
typedef enum { TUNE_LR_MUP, TUNE_LR_SP, TUNE_BATCH } TuneWhat;

/* Fit the rule to curves that were read. False where none of them has an optimum. */
bool tune_rule_fit(const TuneCurve *curves, size_t n, TuneWhat what, double noise, TuneRule *out);

/* ln lr* (or ln B*, which does not depend on batch) of a run, and the standard deviation that the
 * rule has there. */
double tune_rule_ln(const TuneRule *r, double params, double tokens, double batch);
double tune_rule_sd(const TuneRule *r, double params, double tokens, double batch);
/* By how much ln L is above its least at a rate that is off by `ln_off` in ln lr. */
double tune_rule_excess(const TuneRule *r, double ln_off);

/* The largest difference of ln L between two runs that noise explains, two standard deviations. */
double tune_noise_gap(double noise, double seeds);

/* Round a batch to base times a power of 2 that is at least `least`, of which base is a multiple,
 * and a multiple of it: a loss hardly depends on a batch within a factor of 1.4. */
double tune_round_batch(double batch, double base, double least);

/* Round a rate to two significant digits. A run's id is a hash of its config, so a rate must not
 * hang on the last bits of a fit. 5 % of a rate is less than a tenth of a factor of 2, where a loss
 * changes by less than a hundredth of what that factor costs. */
double tune_round(double lr);

#endif
