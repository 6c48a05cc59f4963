/* measure.c: the table of measures as functions. */
#include "train/measure.h"

void measures_take(const MeasureSubject *on, Measured out[N_MEASURES]) {
#define MEASURE_TAKE(name, ...) out[MEASURE_##name] = measure_##name(on);
    MEASURE_TABLE(MEASURE_TAKE)
#undef MEASURE_TAKE
}
