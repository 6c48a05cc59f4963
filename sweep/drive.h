/* drive.h: the driver of a sweep: from what is missing to a ledger that is complete.
 *
 * What ended is in the ledger; a result.json without its row (the driver was killed between the
 * two) is adopted; the rest is run: grid longest first, then the heroes, after a law fitted to the
 * grid has sealed what it expects of them. Every step may be cut short by kill -9: the next call
 * begins with what it finds.
 */
#ifndef SWEEP_DRIVE_H
#define SWEEP_DRIVE_H

#include "base/err.h"

typedef struct {
    const char *spec;    // path of a spec or of a sweep directory
    const char *out;     // sweep directory; NULL: as sweep_open() finds it
    int jobs;            // worker processes; 0: one per processor
    double budget_s;     // start nothing that is not predicted to end within this; 0: no limit
    const char *program; // what workers run: NULL is this program; tests give their own
} DriveOptions;

/* Run what is missing of a sweep. E_FAILED when a run failed, when a signal or a full disk stopped
 * the driver, or when no prediction could be sealed; what ended until then is in the ledger. */
Status drive_sweep(const DriveOptions *options, Err *err);

#endif
