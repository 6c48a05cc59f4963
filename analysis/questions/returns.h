/* returns.h: diminishing returns: by how much the next factor of compute, of parameters or of
 * tokens lowers the loss.
 *
 *     ReturnsOptions o = returns_options_default();
 *     TRY(returns_of(arena, &fit, &o, &set, err));                             // every table that o asks for
 *     const Returns t = returns_table(arena, &fit, RETURNS_FLOPS, 10, &o);          // one of them
 *
 * Each table moves one variable x in steps of a factor f:
 *     compute C      along the compute-optimal frontier, L = E + K C^-eta (or the law's own x)
 *     parameters N   at a fixed number of tokens, C = kappa N^q D growing with it
 *     tokens D       at a fixed size
 * `floor` is the loss when x alone grows without limit: E, or E + B / D^beta at a fixed D. For a
 * power law, with R = L - floor = k x^-p:
 *     gain of a step       R (f^p - 1) as seen from its end; gains are a geometric series, ratio f^-p
 *     removed              1 - f^-p of R at every step; removed so far 1 - (x / first x)^-p
 *     elasticity           -d ln L / d ln x = p (1 - floor / L), which is not p: a line through ln L
 *                          against ln x is flatter than the law, the more so the nearer the floor
 *     nat per unit         p R / x; units of x for a millinat: 0.001 x / (p R)
 *     doublings to halve R 1 / p
 * Slopes are numerical, in ln x, so that a law that is no power law has a table too.
 * `doublings_to_halve` is then that of the largest measured row.
 *
 * The deadweight of a run is C - C_eq: its compute minus the compute at which the frontier has, by
 * the law, the loss of the run. Both count C as kappa N^q D, so that it is >= 0, and 0 on the
 * frontier.
 *
 * Intervals are those of fit_interval: percentiles over the resamples of the fit. */
#ifndef ANALYSIS_QUESTIONS_RETURNS_H
#define ANALYSIS_QUESTIONS_RETURNS_H

#include "analysis/fit/fit.h"
#include "analysis/forecast/forecast.h"
#include "analysis/questions/question.h"

typedef struct {
    const char *returns;           // which tables: flops, params, tokens, deadweight, all or none
    uint64_t at_params, at_tokens; // the value held fixed; 0: that of the run with the most tokens
    double price;                  // price of a CPU-hour; 0: unknown
    double watts;                  // power of a busy CPU; 0: unknown
} ReturnsOptions;
ReturnsOptions returns_options_default(void);

typedef enum { RETURNS_FLOPS, RETURNS_PARAMS, RETURNS_TOKENS, RETURNS_KINDS } ReturnsOf;

/* The CPU time of a run, cpu_s = exp(ln_rate) C^power, by least squares in logarithms over the n
 * points that have cpu_s. The power is 1 with fewer than three such points or with a single C. */
typedef struct {
    size_t n;
    double ln_rate, power;
} ReturnsCpuRate;

/* One row of a table. NaN stands where a quantity has no meaning: gain and removed in the first
 * row, params and tokens of a law without a frontier, seconds without a rate, price without a
 * price. */
typedef struct {
    double x, flops;
    bool measured; // x lies inside the range that was run
    Interval params, tokens;
    Interval loss, gain, removed, removed_so_far, elasticity;
    Interval nat_per_unit, unit_per_millinat; // nats per unit of x, and units of x for 0.001 nat
    Interval flop_per_millinat;               // training FLOPs for 0.001 nat here, when x grows
    Interval cpu_s_per_millinat, price_per_millinat, joule_per_millinat;
    double cpu_s; // CPU time of one run at this x
    /* For a step in N or D: the factor of compute that lowers L as much along the frontier. */
    Interval worth;
    Interval doublings;
} ReturnsRow;

typedef struct {
    ReturnsRow *rows;
    size_t n; // 0: the law has no table of this kind, or Fit.no_frontier is set
    ReturnsOf of;
    bool frontier; // of compute that is spent in the best proportions; else the law's own variable
    double factor; // factor from row to row, 2 or 10
    double at;     // the tokens or parameters held fixed; NaN along the frontier
    Interval doublings_to_halve; // doublings of x that remove half of what x can still remove
    bool foretold; // loss and gain of its extrapolated rows are those of returns_foretell()
} Returns;
Returns returns_table(Arena *arena, const Fit *fit, ReturnsOf of, double factor,
                      const ReturnsOptions *options);

/* All runs of one size and length. */
typedef struct {
    const Point *run; // the first of these runs
    size_t runs;
    double flops;                   // compute of one run, kappa N^q D
    Interval needed, wasted, ratio; // C_eq, C - C_eq and C / C_eq
    Interval best_params;           // the size that C_eq should have been spent on
} ReturnsDeadweight;
typedef struct {
    ReturnsDeadweight *rows;
    size_t n;              // rows; 0: the law has no frontier
    double flops;          // compute of all runs
    Interval wasted_share; // share of `flops` that is C - C_eq
} ReturnsDeadweights;
ReturnsDeadweights returns_deadweight(Arena *arena, const Fit *fit);

ReturnsCpuRate returns_cpu_rate(const Points *points);

typedef struct {
    Returns tables[RETURNS_KINDS][2]; // tables by 2 and by 10; n is 0 where one was not asked for
    ReturnsDeadweights deadweight;
    ReturnsCpuRate rate;
    double price, watts;
} ReturnsSet;
/* Make every table that the options ask for. A price or watts without a row that has cpu_s is
 * E_FAILED. */
Status returns_of(Arena *arena, const Fit *fit, const ReturnsOptions *options, ReturnsSet *out,
                  Err *err);
/* Put what several laws foretell in the place of loss and gain of all rows beyond the
 * measured range. The run that a row stands for has the size and length that are best by the fit's
 * law. (returns_foretold.c) */
void returns_foretell(const Fit *fit, const Forecast *forecast, ReturnsSet *set);

void returns_put(Sheet *s, const ReturnsSet *r); // put the sections of all tables
/* Its flags are a ReturnsOptions, its answer is a ReturnsSet. */
extern const Question RETURNS_QUESTION;

#endif
