/* returns.h: diminishing returns: what the next factor of compute, of parameters or of tokens buys.
 *
 *     ReturnsOptions o = returns_options_default();
 *     const ReturnsSet r = returns_of(arena, &fit, &o);    // the tables that o asks for
 *     const Returns t = returns_table(arena, &fit, RETURNS_FLOPS, 10, &o);          // one of them
 *
 * A table walks one variable x by a factor f:
 *     compute C      along the compute-optimal frontier, L = E + K C^-eta (or the law's own x)
 *     parameters N   at a fixed number of tokens, C = kappa N^q D growing with it
 *     tokens D       at a fixed size
 * `floor` is what the loss falls to when x alone grows for ever: E, or E + B / D^beta at fixed D.
 * Of a power law, with R = L - floor = k x^-p:
 *     gain of a step       R (f^p - 1) as seen from its end; gains are a geometric series, ratio f^-p
 *     removed              1 - f^-p of R at every step; removed so far 1 - (x / first x)^-p
 *     elasticity           -d ln L / d ln x = p (1 - floor / L), which is not p: a line through ln L
 *                          against ln x is flatter than the law, the more so the nearer the floor
 *     nat per unit         p R / x; units of x for a millinat: 0.001 x / (p R)
 *     doublings to halve R 1 / p
 * Slopes are taken numerically in ln x, so that laws which are no power laws have such a table too
 * (then `doublings` is of the largest measured row).
 *
 * Deadweight of a run is C - C_eq: the compute it took less the compute at which the frontier has
 * the same loss by the law. Both under C = kappa N^q D: it is >= 0, and 0 on the frontier.
 *
 * Intervals are those of fit_interval: the same resamples, percentiles.
 */
#ifndef ANALYSIS_QUESTIONS_RETURNS_H
#define ANALYSIS_QUESTIONS_RETURNS_H

#include "analysis/fit/fit.h"
#include "analysis/questions/question.h"

typedef struct {
    const char *returns;           // flops, params, tokens, deadweight, all or none
    uint64_t at_params, at_tokens; // what is held fixed; 0: as in the run with the most tokens
    double price;                  // of a CPU-hour; 0: not told
    double watts;                  // of a busy CPU; 0: not told
} ReturnsOptions;
ReturnsOptions returns_options_default(void);

typedef enum { RETURNS_FLOPS, RETURNS_PARAMS, RETURNS_TOKENS, RETURNS_KINDS } ReturnsOf;

/* CPU time of the points: cpu_s = exp(ln_rate) C^power by least squares in logarithms; power 1 with
 * fewer than three rows or a single C. n 0: no row says. */
typedef struct {
    size_t n;
    double ln_rate, power;
} ReturnsCpuRate;

/* NaN where a quantity has no meaning: gain and removed in the first row, params and tokens of a
 * law that does not say them, seconds without a rate, price without a price. */
typedef struct {
    double x, flops;
    bool measured; // x is inside the range that was run
    Interval params, tokens;
    Interval loss, gain, removed, removed_so_far, elasticity;
    Interval nat_per_unit, unit_per_millinat; // of x
    Interval flop_per_millinat;               // of training at this place, x growing
    Interval cpu_s_per_millinat, price_per_millinat, joule_per_millinat;
    double cpu_s; // of a run at this place
    /* Of a step in N or D: the factor of compute along the frontier that lowers L as much. */
    Interval worth;
    Interval doublings;
} ReturnsRow;

typedef struct {
    ReturnsRow *rows;
    size_t n; // 0: the law has no such table
    ReturnsOf of;
    double factor;               // 2 or 10
    double at;                   // what is held fixed: tokens, params; NaN along the frontier
    Interval doublings_to_halve; // of x, for half of what x can still remove
} Returns;
Returns returns_table(Arena *arena, const Fit *fit, ReturnsOf of, double factor,
                      const ReturnsOptions *options);

/* The runs of one size and length together. */
typedef struct {
    const Point *run; // the first of them
    size_t runs;
    double flops;                   // of one of them, kappa N^q D
    Interval needed, wasted, ratio; // C_eq, C - C_eq, C / C_eq
    Interval best_params;           // the size that C_eq should have been spent on
} ReturnsDeadweight;
typedef struct {
    ReturnsDeadweight *rows;
    size_t n;              // 0: the law has no frontier
    double flops;          // of all runs
    Interval wasted_share; // of it
} ReturnsDeadweights;
ReturnsDeadweights returns_deadweight(Arena *arena, const Fit *fit);

ReturnsCpuRate returns_cpu_rate(const Points *points);

typedef struct {
    Returns tables[RETURNS_KINDS][2]; // by 2 and by 10; n 0 where not asked for
    ReturnsDeadweights deadweight;
    ReturnsCpuRate rate;
    double price, watts;
} ReturnsSet;
/* A price or watts where no row tells its cpu_s is E_FAILED. */
Status returns_of(Arena *arena, const Fit *fit, const ReturnsOptions *options, ReturnsSet *out,
                  Err *err);

void returns_put(Sheet *s, const ReturnsSet *r); // its sections
extern const Question RETURNS_QUESTION; // its flags: a ReturnsOptions; its answer: a ReturnsSet

#endif
