/* file.h: files that are whole or not there, gzip unpacked on the way in; directories, mappings,
 * locks. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"

typedef struct {
    char *data; // size bytes and a NUL after them
    size_t size;
} Bytes;

/* Read the whole of a file, unpacked if it begins like gzip, whatever its name; "-" is standard
 * input. Torn or junk gzip is E_FORMAT. The bytes live in the arena; out is empty on failure.
 * A directory, FIFO, socket or device is E_IO before it is opened, for that might never return;
 * what is open already may be read by its name, /dev/stdin or /dev/fd/N. */
Status file_read(Arena *arena, const char *path, Bytes *out, Err *err);

/* Size and CRC-32 of files as they are on disk, packed or not: what tells one text from another.
 * Begins as {0}; every file that is summed is added to it. */
typedef struct {
    uint64_t bytes;
    uint32_t crc32;
} FileSum;
Status file_sum(const char *path, FileSum *sum, Err *err);
Status file_read_sum(Arena *arena, const char *path, Bytes *out, FileSum *sum, Err *err); // both

/* Tell whether a path names what this process has open already: /dev/stdin, /dev/stdout,
 * /dev/fd/N. */
bool file_is_descriptor(const char *path);

/* Check that a file can be written at path: E_IO where a directory, FIFO, socket or block device
 * stands there. The functions below do so themselves; this is for callers that open the file on
 * their own, or have long work to do before they write it. */
Status file_check_output(const char *path, Err *err);

/* Write bytes under a temporary name beside path, fsync, rename, fsync the directory: a reader sees
 * the old file or the new one. On failure the temporary file is removed and the old file is
 * untouched. Character devices and open descriptors (/dev/null, /dev/stdout) are written to as they
 * are. */
Status file_write(const char *path, const void *data, size_t size, Err *err);

/* Append one line (text without newline; the newline is added) in one write(), then fsync. */
Status file_append_line(const char *path, const char *line, Err *err);

/* Map a file read-only, for corpora that many processes share. */
typedef struct {
    const unsigned char *data;
    size_t size;
} FileMapping; // all zero when not mapped, as after a failure
Status file_map(const char *path, FileMapping *out, Err *err);
void file_unmap(FileMapping *m); // an unmapped or zero FileMapping is fine

bool file_exists(const char *path);
bool dir_exists(const char *path);
Status dir_make(const char *path, Err *err); // with its parents; already there is fine

/* List the regular files below a directory, sorted by path, symbolic links not followed; paths live
 * in the arena. None on failure. */
Status dir_files(Arena *arena, const char *path, char ***out, size_t *n, Err *err);

/* Take an advisory lock on a file (made if missing), held until it is closed or the process ends,
 * however it ends. A lock held by somebody else is E_FAILED with `what` in the message: "DIR:
 * another tinyscale is at work here (what)". *out is NULL on failure. */
typedef struct Lock Lock;
Status lock_open(const char *path, const char *what, Lock **out, Err *err);
void lock_close(Lock *lock); // NULL is fine

#endif
