/* err.c: one line per trouble of the world, a loud stop for ours. The caller owns the Err. */
#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keep a message one printable line: it quotes files and flags, which may hold anything. */
static void store(Err *err, char *line) {
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127) *c = ' ';
    memcpy(err->message, line, strlen(line) + 1);
}

Status err_set(Err *err, Status status, const char *format, ...) {
    char line[sizeof err->message]; // the arguments may point into err->message
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    store(err, line);
    return err->status = status;
}

Status err_prefix(Err *err, const char *format, ...) {
    char line[2 * sizeof err->message];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof err->message, format, args);
    va_end(args);
    const size_t used = n < 0 ? 0 : strlen(line);
    snprintf(line + used, sizeof line - used, ": %s", err->message);
    line[sizeof err->message - 1] = 0;
    store(err, line);
    return err->status;
}

_Noreturn void bug(const char *file, int line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fprintf(stderr, "tinyscale: bug: %s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}
