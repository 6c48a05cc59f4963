/* file.c: whole files in and out, directories, mappings, locks. The only user of zlib. */
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
#include <zlib.h>

#include "base/text.h"

enum { CHUNK = 1 << 16 };

static bool ends_with(const char *s, const char *end) {
    const size_t n = strlen(s), m = strlen(end);
    return n >= m && strcmp(s + n - m, end) == 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

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
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) FAIL(err, E_IO, "cannot open '%s': %s", path, strerror(errno));
    const Status status = read_all(fd, path, out, err);
    close(fd);
    return status;
}

static bool is_gzip(const char *data, size_t size) {
    return size >= 2 && memcmp(data, "\x1f\x8b", 2) == 0;
}

/* The member at z->next_in, appended to out; a result other than Z_STREAM_END means junk or a torn
 * end. */
static int inflate_member(z_stream *z, const char *end, Text *out) {
    char chunk[CHUNK];
    int result = Z_OK;
    while (result == Z_OK) {
        const size_t left = (size_t)(end - (const char *)z->next_in);
        z->avail_in = left < CHUNK ? (uInt)left : CHUNK;
        z->next_out = (Bytef *)chunk;
        z->avail_out = sizeof chunk;
        result = inflate(z, Z_NO_FLUSH); // Z_BUF_ERROR when the input has ended too early
        if (result == Z_MEM_ERROR) out_of_memory(0);
        text_add_bytes(out, chunk, sizeof chunk - z->avail_out);
    }
    return result;
}

/* Members follow one another; zeros after the last are padding, as gzip itself has it. */
static Status gunzip(const char *path, const Text *packed, Text *out, Err *err) {
    z_stream z = {.next_in = (Bytef *)packed->s};
    const char *end = packed->s + packed->size;
    if (inflateInit2(&z, 15 + 16) != Z_OK) out_of_memory(0);
    int result;
    bool more;
    do {
        result = inflate_member(&z, end, out);
        more = result == Z_STREAM_END && (const char *)z.next_in < end && *z.next_in != 0;
        if (more) inflateReset(&z);
    } while (more);
    const char *at = (const char *)z.next_in, *padding = at;
    inflateEnd(&z);
    while (padding < end && *padding == 0) padding++;
    if (result == Z_BUF_ERROR)
        FAIL(err, E_FORMAT, "%s: the gzip data is torn: it ends after %zu bytes, in the middle",
             path, packed->size);
    if (result != Z_STREAM_END || padding < end)
        FAIL(err, E_FORMAT, "%s: not valid gzip data near byte %zu", path,
             (size_t)(at - packed->s));
    return OK;
}

/* A name that promises gzip is held to it, so that junk is not taken for text. */
static Status unpack(const char *path, Text *packed, Err *err) {
    if (!is_gzip(packed->s, packed->size)) {
        if (ends_with(path, ".gz") || ends_with(path, ".dz") || ends_with(path, ".tgz"))
            FAIL(err, E_FORMAT, "%s: named like gzip, but does not begin like gzip", path);
        return OK;
    }
    Text plain = {0};
    const Status status = gunzip(path, packed, &plain, err);
    text_close(packed);
    *packed = plain;
    return status;
}

Status file_read(Arena *arena, const char *path, Bytes *out, Err *err) {
    Text text = {0};
    Status status = read_path(path, &text, err);
    if (status == OK) status = unpack(path, &text, err);
    if (status == OK) {
        out->data = arena_alloc(arena, text.size + 1);
        out->size = text.size;
        if (text.size) memcpy(out->data, text.s, text.size);
    }
    text_close(&text);
    return status;
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

/* Pipes, devices and some file systems cannot be synced and need not be. */
static Status sync_fd(int fd, const char *path, Err *err) {
    if (fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP || errno == EROFS) return OK;
    FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
}

static Status write_fd(const char *opened, int flags, const char *path, const void *data,
                       size_t size, Err *err) {
    const int fd = open(opened, flags | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0) FAIL(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    Status status = write_all(fd, path, data, size, err);
    if (status == OK) status = sync_fd(fd, path, err);
    if (close(fd) != 0 && status == OK)
        status = err_set(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    return status;
}

/* The directory a path stands in; the caller frees it. */
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
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) // never replace /dev/null by a file
        return write_fd(path, 0, path, data, size, err);
    Text temporary = {0};
    text_add(&temporary, "%s.tmp.%ld", path, (long)getpid());
    Status status = write_fd(temporary.s, O_CREAT | O_TRUNC, path, data, size, err);
    if (status == OK && rename(temporary.s, path) != 0)
        status = err_set(err, E_IO, "cannot write '%s': %s", path, strerror(errno));
    if (status != OK) unlink(temporary.s);
    text_close(&temporary);
    return status == OK ? sync_parent(path, err) : status;
}

/* A line that could only be written in part is taken back. */
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

Status file_map(const char *path, Mapping *out, Err *err) {
    *out = (Mapping){0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) FAIL(err, E_IO, "cannot open '%s': %s", path, strerror(errno));
    struct stat st;
    Status status = OK;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        status = err_set(err, E_IO, "'%s' is not a regular file", path);
    else if (st.st_size > 0) { // an empty file has nothing to map
        void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
        if (data == MAP_FAILED)
            status = err_set(err, E_IO, "cannot map '%s': %s", path, strerror(errno));
        else
            *out = (Mapping){data, (size_t)st.st_size};
    }
    close(fd);
    return status;
}

void file_unmap(Mapping *m) {
    if (m->size) munmap((void *)m->data, m->size);
    *m = (Mapping){0};
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
    if (dir_exists(path)) return OK;
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

/* --- zlib's other gifts ----------------------------------------------------------------------- */

uint32_t crc32_bytes(const void *data, size_t size, uint32_t start) {
    return size ? (uint32_t)crc32_z(start, data, size) : start; // crc32_z(x, NULL, 0) would be 0
}

size_t zlib_size(const void *data, size_t size) {
    z_stream z = {.next_in = (Bytef *)data};
    if (deflateInit(&z, 9) != Z_OK) out_of_memory(0);
    char chunk[CHUNK];
    size_t packed = 0, fed = 0;
    int result;
    do {
        if (z.avail_in == 0) {
            z.avail_in = size - fed < CHUNK ? (uInt)(size - fed) : CHUNK;
            fed += z.avail_in;
        }
        z.next_out = (Bytef *)chunk;
        z.avail_out = sizeof chunk;
        result = deflate(&z, fed == size ? Z_FINISH : Z_NO_FLUSH);
        packed += sizeof chunk - z.avail_out;
    } while (result == Z_OK || result == Z_BUF_ERROR);
    MUST(result == Z_STREAM_END);
    deflateEnd(&z);
    return packed;
}
