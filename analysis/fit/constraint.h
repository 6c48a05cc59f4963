/* constraint.h: --fix and --bound: parameters that the user knows, and ranges for those that are
 * only half known.
 *
 *     "alpha=0.35,lnA=6.25"        a value; of a parameter that theta holds as a logarithm, also its ln
 *     "alpha=0.1:1,E=1.2:"         lowest and highest; either may be left out
 */
#ifndef ANALYSIS_FIT_CONSTRAINT_H
#define ANALYSIS_FIT_CONSTRAINT_H

#include "base/err.h"
#include "analysis/fit/problem.h"

/* Apply the texts of --fix and --bound, which may be NULL, to fixed, asked, lo and hi of the
 * problem. An unknown name, or a range that is none, is E_USAGE. */
Status constraint_apply(Arena *arena, const char *fix, const char *bound, Problem *p, Err *err);

/* Return the parameter of that name, or -1. *as_ln: its ln was meant ("lnA" of "A"). */
int constraint_param(const Law *law, const char *name, bool *as_ln);
/* Read a number and turn it into what theta holds; flag names the place in errors. */
Status constraint_theta(const Law *law, int i, bool as_ln, const char *flag, const char *text,
                        double *out, Err *err);

#endif
