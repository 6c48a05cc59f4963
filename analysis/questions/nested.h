/* nested.h: F-tests of laws that are special cases of others.
 *
 *     F = (R0 - R1) / (k1 - k0) / (R1 / (n - k1)),   R the sum of squares of ln L by least squares
 *
 * for a law of k0 parameters within one of k1 [Seber & Wild 2003, Nonlinear Regression, sec. 5.9].
 * Laws whose further parameters mean nothing where the inner law holds (the place of a break) are
 * not among them: F has another distribution there, which bend.h draws.
 */
#ifndef ANALYSIS_QUESTIONS_NESTED_H
#define ANALYSIS_QUESTIONS_NESTED_H

#include "analysis/fit/fit.h"
#include "base/sheet.h"

/* An F-test of a law within a wider one, by least squares of ln L: presumes Gaussian ln L, and runs
 * that are independent of each other. */
typedef struct {
    const char *inner, *outer;
    int freedom, rest; // parameters more; rows less parameters of the outer
    double f, p;
} NestedTest;

/* Tests every pair among fits (n_fits pointers), which share their points; returns how many tests
 * there are in *out, which is the arena's. */
size_t nested_tests(Arena *arena, const Fit *const *fits, size_t n_fits, const NestedTest **out);
/* Section "nested" of tests (n) of laws fitted to these points. */
void nested_put(Sheet *s, const Points *points, const NestedTest *tests, size_t n);

#endif
