/* bend.h: does the exponent change within the range of the data? A power law with an offset is
 * compared with a power law that has one break (bnsl), by the likelihood ratio for Gaussian ln L,
 *     T = n ln (R0 / R1),   R0 and R1 the sums of squared residuals of ln L
 *
 * R0 is without the break, R1 with it. Without a bend the place of the break means nothing, and T
 * then follows neither F nor chi-square [Davies 1987, Biometrika 74:33]. Its distribution is
 * therefore simulated: BEND_NULLS times, losses are drawn from the fitted power law at the measured
 * x with the estimated noise, and both laws are fitted to them as to the data [parametric
 * bootstrap; McLachlan 1987, Applied Statistics 36:318]. A "no" is worth only what the test could
 * have found. Its power is therefore simulated too, for exponents that drop to one half and to two
 * thirds in the middle of the range. */
#ifndef ANALYSIS_QUESTIONS_BEND_H
#define ANALYSIS_QUESTIONS_BEND_H

#include "analysis/fit/fit.h"
#include "analysis/questions/question.h"

enum { BEND_NULLS = 199, BEND_POWERS = 100, BEND_LEAST = 8, BEND_MOST = 256 };
#define BEND_LEVEL 0.05

typedef struct {
    double from, to; // exponents before and after the middle
    double power;    // share of simulated data sets in which a bend is found
} BendPower;

typedef struct {
    const Law *bent;   // bnsl; `bent->at_break.without` names the law without a break
    const char *x;     // "flops", "params" or "tokens"
    const char *taken; // a phrase: which rows were taken, "the compute frontier: ..."
    const char *why;   // why there was no test; NULL when there was one
    size_t n;
    double decades;      // decades of x that the rows span
    double noise;        // standard deviation of a run's ln L about the power law
    double statistic, p; // T, and the share of draws without a bend in which T is as large
    double at; // x of the break, and the exponents before and after it; NaN where no bend was found
    double before, after;
    BendPower power[2];
    const char *verdict;
} Bend;

/* Test for a bend along x. With "flops" all rows are taken when size and length grow with compute,
 * else the compute frontier: the rows whose loss is lower than that of every row of no more
 * compute. With "params" the rows of one length are taken, the length with most sizes; with
 * "tokens" the rows of one size, the size with most lengths. A tie goes to the larger one. */
const Bend *bend_of(Arena *arena, const Points *points, const char *x, uint64_t seed);

extern const Question BEND_QUESTION; // its answer, with --bend or --law all, is a Bend

#endif
