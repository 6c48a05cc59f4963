/* law.h: a law is a formula of (N, D) or C with a few parameters. One file and one row of LAWS each.
 *
 * Parameters are kept in the coordinates in which the objective is well scaled (ln A rather than A); value(),
 * report names and bounds are the law's own business, the minimiser sees only theta[].
 */
#ifndef ANALYSIS_LAW_H
#define ANALYSIS_LAW_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/points.h"

enum { LAW_MAX_PARAMS = 8 };

typedef struct {
    const char *name; // as published: "alpha", "A"
    const char *unit; // "nat", ""
    bool logged;      // theta holds ln of it
    double lo, hi;    // bounds on theta
} LawParam;

typedef struct Law Law;
struct Law {
    const char *name;    // "chinchilla"
    const char *formula; // "L = E + A / N^alpha + B / D^beta"
    const char *source;  // paper and equation
    int n_params;
    LawParam params[LAW_MAX_PARAMS];
    /* ln of the predicted loss at a point, and its gradient in theta (n_params; may be NULL). */
    double (*log_loss)(const double *theta, const Point *p, double *gradient);
    /* Data-scaled start number i of the law (any i >= 0; a pure function of the points and i). */
    void (*start)(const Points *points, int i, double *theta);
};

extern const Law *const LAWS[]; // NULL-terminated
const Law *law_find(const char *name);
double law_loss(const Law *law, const double *theta, const Point *p);          // exp of log_loss
double law_param(const Law *law, const double *theta, int i);                  // as reported: A, not ln A

#endif
