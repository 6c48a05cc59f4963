/* err.h: the kinds of trouble, kept apart.
 *
 *   the world (bad file, bad flag, full disk)   Status f(..., Err *err): FAIL() makes one line, TRY() passes it up;
 *                                               err is the last argument, and only main prints it
 *   memory is out                               out_of_memory(bytes) of memory.h: a line, then exit code 1
 *   us (broken invariant)                       MUST(cond), BUG(...): a line with file:line, then abort()
 *   science (diverged, not converged, at bound) a field of the result; never an error, but that a
 *                                               `train` whose run diverged ends as a failure once
 *                                               all of its result is written
 *
 *     Status corpus_open(const char *path, Err *err) {
 *         Bytes b;
 *         TRY(file_read(arena, path, &b, err));
 *         if (b.size < 64) FAIL(err, E_FORMAT, "%s: a token file has at least 64 bytes, this has %zu", path, b.size);
 *         return OK;
 *     }
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    OK = 0,
    E_FAILED, // the work could not be done: exit code 1
    E_IO,     // a file, directory or process could not be used: exit code 1
    E_FORMAT, // a file's contents are not what they should be: exit code 1
    E_USAGE,  // the command line or a config asks for something that cannot be: exit code 2
} Status;

typedef struct {
    Status status;
    char message[1024]; // one line; names file, field or row, and says what would be right
} Err;

Status err_set(Err *err, Status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put "prefix: " before a message that is already set; returns err->status. */
Status err_prefix(Err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

_Noreturn void bug(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define FAIL(err, status, ...) return err_set((err), (status), __VA_ARGS__)
#define TRY(call)                                                                                  \
    do {                                                                                           \
        Status status_of_try_ = (call);                                                            \
        if (status_of_try_ != OK) return status_of_try_;                                           \
    } while (0)
#define BUG(...)   bug(__FILE__, __LINE__, __VA_ARGS__)
#define MUST(cond) ((cond) ? (void)0 : bug(__FILE__, __LINE__, "must hold: %s", #cond))

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
