/* coordinates.h: whether the first steps of training are alike at every width, as the
 * parametrization promises (the coordinate check of Yang et al. 2022, arXiv:2203.03466, app. D.1).
 *
 * For each width a model is made and trained for a few steps at a constant rate, without warm-up.
 * After each step the same sequences go through it. What is told of each activation of each layer
 * is the mean of |x| over its elements, and the mean of |x - x at the start|. Under muP the change
 * is of one size at all widths; where one rate serves all matrices it grows with width, and a rate
 * that is right for a small model is too large for a wide one. */
#ifndef TRAIN_COORDINATES_H
#define TRAIN_COORDINATES_H

#include "base/sheet.h"
#include "data/corpus.h"
#include "train/config.h"

enum { COORDINATES_WIDTHS = 12, COORDINATES_STEPS = 20 };

typedef struct {
    RunConfig config; // but for d_model and tokens
    int widths[COORDINATES_WIDTHS];
    int n_widths; // at least 2
    int steps, seeds;
} CoordinatesAsked;

/* One activation of one layer. size and change: at [step][width], step 0 before training. */
typedef struct {
    const char *name;
    int layer;
    double size[COORDINATES_STEPS + 1][COORDINATES_WIDTHS];
    double change[COORDINATES_STEPS + 1][COORDINATES_WIDTHS];
    double size_slope, change_slope; // of the logarithm in ln width, after the last step
} CoordinatesRow;

typedef struct {
    CoordinatesAsked asked;
    CoordinatesRow *rows;
    int n;
    const CoordinatesRow *steepest; // by |change_slope|
    bool flat;                      // no |change_slope| is above COORDINATES_FLAT
} Coordinates;

/* A change that grows or shrinks by less than this power of the width counts as flat: twice as
 * wide, a quarter more. One rate for all matrices gives powers of 0.6 to 2.3 where muP gives -0.2
 * to 0. */
static const double COORDINATES_FLAT = 0.35;

/* Measure; memory is the arena's. A dense model only; E_FAILED where training diverges. */
Status coordinates_of(Arena *arena, const CoordinatesAsked *asked, const Corpus *corpus,
                      Coordinates *out, Err *err);
void coordinates_put(Sheet *sheet, const Coordinates *c);

#endif
