/* machine.c: where and by what a ledger's rows were made. */
#include "sweep/machine.h"

#include <math.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <time.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/proc.h"

#if defined(__clang__)
static const char COMPILER[] = "clang " __clang_version__;
#elif defined(__GNUC__)
static const char COMPILER[] = "gcc " __VERSION__;
#else
static const char COMPILER[] = "unknown";
#endif

double machine_load(void) {
    double load[1];
    return getloadavg(load, 1) == 1 ? load[0] : NAN;
}

void machine_to_json(JsonOut *out) {
    struct utsname u;
    const bool known = uname(&u) == 0;
    json_put_string(out, "cpu", cpu_model());
    json_put_count(out, "processors", (uint64_t)cpu_count());
    json_put_count(out, "memory_bytes", memory_bytes());
    json_put_string(out, "os", known ? u.sysname : NULL);
    json_put_string(out, "kernel", known ? u.release : NULL);
    json_put_string(out, "architecture", known ? u.machine : NULL);
    json_put_string(out, "compiler", COMPILER);
    json_put_number(out, "load", machine_load());
}

void machine_time(char buffer[21]) {
    const time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(buffer, 21, "%Y-%m-%dT%H:%M:%SZ", &utc);
}
