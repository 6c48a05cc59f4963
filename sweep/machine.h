/* machine.h: the facts of this machine and build that go with every measurement. */
#ifndef SWEEP_MACHINE_H
#define SWEEP_MACHINE_H

#include "base/json.h"

double machine_load(void);          // one-minute load average; NaN when unknown
void machine_to_json(JsonOut *out); // as members of the open object
void machine_time(char buffer[21]); // now, "2026-01-31T12:00:00Z"

#endif
