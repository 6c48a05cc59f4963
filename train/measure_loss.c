/* measure_loss.c: the held-out loss: nats of a prediction, on average. */
#include <string.h>

#include "train/measure_windows.h"

static void score_loss(double *score, const int *targets, const Model *m, Lane *lane) {
    model_loss(m, lane, (Targets){.token = targets});
    memcpy(score, lane->loss, (size_t)(m->d.B * m->d.T) * sizeof *score);
}

Measured measure_loss(const MeasureSubject *on) {
    return measure_windows(on, score_loss);
}
