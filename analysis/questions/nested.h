/* nested.h: F-tests of laws that are special cases of others.
 *
 *     F = (R0 - R1) / (k1 - k0) / (R1 / (n - k1)),   R the sum of squares of ln L by least squares
 *
 * for a law of k0 parameters within one of k1 [Seber & Wild 2003, Nonlinear Regression, sec. 5.9].
 * Laws whose further parameters mean nothing where the inner law holds (the place of a break) are
 * not among them: F has another distribution there, which bend.h draws.
 */
#ifndef STUDY_NESTED_H
#define STUDY_NESTED_H

#include "analysis/questions/compare.h"

/* Tests every pair among fits (n), into c->nested. */
void nested_tests(Arena *arena, const Fit *fits, size_t n, Comparison *c);
void nested_put(Sheet *s, const Fit *fit);

#endif
