/* claim.c: a mark in the file, or a list beside it, tells what tinyscale wrote. */
#include "base/claim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

enum { MOST_WITHIN = 4096, MOST_MARK = 256 };

/* ---- a mark in the file --------------------------------------------------------------------- */

static Status read_beginning(const char *path, char *out, size_t size, size_t *n, Err *err) {
    FILE *f = fopen(path, "re");
    if (!f) FAIL(err, E_IO, "cannot open '%s': %s", path, strerror(errno));
    *n = fread(out, 1, size, f);
    fclose(f);
    return OK;
}

Status claim_file(const char *path, const FileMark *mark, Err *err) {
    char beginning[MOST_WITHIN + MOST_MARK];
    const size_t length = strlen(mark->text), reach = mark->within + length;
    size_t n = 0;
    MUST(mark->within <= MOST_WITHIN && length <= MOST_MARK);
    TRY(file_check_output(path, err));
    if (file_is_descriptor(path) || !file_exists(path)) return OK;
    TRY(read_beginning(path, beginning, reach, &n, err));
    if (n == 0 || memmem(beginning, n, mark->text, length)) return OK;
    FAIL(err, E_USAGE,
         "%s: exists and is not %s that tinyscale wrote, so it is not replaced; give %s, or delete "
         "it if nobody needs it",
         path, mark->what, mark->other);
}

/* ---- a list beside the files ---------------------------------------------------------------- */

static bool is_listed(const Bytes *list, const char *name) {
    const size_t n = strlen(name);
    const char *end = list->data + list->size;
    for (const char *line = list->data; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        if (!stop) stop = end;
        if ((size_t)(stop - line) == n && memcmp(line, name, n) == 0) return true;
        line = stop + 1;
    }
    return false;
}

static Status claim_in(Arena *arena, const char *dir, const char *const *names, size_t n,
                       Err *err) {
    const char *list_path = arena_printf(arena, "%s/" CLAIM_LIST, dir);
    Bytes list = {.data = "", .size = 0};
    Text longer = {0};
    if (file_exists(list_path)) TRY(file_read(arena, list_path, &list, err));
    for (size_t i = 0; i < n; i++) {
        const char *path = arena_printf(arena, "%s/%s", dir, names[i]);
        struct stat st;
        TRY(file_check_output(path, err));
        if (stat(path, &st) == 0 && st.st_size > 0 && !is_listed(&list, names[i]))
            FAIL(err, E_USAGE,
                 "%s: exists, and %s does not say that tinyscale wrote it, so it is not replaced; "
                 "give another directory, or delete it if nobody needs it",
                 path, list_path);
    }
    TRY(dir_make(dir, err));
    text_add_bytes(&longer, list.data, list.size);
    for (size_t i = 0; i < n; i++)
        if (!is_listed(&list, names[i])) text_add(&longer, "%s\n", names[i]);
    const bool grown = longer.size > list.size;
    const Status status = grown ? file_write(list_path, longer.s, longer.size, err) : OK;
    text_close(&longer);
    return status;
}

Status claim_files(const char *dir, const char *const *names, size_t n, Err *err) {
    Arena *arena = arena_open();
    const Status status = claim_in(arena, dir, names, n, err);
    arena_close(arena);
    return status;
}
