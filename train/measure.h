/* measure.h: what is measured of a model on the held-out windows when its training has ended. Each
 * measure is a number and its standard error. By its row they are two members of result.json, of
 * the ledger's run event, of `train --json` and of `eval --json`, two columns of points.csv, and
 * two lines of `train --help` (result.h).
 *
 * To add one, its row of MEASURE_TABLE, and a file with its function of one window. The windows go
 * through the model once, however many measures there are:
 *
 *     double measure_late_loss(const MeasureWindow *w) {           // train/measure_late_loss.c
 *         return w->loss[w->T - 1];
 *     }
 */
#ifndef TRAIN_MEASURE_H
#define TRAIN_MEASURE_H

#include "data/batch.h"
#include "model/model.h"

// clang-format off
#define MEASURE_TABLE(X) /* name  unit  what it is, one line  what else is to be known of it (result.h) */ \
    X(loss, "nat/token", "held-out loss; null when the run diverged", RESULT_POINT) \
    X(in_context, "nat/token", "in-context score: loss at late less at early positions, below 0 where context helps; null where ctx is below 8", 0)
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
    RouterTally *routed; // out, or NULL: what the pass over the windows routed
} MeasureSubject;

/* A held-out window that went through the model. */
typedef struct {
    int T;
    const double *loss; // (T) nats, of every prediction
} MeasureWindow;

/* Return what a measure says of one window; NaN where the window cannot tell. */
#define MEASURE_FUNCTION(name, ...) double measure_##name(const MeasureWindow *w);
MEASURE_TABLE(MEASURE_FUNCTION)
#undef MEASURE_FUNCTION

#define MEASURE_ID(name, ...) MEASURE_##name,
typedef enum { MEASURE_TABLE(MEASURE_ID) N_MEASURES } MeasureId;
#undef MEASURE_ID

/* Take every measure of the table, in its order: the mean over all held-out windows, which go
 * through the model under PASS_JUDGE, and its standard error. Windows are the sampling unit, and
 * runs of equal ctx and corpus have the same ones. Lanes share the windows out, so that no number
 * depends on the threads. */
void measures_take(const MeasureSubject *on, Measured out[N_MEASURES]);

#endif
