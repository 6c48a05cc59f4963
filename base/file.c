/* file.c: whole files in and out, directories, mappings, locks. */
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/gzip.h"
#include "base/memory.h"
#include "base/text.h"

enum { CHUNK = 1 << 16 };

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* --- kinds of files --------------------------------------------------------------------------- */

static const char *kind_of(mode_t mode) {
    return S_ISREG(mode)    ? "a regular file"
           : S_ISDIR(mode)  ? "a directory"
           : S_ISFIFO(mode) ? "a FIFO (named pipe)"
           : S_ISSOCK(mode) ? "a socket"
                            : "a device";
}

/* Return the N of /dev/fd/N and its like; -1 for a path that is no open descriptor. */
static int descriptor_of(const char *path) {
    static const char *const STANDARD[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};
    static const char *const NUMBERED[] = {"/dev/fd/", "/proc/self/fd/"};
    for (int i = 0; i < (int)COUNT_OF(STANDARD); i++)
        if (strcmp(path, STANDARD[i]) == 0) return i;
    for (size_t i = 0; i < COUNT_OF(NUMBERED); i++) {
        const size_t n = strlen(NUMBERED[i]);
        const char *digits = path + n;
        if (strncmp(path, NUMBERED[i], n) != 0 || !*digits || strlen(digits) > 6) continue;
        if (digits[strspn(digits, "0123456789")] == '\0') return atoi(digits);
    }
    return -1;
}

bool file_is_descriptor(const char *path) {
    return descriptor_of(path) >= 0;
}

Status file_check_output(const char *path, Err *err) {
    struct stat st;
    if (file_is_descriptor(path) || stat(path, &st) != 0) return OK;
    if (S_ISREG(st.st_mode) || S_ISCHR(st.st_mode)) return OK;
    FAIL(err, E_IO, "cannot write '%s': it is %s, and a regular file is needed here", path,
         kind_of(st.st_mode));
}

/* Open a file for reading, after a look at what it is: to open a FIFO waits for somebody at its
 * other end, and a device may never end. What stands at an open descriptor was chosen by whoever
 * opened it; a pipe there is read through the descriptor itself. */
static Status open_to_read(const char *path, const char *right, int *fd, Err *err) {
    const int open_already = descriptor_of(path);
    struct stat st;
    const bool found = stat(path, &st) == 0, regular = found && S_ISREG(st.st_mode);
    if (found && !regular && (open_already < 0 || S_ISDIR(st.st_mode)))
        FAIL(err, E_IO, "'%s' is %s; %s", path, kind_of(st.st_mode), right);
    *fd = found && !regular ? fcntl(open_already, F_DUPFD_CLOEXEC, 0)
                            : open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0) FAIL(err, E_IO, "cannot open '%s': %s", path, strerror(errno));
    return OK;
}

/* --- reading ---------------------------------------------------------------------------------- */

static const char READ_RIGHT[] = "a regular file is needed, or '-' where standard input will do";

static Status read_all(int fd, const char *path, Text *out, Err *err) {
    char chunk[CHUNK];
    for (;;) {
        const ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) FAIL(err, E_IO, "cannot read '%s': %s", path, strerror(errno));
        if (n == 0) return OK;
        text_add_bytes(out, chunk, (size_t)n);
    }
}

static Status read_path(const char *path, Text *out, Err *err) {
    if (strcmp(path, "-") == 0) return read_all(STDIN_FILENO, "standard input", out, err);
    int fd;
    TRY(open_to_read(path, READ_RIGHT, &fd, err));
    const Status status = read_all(fd, path, out, err);
    close(fd);
    return status;
}

/* Unpack gzip in place. A name that promises gzip is held to it, so that junk is not taken for
 * text. */
static Status unpack(const char *path, Text *packed, Err *err) {
    if (!gzip_begins(packed->s, packed->size)) {
        if (ends_with(path, ".gz") || ends_with(path, ".dz") || ends_with(path, ".tgz"))
            FAIL(err, E_FORMAT, "%s: named like gzip, but does not begin like gzip", path);
        return OK;
    }
    Text plain = {0};
    const Status status = gzip_unpack(path, packed, &plain, err);
    text_close(packed);
    *packed = plain;
    return status;
}

static void sum_add(FileSum *sum, const void *data, size_t size) {
    sum->bytes += size;
    sum->crc32 = gzip_crc32(data, size, sum->crc32);
}

Status file_read_sum(Arena *arena, const char *path, Bytes *out, FileSum *sum, Err *err) {
    Text text = {0};
    *out = (Bytes){0};
    Status status = read_path(path, &text, err);
    if (status == OK && sum) sum_add(sum, text.s, text.size);
    if (status == OK) status = unpack(path, &text, err);
    if (status == OK) {
        out->data = arena_alloc(arena, text.size + 1);
        out->size = text.size;
        if (text.size) memcpy(out->data, text.s, text.size);
    }
    text_close(&text);
    return status;
}

Status file_read(Arena *arena, const char *path, Bytes *out, Err *err) {
    return file_read_sum(arena, path, out, NULL, err);
}

Status file_sum(const char *path, FileSum *sum, Err *err) {
    char chunk[CHUNK];
    int fd;
    ssize_t n;
    TRY(open_to_read(path, READ_RIGHT, &fd, err));
    while ((n = read(fd, chunk, sizeof chunk)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0) sum_add(sum, chunk, (size_t)n);
    const int why = errno;
    close(fd);
    if (n < 0) FAIL(err, E_IO, "cannot read '%s': %s", path, strerror(why));
    return OK;
}

/* --- writing ---------------------------------------------------------------------------------- */

static Status write_all(int fd, const char *path, const char *data, size_t size, Err *err) {
    while (size > 0) {
        const ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
        data += n;
        size -= (size_t)n;
    }
    return OK;
}

/* Sync a file; pipes, devices and some file systems cannot be synced and need not be. */
static Status sync_fd(int fd, const char *path, Err *err) {
    if (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS) return OK;
    FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
}

/* Write to fd, sync and close it; fd < 0 tells that it could not be opened. */
static Status write_fd(int fd, const char *path, const void *data, size_t size, Err *err) {
    if (fd < 0) FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    Status status = write_all(fd, path, data, size, err);
    if (status == OK) status = sync_fd(fd, path, err);
    if (close(fd) != 0 && status == OK)
        status = err_set(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    return status;
}

/* Return the directory that a path stands in; the caller frees it. */
static char *parent_of(const char *path) {
    const char *slash = strrchr(path, '/');
    char *parent = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (!parent) out_of_memory(strlen(path) + 1);
    return parent;
}

static Status sync_parent(const char *path, Err *err) {
    char *parent = parent_of(path);
    const int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const Status status =
        fd < 0 ? OK : sync_fd(fd, path, err); // a directory may be writable and not readable
    if (fd >= 0) close(fd);
    free(parent);
    return status;
}

Status file_write(const char *path, const void *data, size_t size, Err *err) {
    struct stat there;
    const int open_already = descriptor_of(path);
    if (open_already >= 0)
        return write_fd(fcntl(open_already, F_DUPFD_CLOEXEC, 0), path, data, size, err);
    TRY(file_check_output(path, err));
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) // never replace /dev/null by a file
        return write_fd(open(path, O_WRONLY | O_CLOEXEC), path, data, size, err);
    Text temporary = {0};
    text_add(&temporary, "%s.tmp.%ld", path, (long)getpid());
    const int fd = open(temporary.s, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
    Status status = write_fd(fd, path, data, size, err);
    if (status == OK && rename(temporary.s, path) != 0)
        status = err_set(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (status != OK) unlink(temporary.s);
    text_close(&temporary);
    return status == OK ? sync_parent(path, err) : status;
}

/* Append a line to fd; one that could be written only in part is taken back. */
static Status append_to(int fd, const char *path, const Text *line, Err *err) {
    struct stat before;
    if (fstat(fd, &before) != 0) FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    ssize_t n;
    do n = write(fd, line->s, line->size);
    while (n < 0 && errno == EINTR);
    if (n == (ssize_t)line->size) return sync_fd(fd, path, err);
    const int why = n < 0 ? errno : ENOSPC;
    if (n > 0 && ftruncate(fd, before.st_size) != 0)
        FAIL(err, E_IO, "cannot write '%s': %s; its last line is torn", path, strerror(why));
    FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(why));
}

Status file_append_line(const char *path, const char *line, Err *err) {
    TRY(file_check_output(path, err));
    const int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    Text whole = {0};
    text_add(&whole, "%s\n", line);
    const Status status = append_to(fd, path, &whole, err);
    text_close(&whole);
    close(fd);
    return status;
}

/* --- mappings --------------------------------------------------------------------------------- */

Status file_map(const char *path, FileMapping *out, Err *err) {
    static const char RIGHT[] = "a regular file is needed, for it is mapped into memory";
    *out = (FileMapping){0};
    int fd = -1;
    TRY(open_to_read(path, RIGHT, &fd, err));
    struct stat st;
    Status status = OK;
    if (fstat(fd, &st) != 0)
        status = err_set(err, E_IO, "cannot open '%s': %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        status = err_set(err, E_IO, "'%s' is %s; %s", path, kind_of(st.st_mode), RIGHT);
    else if (st.st_size > 0) { // an empty file has nothing to map
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (data == MAP_FAILED)
            status = err_set(err, E_IO, "cannot map '%s': %s", path, strerror(errno));
        else
            *out = (FileMapping){data, (size_t)st.st_size};
    }
    close(fd);
    return status;
}

void file_unmap(FileMapping *m) {
    if (m->size) munmap((void *)m->data, m->size);
    *m = (FileMapping){0};
}

/* --- directories ------------------------------------------------------------------------------ */

bool file_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool dir_exists(const char *path) {
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

Status dir_make(const char *path, Err *err) {
    struct stat st;
    if (dir_exists(path)) return OK;
    if (stat(path, &st) == 0)
        FAIL(err, E_IO, "cannot make directory '%s': it is %s", path, kind_of(st.st_mode));
    char *parent = parent_of(path);
    const Status status = strlen(parent) < strlen(path) ? dir_make(parent, err) : OK;
    free(parent);
    TRY(status);
    if (mkdir(path, 0777) == 0) return OK;
    const int why = errno;
    if (dir_exists(path)) return OK; // somebody else was faster
    FAIL(err, E_IO, "cannot make directory '%s': %s", path, strerror(why));
}

typedef struct {
    char **paths;
    size_t n, capacity;
} PathList;

static void list_add(PathList *list, char *path) {
    if (list->n == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        const size_t bytes = list->capacity * sizeof *list->paths;
        list->paths = realloc(list->paths, bytes);
        if (!list->paths) out_of_memory(bytes);
    }
    list->paths[list->n++] = path;
}

static Status walk(Arena *arena, const char *path, PathList *list, Err *err) {
    DIR *dir = opendir(path);
    if (!dir) FAIL(err, E_IO, "cannot read directory '%s': %s", path, strerror(errno));
    Status status = OK;
    const struct dirent *entry;
    while (status == OK && (entry = readdir(dir))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        char *below =
            arena_printf(arena, "%s%s%s", path, ends_with(path, "/") ? "" : "/", entry->d_name);
        struct stat st;
        if (lstat(below, &st) != 0)
            status = err_set(err, E_IO, "cannot read '%s': %s", below, strerror(errno));
        else if (S_ISDIR(st.st_mode))
            status = walk(arena, below, list, err);
        else if (S_ISREG(st.st_mode))
            list_add(list, below);
    }
    closedir(dir);
    return status;
}

static int by_name(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

Status dir_files(Arena *arena, const char *path, char ***out, size_t *n, Err *err) {
    PathList list = {0};
    *out = NULL;
    *n = 0;
    const Status status = walk(arena, path, &list, err);
    if (status == OK) {
        if (list.n > 1) qsort(list.paths, list.n, sizeof *list.paths, by_name);
        *out = ARENA_ARRAY(arena, char *, list.n);
        *n = list.n;
        if (list.n) memcpy(*out, list.paths, list.n * sizeof *list.paths);
    }
    free(list.paths);
    return status;
}

/* --- locks ------------------------------------------------------------------------------------ */

struct Lock {
    int fd;
};

Status lock_open(const char *path, const char *what, Lock **out, Err *err) {
    *out = NULL;
    TRY(file_check_output(path, err));
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) FAIL(err, E_IO, "cannot open '%s': %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        const int why = errno;
        close(fd);
        if (why != EWOULDBLOCK) FAIL(err, E_IO, "cannot lock '%s': %s", path, strerror(why));
        char *dir = parent_of(path);
        err_set(err, E_FAILED, "%s: another tinyscale is at work here (%s)", dir, what);
        free(dir);
        return err->status;
    }
    *out = malloc(sizeof **out);
    if (!*out) out_of_memory(sizeof **out);
    (*out)->fd = fd;
    return OK;
}

void lock_close(Lock *lock) {
    if (!lock) return;
    close(lock->fd);
    free(lock);
}
