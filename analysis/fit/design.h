/* design.h: what the sizes and lengths of a table can tell, whatever its losses are.
 *
 *     const Design d = design_of(arena, &points);
 *     if (d.kind == DESIGN_LINE) ...                       // as at 20 tokens a parameter
 *     const DesignLaw law = design_instead(arena, &points, &options);
 *     if (law.why) ...                                     // fit law.law, and say why
 *
 * Where ln N and ln D are correlated, a term in N can be exchanged for one in D, and the losses
 * along the line stay what they are: no estimator, and no number of runs along it, tells the two
 * apart. The variance of an exponent grows as 1 / (1 - r^2) with their correlation r [Belsley,
 * Kuh and Welsch 1980, Regression Diagnostics, ch. 3]; beyond DESIGN_CORRELATION, where it is 25
 * times that of a grid, a table is taken for a line. Where N falls as D grows, as at one budget,
 * the terms act against each other and can be told apart: that is no line in this sense.
 */
#ifndef ANALYSIS_FIT_DESIGN_H
#define ANALYSIS_FIT_DESIGN_H

#include "analysis/fit/options.h"
#include "analysis/fit/problem.h"

extern const double DESIGN_CORRELATION; // of ln N and ln D

typedef enum {
    DESIGN_GRID,       // sizes and lengths differ, each in its own way
    DESIGN_LINE,       // longer runs are larger ones
    DESIGN_ONE_LENGTH, // all runs have one D, and different N
    DESIGN_ONE_SIZE    // all runs have one N, and different D
} DesignKind;

typedef struct {
    DesignKind kind;
    double correlation; // of ln N and ln D; NaN where one of them does not vary
    /* The line ln D = ln_at + slope ln N; with one length slope is 0, with one size ln_at is ln N
     * and slope NaN. NaN where there is none. */
    double slope, ln_at;
    double scatter;    // root mean square of ln D about the line
    const char *words; // "tokens = 20 params", "tokens = 2e+06"; "" for a grid
} Design;

/* Return the design of the rows that have weight. Memory is the arena's. */
Design design_of(Arena *arena, const Points *points);

/* Return whether a run lies off the line of these runs, or has another length or size where theirs
 * is one; false where they are a grid. */
bool design_off_line(const Design *d, double params, double tokens);

/* Return whether a law has terms in N and in D that this design cannot tell apart. A law that is
 * read off the points, and does not say what of a loss is whose, has none. */
bool design_hides(const Design *d, const Law *law);
/* Return whether it hides what this problem leaves free: a user who fixes every exponent knows
 * what the design does not tell. */
bool design_hides_free(const Design *d, const Problem *p);
/* Return "sizes and lengths lie on one line (...), so that no fit can tell ...", without a full
 * stop, for a line. */
const char *design_says(Arena *arena, const Design *d);

/* The law of one variable that stands in for a law of N and D. */
typedef struct {
    const char *law, *x; // values of --law and --x
    const char *why;     // a sentence; NULL: the design can carry a law of N and D, and law is NULL
} DesignLaw;

/* Return what to fit by default, where the user has named no law and options->law is a law of N and
 * D, or asks for a forecast by several of them: on a line a law of compute (or of --x), with one
 * length a law of size, with one size a law of length. It is power-offset, which contains power, so
 * that its intervals allow for a floor and for none; a mixture of the two would weigh them by a few
 * rows that cannot tell. Where rows are too few for it, it is power. Users who fix or bound
 * coefficients have a law in mind, and nothing stands in for it. */
DesignLaw design_instead(Arena *arena, const Points *points, const FitOptions *options);

#endif
