/* envelope.h: Chinchilla's first approach: of all sizes, which has the lowest loss after C FLOPs?
 * A line through the answers is N* = G (C/6)^a [Hoffmann et al. 2022, sec. 3.1].
 *
 *     Envelope e = envelope_of(arena, &points, NULL, "treads");
 *     if (e.n_used >= 2) ... e.exponent
 *
 * A size's loss along its compute is Akima's curve in (ln C, ln L) through its rows, be they one
 * run's checkpoints, branches of a trunk or runs of their own; rows at the same C (seeds) become
 * their mean. The best size is asked at ENVELOPE_VALUES values of C, evenly in ln C. It is one of
 * those that were run, so the answer is a staircase. Two lines can be drawn through it:
 *
 *   treads  through the middle of each whole tread, one that begins and ends where two curves cross,
 *           each counting by its length in ln C
 *   values  through all values of C, as in the paper. Two things tilt it. Treads are cut off where no
 *           smaller or larger size was run, or not for long enough. And within a tread C varies while
 *           N does not, which takes 1/n^2 off the slope over n equal treads
 */
#ifndef ANALYSIS_LAWS_ENVELOPE_H
#define ANALYSIS_LAWS_ENVELOPE_H

#include "analysis/points/point.h"

enum { ENVELOPE_VALUES = 1500 };
extern const char *const ENVELOPE_HOWS[]; // NULL-terminated; the first is the one to use

typedef struct {
    double params;   // the size that is best on this tread
    double from, to; // FLOPs between which it is best
    bool whole;      // the tread begins and ends where two curves cross
} EnvelopeTread;

typedef struct {
    EnvelopeTread *rows; // treads by rising FLOPs
    const char *how;
    size_t n, n_used;      // treads, and those that the line goes through
    double ln_g, exponent; // N* = e^ln_g (C/6)^exponent ; NaN when n_used < 2
} Envelope;

/* Read the envelope off points. weights: how much each row counts; NULL: its own weight. how: one
 * of ENVELOPE_HOWS. Memory is the arena's. */
Envelope envelope_of(Arena *arena, const Points *points, const double *weights, const char *how);

/* Return a sentence in the arena on what is doubtful about the envelope; NULL: nothing. */
const char *envelope_doubt(Arena *arena, const Points *points, const char *how);

#endif
