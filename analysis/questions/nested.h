/* nested.h: F-tests of laws that are special cases of others.
 *
 *     F = (R0 - R1) / (k1 - k0) / (R1 / (n - k1)),   R0, R1 the least sums of squares of ln L
 *
 * for a law of k0 parameters that is a special case of one of k1 [Seber & Wild 2003, Nonlinear
 * Regression, sec. 5.9]. A law whose further parameters mean nothing where the inner law holds,
 * such as the place of a break, is not tested here, because F then has another distribution. bend.h
 * simulates that one. */
#ifndef ANALYSIS_QUESTIONS_NESTED_H
#define ANALYSIS_QUESTIONS_NESTED_H

#include "analysis/fit/fit.h"
#include "base/sheet.h"

/* An F-test of a law within a wider one, by least squares of ln L. It presumes that ln L is
 * Gaussian and that runs are independent. */
typedef struct {
    const char *inner, *outer;
    int freedom, rest; // degrees of freedom: k1 - k0, and rows minus k1
    double f, p;
} NestedTest;

/* Test every nested pair among fits (n_fits pointers), which all have the same points. Return the
 * number of tests in *out, which is the arena's. */
size_t nested_tests(Arena *arena, const Fit *const *fits, size_t n_fits, const NestedTest **out);
/* Put the section "nested": tests (n) of laws that were fitted to these points. */
void nested_put(Sheet *s, const Points *points, const NestedTest *tests, size_t n);

#endif
