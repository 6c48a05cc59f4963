/* estimate.h: a law, an estimator and points make an objective; starts and the minimiser make
 * theta.
 *
 *     Problem problem = problem_of(law, estimator, delta, points);
 *     Estimate e = estimate_best(arena, &problem, 32);
 *
 * An estimator is a penalty on residuals: one row of ESTIMATORS.
 */
#ifndef FIT_ESTIMATE_H
#define FIT_ESTIMATE_H

#include "law/law.h"
#include "fit/minimise.h"

typedef struct {
    const char *name, *about;
    double (*penalty)(double residual, double delta, double *slope);
    bool raw; // residuals are of L; else of ln L
} Estimator;
extern const Estimator ESTIMATORS[];               // ended by a row without a name
const Estimator *estimator_find(const char *name); // NULL when unknown
const char *estimator_nearest(const char *name);   // known name to suggest, or NULL

typedef struct {
    const Law *law;
    const Estimator *estimator;
    double delta;
    const Points *points;
    const double *weights;           // (n) of each row; NULL: Point.weight
    double centre[LAW_MAX_PARAMS];   // mean ln x of each coefficient, else 0
    double centre_y[LAW_MAX_PARAMS]; // likewise ln y
    bool fixed[LAW_MAX_PARAMS];      // slopes of what does not vary, which stay at 0
    int n_free;                      // parameters that are not
} Problem;
Problem problem_of(const Law *law, const Estimator *estimator, double delta, const Points *points);

double problem_weight(const Problem *p, size_t row);
double problem_total_weight(const Problem *p);
/* Sum of weight * penalty, and its gradient in theta (NULL is fine). */
double problem_objective(const Problem *p, const double *theta, double *gradient);
/* theta[i] with the coefficients centred: ln of the term at the middle of the data. */
double problem_centred(const Problem *p, const double *theta, int i);

/* Whether the rows with weight can carry the law: NULL, or what is missing, in the arena
 * ("chinchilla needs ..."). slack: rows needed beyond the number of parameters. */
const char *problem_missing(Arena *arena, const Problem *p, int slack);

typedef struct {
    double theta[LAW_MAX_PARAMS];
    double objective;     // as stated: sum of weight * penalty
    double gradient_norm; // of objective / delta in centred variables, per unit of weight
    FitStop stop;
    bool at_bound[LAW_MAX_PARAMS];
    int n_starts, n_best;
} Estimate;
bool estimate_converged(const Estimate *e); // by its gradient

/* From one start; the best of the law's own starts. */
Estimate estimate_from(const Problem *p, const double *theta);
Estimate estimate_best(Arena *arena, const Problem *p, int n_starts);

#endif
