/* measure_windows.h: a measure that is the mean of a score of each prediction, over all held-out
 * windows. Only files of measures need it (measure.h). */
#ifndef TRAIN_MEASURE_WINDOWS_H
#define TRAIN_MEASURE_WINDOWS_H

#include "train/measure.h"

/* A function that scores each of the B T predictions of windows that went through
 * model_forward(). */
typedef void MeasureScore(double *score,      // (B T)  out
                          const int *targets, // (B T)
                          const Model *m, Lane *lane);

/* Return the mean score over all predictions of the windows, which go through the model under
 * PASS_JUDGE, and its standard error. Windows are the sampling unit. Lanes share the windows, so
 * that no number depends on the threads. */
Measured measure_windows(const MeasureSubject *on, MeasureScore *score);

#endif
