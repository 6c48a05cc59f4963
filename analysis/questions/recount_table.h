/* recount_table.h: one set of runs, with N and C counted in every way that their rows allow: how
 * the exponents and the optimal size change when only the counting does
 * (analysis/points/recount.h). */
#ifndef ANALYSIS_QUESTIONS_RECOUNT_TABLE_H
#define ANALYSIS_QUESTIONS_RECOUNT_TABLE_H

#include "analysis/fit/fit.h"
#include "analysis/fit/options.h"
#include "analysis/points/recount.h"
#include "analysis/questions/question.h"

typedef struct {
    const char *n, *c; // names of the conventions by which N and C are counted
    Interval alpha, beta;
    Interval a; // exponent of N* ~ C^a under this convention, with C taken as kappa N^q D
    double q;
    double flops_error; // largest relative difference between C and kappa N^q D
    double rms_log_residual;
    FitStatus status; // status of the fit to this count of N
} RecountRow;

typedef struct {
    const Law *law;
    RecountRow *rows;
    size_t n;
    const char *says; // a sentence: how far the exponent a moves
} RecountTable;

/* Fit a law once for every count of N: the law asked for if it has a frontier, else chinchilla. A
 * convention gets no row if some point lacks what it needs, or if it counts like an earlier one. */
Status recount_table(Arena *arena, const Points *points, const RecountShape *shape,
                     const FitOptions *options, RecountTable *out, Err *err);
extern const Question RECOUNT_QUESTION; // its answer, with --recount, is a RecountTable

#endif
