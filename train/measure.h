/* measure.h: what is measured of a model on the held-out windows when its training has ended. Each
 * measure is a number and its standard error. By its row they are two members of result.json, of
 * the ledger's run event, of `train --json` and of `eval --json`, two columns of points.csv, and
 * two lines of `train --help` (result.h).
 *
 * To add one, its row of MEASURE_TABLE, and a file with its function:
 *
 *     Measured measure_accuracy(const MeasureSubject *on) {        // train/measure_accuracy.c
 *         return measure_windows(on, score_accuracy);              // measure_windows.h
 *     }
 */
#ifndef TRAIN_MEASURE_H
#define TRAIN_MEASURE_H

#include "data/batch.h"
#include "model/model.h"

// clang-format off
#define MEASURE_TABLE(X) /* name  unit  what it is, one line  what else is to be known of it (result.h) */ \
    X(loss, "nat/token", "held-out loss; null when the run diverged", RESULT_POINT)
// clang-format on

/* A value and its standard error. What is not known, as the error of a single window, is NaN. */
typedef struct {
    double value, se;
} Measured;

/* Whom to measure, and on what. */
typedef struct {
    const Model *model;
    Lane *lanes; // (n_lanes), with or without gradients
    int n_lanes, threads;
    const EvalWindows *windows;
    RouterTally *routed; // out, or NULL: what the last pass over the windows routed
} MeasureSubject;

#define MEASURE_FUNCTION(name, ...) Measured measure_##name(const MeasureSubject *on);
MEASURE_TABLE(MEASURE_FUNCTION)
#undef MEASURE_FUNCTION

#define MEASURE_ID(name, ...) MEASURE_##name,
typedef enum { MEASURE_TABLE(MEASURE_ID) N_MEASURES } MeasureId;
#undef MEASURE_ID

/* Take every measure of the table, in its order. */
void measures_take(const MeasureSubject *on, Measured out[N_MEASURES]);

#endif
