/* version.c: which tinyscale this is; the one object that is rebuilt at every commit. */
#include "base/proc.h"

#ifndef TINYSCALE_COMMIT_ID
#define TINYSCALE_COMMIT_ID "unknown"
#endif

const char TINYSCALE_VERSION[] = "0.1.0";
const char TINYSCALE_COMMIT[] = TINYSCALE_COMMIT_ID;
