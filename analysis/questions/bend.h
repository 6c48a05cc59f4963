/* bend.h: does the exponent change within the range? A power law with an offset against the same
 * with a break (bnsl), by the likelihood ratio of Gaussian ln L,
 *     T = n ln (R0 / R1),   R the sum of squares of ln L of either law
 *
 * Without a bend the break could be anywhere and means nothing, so that neither F nor chi-square is
 * T's distribution [Davies 1987, Biometrika 74:33]. It is drawn instead: BEND_NULLS times losses on
 * the fitted power law, at the same x and with the noise found, are fitted by both laws in the same
 * way [parametric bootstrap; McLachlan 1987, Applied Statistics 36:318]. A "no" is worth what the
 * test can see, so its power is drawn as well, for exponents that drop to a half and to two thirds
 * in the middle of the range.
 */
#ifndef ANALYSIS_QUESTIONS_BEND_H
#define ANALYSIS_QUESTIONS_BEND_H

#include "analysis/fit/fit.h"
#include "analysis/questions/question.h"

enum { BEND_NULLS = 199, BEND_POWERS = 100, BEND_LEAST = 8, BEND_MOST = 256 };
#define BEND_LEVEL 0.05

typedef struct {
    double from, to; // exponents before and after the middle
    double power;    // share of draws in which a bend is found
} BendPower;

typedef struct {
    const Law *bent;   // bnsl; bent->at_break.without is the law without a break
    const char *x;     // "flops", "params" or "tokens"
    const char *taken; // which rows: "the compute frontier: ..."
    const char *why;   // it could not be tested; else NULL
    size_t n;
    double decades;      // of x
    double noise;        // in ln L
    double statistic, p; // T, and how often chance gives as much
    double at;           // x of the break; NaN, as the exponents, where none was found
    double before, after;
    BendPower power[2];
    const char *verdict;
} Bend;

/* x: "flops" takes all rows when size and length grow with compute, else the compute frontier: rows
 * with a lower loss than all of no more compute. "params" takes the rows of the length that most
 * sizes have, "tokens" those of the size that has most lengths; the larger among equals. */
const Bend *bend_of(Arena *arena, const Points *points, const char *x, uint64_t seed);

extern const Question BEND_QUESTION; // its answer: a Bend, with --bend and of --law all

#endif
