/* law.h: a law is a formula of (N, D), C or experts with a few parameters. One file and one row of
 * LAW_ROWS each. It names its variables, and sees a run as the logarithms of them and nothing else:
 * x[0] is ln of the first. The smallest of them, L = A / C^alpha, is this file:
 *
 *     #include "analysis/laws/terms.h"                           // rows and sums that laws share
 *     enum { LN_A, ALPHA };                                      // theta = (ln A, alpha)
 *     static double log_loss(const double *theta, const double *x, double *gradient) {
 *         if (gradient) gradient[LN_A] = 1, gradient[ALPHA] = -x[0];
 *         return theta[LN_A] - theta[ALPHA] * x[0];
 *     }
 *     static void start(const LawData *data, int i, double *theta) {
 *         theta[ALPHA] = 0.02 + 0.5 * law_unit(i, 0);
 *         theta[LN_A] = log(data->mean_loss) + theta[ALPHA] * data->mean[0];
 *     }
 *     const Law LAW_POWER_FLOPS = {
 *         .name = "power", .x = "flops", .formula = "L = A / C^alpha", .source = "...",
 *         .n_params = 2,
 *         .params = {COEFFICIENT_ROW("A", ln_flops, ALPHA), EXPONENT_ROW("alpha")},
 *         .variables = {{ln_flops, 1}}, .log_loss = log_loss, .start = start};
 *
 * Parameters are kept in the coordinates in which the objective is well scaled (ln A rather than
 * A); value(), report names and bounds are the law's own business, the minimiser sees only theta[].
 *
 * A coefficient A of a term A / x^alpha is anything from 1 to 1e12 as alpha varies; what the data
 * fix is the term at the middle of the data. So the row of a coefficient names its ln x and the row
 * of its exponent, and the fit moves in ln A - alpha * mean(ln x).
 */
#ifndef ANALYSIS_LAWS_LAW_H
#define ANALYSIS_LAWS_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/points/point.h"

enum { LAW_MAX_PARAMS = 8, LAW_MAX_VARIABLES = 4 };

typedef struct {
    const char *name; // as published: "alpha", "A"
    const char *unit; // "nat", ""
    bool logged;      // theta holds ln of it
    bool linear;      // L is a sum, and this times a function of the others is a term of it
    double lo, hi;    // bounds on theta; of a coefficient on ln of its term at the data's middle
    /* Of a coefficient: ln of its variable, and the row of the exponent. Else NULL. */
    double (*ln_x)(const Point *p);
    int x_exponent;
    bool scale; // a coefficient x_c of a term (x_c / x)^alpha: theta holds ln x_c
    /* Of a coefficient of a term A / (x^alpha y^beta): ln y, and the row of beta. Else NULL. */
    double (*ln_y)(const Point *p);
    int y_exponent;
    bool either_sign; // a slope: it is not judged by a factor but by whether it can be 0
    /* Of a slope: its variable. Where all points have one value of it, the slope stays at 0. */
    double (*slope_of)(const Point *p);
    const char *wants; // what would pin it; NULL: told from its variable
} LawParam;

/* A variable of a law: rows differ when one of them does, NaN is a missing cell. */
typedef struct {
    double (*ln_x)(const Point *p);
    int least; // different values that the law needs; more where a coefficient has it
} LawVariable;

/* The best that C FLOPs can buy: L = E + K C^-eta at N = e^ln_n0 C^a, D = e^ln_d0 C^b. NaN where a
 * law does not say. */
typedef struct {
    double E, ln_K, eta;
    double ln_n0, a, ln_d0, b;
} Frontier;

/* Points as a law sees them. */
typedef struct {
    size_t n;
    int n_x;
    const double *x;                // (n, n_x) ln of the law's variables
    const double *ln_loss;          // (n)
    double min_loss, mean_loss;     // nats; of these and the next rows count alike
    double mean[LAW_MAX_VARIABLES]; // of ln x
    double lo[LAW_MAX_VARIABLES], hi[LAW_MAX_VARIABLES]; // least and greatest ln x
} LawData;

/* Which of the three ways of Hoffmann et al. [2022, sec. 3] to an optimal size a law is. */
typedef enum { APPROACH_LOSSES, APPROACH_ENVELOPE, APPROACH_ISOFLOP } LawApproach;

/* Of a law L = E + A x^-alpha whose exponent changes at a break: the law that it is without one,
 * and which rows of theta are what. The first three are rows of the law without a break, too. */
typedef struct {
    const char *without; // its name; NULL: the law has no break
    int ln_E, ln_A, alpha;
    int change; // what is added to alpha after the break
    int ln_at;  // ln of x at the break
} LawBreak;

typedef struct Law Law;
struct Law {
    const char *name;    // "chinchilla"
    const char *x;       // of a law of one variable: "flops", "params" or "tokens"; else ""
    const char *formula; // "L = E + A / N^alpha + B / D^beta"
    const char *source;  // paper and equation
    int n_params;
    LawParam params[LAW_MAX_PARAMS];
    LawVariable variables[LAW_MAX_VARIABLES];
    bool experts;       // it tells a Mixture of Experts from a dense model
    bool additive;      // a sum of one term in N and one in D, which do not act on each other
    const char *within; // a wider law whose special case it is, told apart by an F-test; or NULL
    LawBreak at_break;
    /* ln of the predicted loss at x, the logs of the variables, and its gradient in theta
     * (n_params; may be NULL). Finite wherever theta is within the bounds. */
    double (*log_loss)(const double *theta, const double *x, double *gradient);
    /* Narrows the rows' bounds (n_params) to what these data can show; NULL: nothing to narrow. */
    void (*bounds)(const LawData *data, double *lo, double *hi);
    /* Data-scaled start number i of the law (any i >= 0; a pure function of the data and i). */
    void (*start)(const LawData *data, int i, double *theta);
    /* Of a law that is not fitted to losses but read off them (log_loss and start are NULL then):
     * theta from the rows, each counting `weights` times (NULL: its own weight). how: one of
     * `hows`. NULL when done, or a sentence on what these rows lack. */
    const char *(*read_off)(Arena *scratch, const Points *points, const double *weights,
                            const char *how, double *theta);
    /* NULL-terminated, the default first and last a published one that misleads; NULL where there
     * is no choice. */
    const char *const *hows;
    LawApproach approach;
    /* The frontier when training costs C = kappa N^q D FLOPs; NULL where the law has none. */
    Frontier (*frontier)(const double *theta, double kappa, double q);
    /* ln of the dense model's size that the law holds equal to a point's; NULL where it does not
     * say. */
    double (*ln_effective)(const double *theta, const Point *p);
    /* What of these points the law cannot see, or sees badly by this one of its hows: a sentence,
     * in the arena or static; NULL: nothing. */
    const char *(*doubt)(Arena *arena, const Points *points, const char *how);
};

/* The rows of LAWS. To add a law: write law_NAME.c with `const Law LAW_NAME`, and add its NAME
 * here; a law of one variable has one row per variable, flops first. */
#define LAW_ROWS(ROW)                                                                              \
    ROW(CHINCHILLA)                                                                                \
    ROW(CHINCHILLA_TIED)                                                                           \
    ROW(KAPLAN)                                                                                    \
    ROW(SKALING)                                                                                   \
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
const Law *law_find_x(const char *name, const char *x); // the row of that variable, if several
const char *law_nearest(const char *name);              // known name to suggest, or NULL
int law_n_variables(const Law *law);
void law_x(const Law *law, const Point *p, double *x);                    // x (n_variables)
double law_log_loss(const Law *law, const double *theta, const Point *p); // NaN: it predicts none
double law_loss(const Law *law, const double *theta, const Point *p);     // exp of it
LawData law_data(Arena *arena, const Law *law, const Points *points);
double law_param(const Law *law, const double *theta, int i); // as reported: A, not ln A
int law_param_index(const Law *law, const char *name); // -1 when the law has no such parameter
/* The variable of parameter i, a coefficient or the exponent of one; NULL where it has none. */
double (*law_param_x(const Law *law, int i))(const Point *p);

/* For the laws' own files: the variables, and low-discrepancy numbers for starts. */
double ln_params(const Point *p);
double ln_tokens(const Point *p);
double ln_flops(const Point *p);
double ln_active(const Point *p);          // parameters that a token meets
double ln_expansion(const Point *p);       // E / k, 0 when dense
double ln_granularity(const Point *p);     // 0 when dense
double ln_unique(const Point *p);          // unique tokens; tokens where not given
double ln_epochs(const Point *p);          // how often each unique token is seen, at least once
double ln_tokens_per_size(const Point *p); // D / N
double ln_size_per_token(const Point *p);  // N / D
const char *law_x_name(double (*ln_x)(const Point *p)); // "params", "tokens", "experts", ...
double ln_per_flop(const Point *p);                     // ln (6/C), for what is said of C/6
/* Of a law with theta = (ln G, a), N* = G (C/6)^a: D* is what C = kappa N^q D leaves; no losses. */
Frontier frontier_of_size(const double *theta, double kappa, double q);
double law_unit(int i, int dimension); // number i of a Kronecker sequence in (0, 1), evenly spread

#endif
