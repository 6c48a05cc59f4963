/* launch.c: what is said of a worker's end, whoever started it. */
#include "sweep/launch.h"

#include <string.h>

#include "base/file.h"

static const char *last_line(Arena *arena, const char *path) {
    Bytes b;
    Err ignored;
    if (!file_exists(path) || file_read(arena, path, &b, &ignored) != OK) return "";
    while (b.size > 0 && b.data[b.size - 1] <= ' ') b.data[--b.size] = '\0';
    const char *newline = memrchr(b.data, '\n', b.size);
    return newline ? newline + 1 : b.data;
}

const char *launch_words(Arena *arena, const LaunchEnd *end, const char *stderr_path) {
    static const char PREFIX[] = "tinyscale: ";
    const char *line = last_line(arena, stderr_path);
    if (strncmp(line, PREFIX, sizeof PREFIX - 1) == 0) line += sizeof PREFIX - 1;
    if (end->signal == 0 && !*line) // not even its one line could be written
        return arena_printf(arena, "exit code %d and not a word: is the disk full?",
                            end->exit_code);
    if (end->signal == 0) return line;
    return arena_printf(arena, "%s%s%s", strsignal(end->signal), *line ? "; " : "", line);
}
