/* law.h: scaling laws. A law is a formula of (N, D), of C or of experts with a few parameters. Each
 * has a file and a row of LAW_ROWS. A law names its variables, and all that it sees of a run are
 * their logarithms: x[0] is ln of the first. The smallest law, L = A / C^alpha, is this file:
 *
 *     #include "analysis/laws/kronecker.h"                       // evenly spread starts
 *     #include "analysis/laws/terms.h"                           // rows and sums that laws share
 *     enum { LN_A, ALPHA };                                      // theta = (ln A, alpha)
 *     static double log_loss(const double *theta, const double *x, double *gradient) {
 *         if (gradient) gradient[LN_A] = 1, gradient[ALPHA] = -x[0];
 *         return theta[LN_A] - theta[ALPHA] * x[0];
 *     }
 *     static void start(const LawData *data, int i, double *theta) {
 *         theta[ALPHA] = 0.02 + 0.5 * kronecker_unit(i, 0);
 *         theta[LN_A] = log(data->mean_loss) + theta[ALPHA] * data->mean[0];
 *     }
 *     const Law LAW_POWER_FLOPS = {
 *         .name = "power", .x = "flops", .formula = "L = A / C^alpha", .source = "...",
 *         .n_params = 2,
 *         .params = {COEFFICIENT_ROW("A", ln_flops, ALPHA), EXPONENT_ROW("alpha")},
 *         .variables = {{ln_flops, 1}}, .log_loss = log_loss, .start = start};
 *
 * theta[] is all that the minimiser sees of a law. It holds the parameters in coordinates in which
 * the objective is well scaled, such as ln A rather than A. Their names, units and bounds stand in
 * the law's rows.
 *
 * Some parameters are coefficients. The coefficient A of a term A / x^alpha is anything from 1 to
 * 1e12 as alpha varies; what the data determine is the term at the middle of the data. The row of a
 * coefficient therefore names ln x and the row of the exponent, and the minimiser moves in
 * ln A - alpha * mean(ln x).
 */
#ifndef ANALYSIS_LAWS_LAW_H
#define ANALYSIS_LAWS_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/laws/frontier.h"
#include "analysis/laws/variables.h"
#include "analysis/points/point.h"

enum { LAW_MAX_PARAMS = 8, LAW_MAX_VARIABLES = 4 };

typedef struct {
    const char *name; // as published: "alpha", "A"
    const char *unit; // "nat", ""
    bool logged;      // theta holds ln of the parameter
    bool linear;      // L is a sum, one term of which is this times a function of the others
    double lo, hi;    // bounds on theta; for a coefficient, on ln of its term at the data's middle
    /* For the coefficient of a term A / x^alpha: ln x, and the row of alpha. Else ln_x is NULL. */
    double (*ln_x)(const Point *p);
    int x_exponent;
    bool scale; // the term is (x_c / x)^alpha, and theta holds ln x_c
    /* For the coefficient of a term A / (x^alpha y^beta): ln y, and the row of beta. Else ln_y is
     * NULL. */
    double (*ln_y)(const Point *p);
    int y_exponent;
    bool either_sign; // a slope, which may well be 0: its interval is not judged by its factor
    /* What is best at a compute, or what returns are, is told where this parameter ends at a bound:
     * the law is then a simpler one of its kind, or what is best does not depend on it. */
    bool beside_best;
    /* For a slope, its variable: where all points have one value of it, the slope stays at 0, or,
     * being logged, at `lo`. Else NULL. */
    double (*slope_of)(const Point *p);
    /* For a parameter that the source of the points tells: ln of it, NaN where these points do not
     * say. Else NULL. */
    double (*known)(const Points *points);
    const char *wants; // what to measure to pin it; NULL: a wider range of its variable
} LawParam;

/* A variable of a law. Rows are different when one of the variables differs; NaN is a missing
 * cell. */
typedef struct {
    double (*ln_x)(const Point *p);
    int least; // different values that the law needs; a coefficient of the variable needs 3
} LawVariable;

/* Points as a law sees them. */
typedef struct {
    size_t n;
    int n_x;
    const double *x;                                     // (n, n_x) ln of the law's variables
    const double *ln_loss;                               // (n) as measured
    double min_loss, mean_loss;                          // in nats; weights do not count
    double mean[LAW_MAX_VARIABLES];                      // mean ln x; weights do not count
    double lo[LAW_MAX_VARIABLES], hi[LAW_MAX_VARIABLES]; // least and greatest ln x
} LawData;

/* The three ways of Hoffmann et al. [2022, sec. 3] to an optimal size; a law goes one of them. */
typedef enum { APPROACH_LOSSES, APPROACH_ENVELOPE, APPROACH_ISOFLOP } LawApproach;

/* Describes a law L = E + A x^-alpha whose exponent changes at a break: the law without the break,
 * and which rows of theta are what. ln_E, ln_A and alpha are those rows in the law without the
 * break, too. */
typedef struct {
    const char *without; // name of the law without the break; NULL: this one has none
    int ln_E, ln_A, alpha;
    int change; // what is added to alpha after the break
    int ln_at;  // ln of x at the break
} LawBreak;

typedef struct Law Law;
struct Law {
    const char *name;    // "chinchilla"
    const char *x;       // variable of a law of one, "flops", "params" or "tokens"; else ""
    const char *formula; // "L = E + A / N^alpha + B / D^beta"
    const char *source;  // paper and equation
    int n_params;
    LawParam params[LAW_MAX_PARAMS];
    LawVariable variables[LAW_MAX_VARIABLES];
    bool experts;       // the law tells a Mixture of Experts from a dense model
    bool additive;      // L is a sum of one term in N and one in D, which do not act on each other
    bool forecasts;     // one of the laws of (N, D) that a forecast weighs by itself (--law auto)
    bool slow;          // it is fitted where it is asked for by name, and not by --law all
    bool stands_in;     // fitted by default where a table cannot carry a law of N and D (design.h)
    const char *within; // a wider law whose special case this is, compared by an F-test; or NULL
    LawBreak at_break;
    /* Return ln of the predicted loss at x, the logarithms of the variables. Fill its gradient in
     * theta (n_params) unless NULL. It is finite wherever theta is within the bounds. */
    double (*log_loss)(const double *theta, const double *x, double *gradient);
    /* Narrow the rows' bounds (n_params) to what these data can show; NULL: nothing to narrow. */
    void (*bounds)(const LawData *data, double *lo, double *hi);
    /* Fill theta with start number i >= 0, scaled to the data; a pure function of the data and
     * i. */
    void (*start)(const LawData *data, int i, double *theta);
    /* Read theta off the rows, for a law that is not fitted to losses (log_loss and start are
     * NULL). weights: how much each row counts; NULL: its own weight. how: one of `hows`. Return
     * NULL when done, or a sentence on what these rows lack. */
    const char *(*read_off)(Arena *scratch, const Points *points, const double *weights,
                            const char *how, double *theta);
    /* Ways to read theta off, NULL-terminated, the default first and last a published one that
     * misleads; NULL where there is no choice. */
    const char *const *hows;
    LawApproach approach;
    /* Return the frontier when training costs C = kappa N^q D FLOPs; NULL where the law has
     * none. */
    Frontier (*frontier)(const double *theta, double kappa, double q);
    /* Return ln of the size of a dense model whose loss the law holds equal to a point's; NULL
     * where the law does not say. */
    double (*ln_effective)(const double *theta, const Point *p);
    /* Return a sentence, in the arena or static, on what of these points the law cannot see, or
     * sees badly by this one of its hows; NULL: nothing. */
    const char *(*doubt)(Arena *arena, const Points *points, const char *how);
};

/* The rows of LAWS. To add a law: write law_NAME.c with `const Law LAW_NAME`, and add its NAME
 * here; a law of one variable has one row per variable, flops first. */
#define LAW_ROWS(ROW)                                                                              \
    ROW(CHINCHILLA)                                                                                \
    ROW(CHINCHILLA_TIED)                                                                           \
    ROW(KAPLAN)                                                                                    \
    ROW(SKALING)                                                                                   \
    ROW(BOUNDED)                                                                                   \
    ROW(THREE_TERM)                                                                                \
    ROW(NQS)                                                                                       \
    ROW(GADRE)                                                                                     \
    ROW(DATA_CONSTRAINED)                                                                          \
    ROW(POWER_FLOPS)                                                                               \
    ROW(POWER_PARAMS)                                                                              \
    ROW(POWER_TOKENS)                                                                              \
    ROW(POWER_OFFSET_FLOPS)                                                                        \
    ROW(POWER_OFFSET_PARAMS)                                                                       \
    ROW(POWER_OFFSET_TOKENS)                                                                       \
    ROW(BNSL_FLOPS)                                                                                \
    ROW(BNSL_PARAMS)                                                                               \
    ROW(BNSL_TOKENS)                                                                               \
    ROW(M4_FLOPS)                                                                                  \
    ROW(M4_PARAMS)                                                                                 \
    ROW(M4_TOKENS)                                                                                 \
    ROW(ISOFLOP)                                                                                   \
    ROW(ENVELOPE)                                                                                  \
    ROW(MOE_CLARK)                                                                                 \
    ROW(MOE_GRANULARITY)

#define LAW_DECLARED(NAME) extern const Law LAW_##NAME;
LAW_ROWS(LAW_DECLARED)

extern const Law *const LAWS[];                         // NULL-terminated
const Law *law_find(const char *name);                  // NULL when unknown
const Law *law_find_x(const char *name, const char *x); // its row of variable x, if it has several
const char *law_nearest(const char *name);              // known name to suggest, or NULL
int law_n_variables(const Law *law);
void law_x(const Law *law, const Point *p, double *x);                    // fills x (n_variables)
double law_log_loss(const Law *law, const double *theta, const Point *p); // NaN: no losses
double law_loss(const Law *law, const double *theta, const Point *p);     // in nats, or NaN
LawData law_data(Arena *arena, const Law *law, const Points *points);
double law_param(const Law *law, const double *theta, int i); // as reported: A, not ln A
int law_param_index(const Law *law, const char *name); // -1 when the law has no such parameter
/* Return the variable of parameter i, a coefficient or the exponent of one; NULL where it has
 * none. */
double (*law_param_x(const Law *law, int i))(const Point *p);

#endif
