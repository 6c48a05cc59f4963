/* status.h: where a sweep stands, told from its directory alone, whether a driver is at work or
 * not. */
#ifndef SWEEP_STATUS_H
#define SWEEP_STATUS_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* Print where the sweep stands. E_USAGE where dir is no sweep directory. */
Status status_print(const char *dir, bool json, FILE *out, Err *err);

#endif
