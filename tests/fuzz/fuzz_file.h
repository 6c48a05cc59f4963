/* fuzz_file.h: for targets whose parser reads files: this process's own directory, gone with it. */
#ifndef TESTS_FUZZ_FUZZ_FILE_H
#define TESTS_FUZZ_FUZZ_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"

/* How libFuzzer calls a target; it never fails, it crashes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char fuzz_dir_path[64]; // the target is this process: it has one directory

static inline void fuzz_dir_remove(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -rf %s", fuzz_dir_path);
    if (system(command) != 0) perror(fuzz_dir_path);
}

static inline const char *fuzz_dir(void) {
    if (fuzz_dir_path[0]) return fuzz_dir_path;
    const char *shared_memory = "/dev/shm";
    snprintf(fuzz_dir_path, sizeof fuzz_dir_path, "%s/tinyscale-fuzz-XXXXXX",
             access(shared_memory, W_OK) == 0 ? shared_memory : P_tmpdir);
    if (!mkdtemp(fuzz_dir_path)) BUG("no directory %s", fuzz_dir_path);
    atexit(fuzz_dir_remove);
    return fuzz_dir_path;
}

/* A file of these bytes; its path is put into path[96], and returned. */
static inline const char *fuzz_file(char *path, const char *name, const void *data, size_t size) {
    snprintf(path, 96, "%s/%s", fuzz_dir(), name);
    FILE *f = fopen(path, "wb");
    if (!f) BUG("cannot write %s", path);
    const size_t written = fwrite(data, 1, size, f);
    if (fclose(f) != 0 || written != size) BUG("cannot write %s", path);
    return path;
}

#endif
