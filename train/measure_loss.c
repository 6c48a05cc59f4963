/* measure_loss.c: the held-out loss: nats of a prediction, on average. */
#include "base/stat.h"
#include "train/measure.h"

double measure_loss(const MeasureWindow *w) {
    return stat_mean(w->loss, (size_t)w->T);
}
