/* candidate.h: one law among those that a forecast weighs: fitted to all rows, refitted without
 * each edge of the table in turn, and as it was fitted to less compute.
 *
 * An edge is what lies farthest out: the largest sizes, the longest runs, both, or the largest
 * compute. A law is refitted without it and predicts it. That is as near to a forecast as rows that
 * exist can come, and it is asked of every law alike.
 *
 * Drift. A law of a wrong form may fit every row within noise, and yet what it foretells of a run
 * moves one way with every factor of compute that is added to the rows, and will go on to do so
 * until they have reached the run. So the law is refitted to the rows of at most a fourth, and of
 * at most a sixteenth, of the largest compute. With s_i the step of its ln L at the run from one of
 * these fits to the next, x_i that in ln C, and v_i the variance of s_i by noise, the rate
 *     r = sum(s_i x_i / v_i) / sum(x_i^2 / v_i)    has variance    v = 1 / sum(x_i^2 / v_i).
 * Most rates are noise. r is shrunk by
 *     w = (1 - v / r^2) t^2 / (t^2 + v),
 * to 0 where that is negative. The first factor is the positive part of James and Stein's rule, for
 * one mean. The second is that of Bayes, where t = 2 % of the loss a factor of four of compute is
 * about what wrong laws drift by: rows that tell the rate worse than that tell nothing. What is
 * left has variance w v. From the largest compute on the rate fades by e in 6 ln 2, a factor of 64,
 * so that at a distance c in ln C
 *     drift = w r F (1 - e^(-c / F)),    F = 6 ln 2.
 * That it stays what it was is a guess: it has a further deviation of half of w r c.
 */
#ifndef ANALYSIS_FORECAST_CANDIDATE_H
#define ANALYSIS_FORECAST_CANDIDATE_H

#include "analysis/fit/estimate.h"
#include "analysis/fit/noise.h"

/* Which rows are left out, and how far out they lie. */
typedef struct {
    const bool *out; // (points) rows that are left out
    size_t n_out;
    const char *rule; // "params >= 3e+05"
} Edge;

enum { MAX_EDGES = 4, EDGE_VARIABLES = 3 };
typedef struct {
    Edge rows[MAX_EDGES];
    int n;
    /* Of params, tokens and flops: ln of the largest value of the rows, and the step to it from the
     * largest one that the edge leaves, but at least a quarter of the range that is left. NaN where
     * there is no edge. */
    double most[EDGE_VARIABLES], step[EDGE_VARIABLES];
} Edges;

/* Return the edges of the points. An edge without which fewer than half of the rows would be left
 * is not one, nor is one of a variable with fewer than three values. Memory is the arena's. */
Edges edges_of(Arena *arena, const Points *points);

/* Return how far beyond the rows a point lies, in steps; 0 within them. It is the root mean square
 * of its distances in params and in tokens, or its distance in flops where that is more. */
double edges_beyond(const Edges *edges, const Point *p);

/* A law as it was fitted to less compute. */
enum { MAX_EARLIER = 2 };
typedef struct {
    double ln_most; // ln of the largest compute of its rows
    double theta[LAW_MAX_PARAMS], covariance[LAW_MAX_PARAMS][LAW_MAX_PARAMS];
} Earlier;

typedef struct {
    const Law *law;
    const Problem *problem; // all rows
    Estimate at;            // of all rows
    Noise noise;            // about the estimate, in ln L
    double aicc;            // of Gaussian residuals in ln L
    int n_edges;            // edges without which the law could be refitted
    double edge;            // rms error in ln L on what was left out, over those edges
    double edge_noise; // what that would be if the law were true: noise and uncertain coefficients
    /* Covariance of the free coefficients in the minimiser's coordinates (problem.h). */
    double covariance[LAW_MAX_PARAMS][LAW_MAX_PARAMS];
    double ln_most;               // ln of the largest compute of all rows
    Earlier earlier[MAX_EARLIER]; // (n_earlier) the latest first
    int n_earlier;
} Candidate;

/* Fit the law of a problem, from a theta near its estimate on, and try it at every edge; each fit
 * also begins at so many of the law's own starts. Huber's delta becomes twice the noise, since
 * intervals by the delta method are those of least squares; it is never less than the problem's.
 * Return false where the law could not be fitted, or leaves no residuals that tell its noise.
 * Memory is the arena's. */
bool candidate_fit(Arena *arena, const Problem *p, const Edges *edges, const double *theta,
                   int starts, Candidate *out);

/* Return the standard deviation of ln L at a point by the uncertainty of the coefficients alone, to
 * first order (the delta method). */
double candidate_deviation(const Candidate *c, const Point *p);
/* Return that of parameter i as theta holds it; 0 where it is fixed. */
double candidate_param_deviation(const Candidate *c, int i);
/* Return that of the difference of ln L between two points. */
double candidate_step_deviation(const Candidate *c, const Point *from, const Point *to);

/* By how much ln L at a point is expected to move while rows are added up to its compute, and how
 * uncertain that is: by noise, and since its rate may change. Both 0 at no more than the largest
 * compute, and where the rows of less compute do not carry the law. */
typedef struct {
    double mean, deviation;
} Drift;
Drift candidate_drift(const Candidate *c, const Point *p);

/* Of any problem: fill the covariance of its coefficients at theta, by least squares with
 * the weights of the problem and this noise; then return the deviation of ln L at x, the
 * logarithms of the law's variables. */
typedef double CandidateCovariance[LAW_MAX_PARAMS][LAW_MAX_PARAMS];
void candidate_covariance(Arena *scratch, const Problem *p, const double *theta, const Noise *noise,
                          CandidateCovariance out);
double candidate_deviation_at(const Problem *p, const double *theta, CandidateCovariance covariance,
                              const double *x);

#endif
