/* recount_table.h: the same runs counted in every way that their rows tell of: what becomes of the
 * exponents, and of the optimal size, when only the counting changes (analysis/points/recount.h).
 */
#ifndef ANALYSIS_QUESTIONS_RECOUNT_TABLE_H
#define ANALYSIS_QUESTIONS_RECOUNT_TABLE_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "analysis/points/recount.h"
#include "analysis/questions/question.h"

typedef struct {
    const char *n, *c; // names of the conventions
    Interval alpha, beta;
    Interval a; // N* ~ C^a, C by this convention, as far as it is kappa N^q D
    double q;
    double flops_error; // largest relative misfit of that
    double rms_log_residual;
    FitStatus status; // of the fit
} RecountRow;

typedef struct {
    const Law *law;
    RecountRow *rows;
    size_t n;
    const char *says; // a sentence
} RecountTable;

/* The law asked for, where it has a frontier, else chinchilla, fitted once for every count of N. A
 * convention that some row does not tell, or that counts like one before it, has no row. */
Status recount_table(Arena *arena, const Points *points, const RecountShape *shape,
                     const FitOptions *options, RecountTable *out, Err *err);
extern const Question RECOUNT_QUESTION; // its answer, with --recount: a RecountTable

#endif
