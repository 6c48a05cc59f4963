/* form_rows.h: rows as a test of form sees them: what they leave of the law, one row a look. */
#ifndef ANALYSIS_FIT_FORM_ROWS_H
#define ANALYSIS_FIT_FORM_ROWS_H

#include "analysis/fit/problem.h"

/* A standard deviation in ln L, pooled within cells. */
typedef struct {
    double sd;   // NaN where nothing is repeated
    int repeats; // runs in cells with several
    int cells;   // such cells
    int freedom; // degrees of freedom of sd^2, taken for chi-square
} FormDeviation;

typedef struct {
    size_t n;
    int k, n_groups, n_cells;
    bool sees_both; // the law has a variable for N and one for D; else ln_n and ln_d are 0
    double *ln_n, *ln_d;
    double *root;     // (n) sqrt(weight)
    double *residual; // (n) ln loss - ln L_law
    double *gradient; // (n, k) of ln L_law in the law's free parameters
    int *group;       // (n) trunk, 0 .. n_groups - 1
    int *nudged; // (n) runs that a row is the mean of and that `perturb` tells apart, 1 or more
    FormDeviation rounding; // of those about that mean
    int *cell; // (n) 0 .. n_cells - 1: rows that differ in nothing but seed and trunk share one
} FormRows;

/* Make the rows of a law at theta; it must have a log_loss. Rows of weight 0 are left out, of a
 * cell at several learning rates all but those of its best rate, and rows that neither seed nor
 * trunk tells apart become their mean. Rows that differ in `perturb` alone are exact repeats, and
 * one look at their seed. Memory is the arena's. */
FormRows form_rows(Arena *arena, const Problem *p, const double *theta);

/* Leave out row i. */
void form_rows_drop(FormRows *rows, size_t i);

#endif
