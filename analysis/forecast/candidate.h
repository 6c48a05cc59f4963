/* candidate.h: one law among those that a forecast weighs: fitted to all rows, and refitted without
 * each edge of the table in turn.
 *
 * An edge is what lies farthest out: the largest sizes, the longest runs, both, or the largest
 * compute. A law is refitted without it and predicts it. That is as near to a forecast as rows that
 * exist can come, and it is asked of every law alike.
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

/* Of any problem: fill the covariance of its coefficients at theta, by least squares with
 * the weights of the problem and this noise; then return the deviation of ln L at x, the
 * logarithms of the law's variables. */
typedef double CandidateCovariance[LAW_MAX_PARAMS][LAW_MAX_PARAMS];
void candidate_covariance(Arena *scratch, const Problem *p, const double *theta, const Noise *noise,
                          CandidateCovariance out);
double candidate_deviation_at(const Problem *p, const double *theta, CandidateCovariance covariance,
                              const double *x);

#endif
