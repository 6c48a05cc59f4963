/* form_columns.h: what a test of form regresses: the law's gradients, what the points leave of the
 * law, and quadratics in x = ln N and y = ln D; and which rows no smooth form could explain. */
#ifndef ANALYSIS_FIT_FORM_COLUMNS_H
#define ANALYSIS_FIT_FORM_COLUMNS_H

#include "analysis/fit/form_rows.h"

typedef enum { FORM_N_D, FORM_N, FORM_D, FORM_C, FORM_RATIO, FORM_PATTERNS } FormPatternKind;
/* "N x D", "N", "D", "C", "D/N": x y, x^2, y^2, (x + y)^2, (y - x)^2. */
const char *form_pattern_name(FormPatternKind kind);

/* Columns of n numbers, in rows scaled by sqrt(weight). */
typedef struct {
    const FormRows *rows;
    int k;                    // columns of the law
    double *law;              // (k, n) an orthonormal basis of its gradients
    double *r;                // (n) residuals, the law taken out
    double *quad;             // (FORM_PATTERNS, n) of length 1, the law taken out
    bool told[FORM_PATTERNS]; // false: the law takes up all of the quadratic
} FormColumns;

FormColumns form_columns(Arena *arena, const FormRows *rows);

/* Leave out rows whose residual beside the law and all quadratics is beyond chance (externally
 * studentised, times n for the choice of the worst [Cook and Weisberg 1982, sec. 2.2.2]), one after
 * another, a tenth of the rows and 32 at most. Return how many. One bad run at a corner of the grid
 * looks like a pattern to least squares. */
size_t form_without_outliers(FormRows *rows);

/* Take k orthonormal columns q (k, n) out of v (n), twice because of rounding. */
void form_take_out(const double *q, int k, double *v, size_t n);
/* Scale v to length 1. Return its squared length before. */
double form_normalise(double *v, size_t n);

#endif
