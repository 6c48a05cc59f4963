/* fault_shim.c: preloaded, it makes the k-th call of one kind go wrong, counted over a program and
 * all its children: fault_campaign.sh walks k through a whole sweep.
 *
 *     FAULT_CALL   write, rename, fsync, open, mmap or fork
 *     FAULT_AT     k, from 1; 0: none, count only
 *     FAULT_HOW    fail: an error comes back, as from a full disk, a broken one, no memory
 *                  kill: the process dies of SIGKILL before the call
 *                  torn: a write of half the bytes, then death; other calls die after their work
 *                  hang: the call never comes back
 *     FAULT_COUNT  a file of eight bytes that all of them map: calls so far
 *
 * Calls that the C library makes for itself (stdio's write, malloc's mmap) do not pass here.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef enum { NO_FAULT, FAIL, KILL, TORN } Fault;

static uint64_t *counter(void) {
    static uint64_t *shared;
    const char *path = getenv("FAULT_COUNT");
    if (shared || !path) return shared;
    const int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0) return NULL;
    void *map = (void *)syscall(SYS_mmap, NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
                                MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    return shared = map == MAP_FAILED ? NULL : map;
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What is to happen to this call. */
static Fault fault(const char *call) {
    const char *wanted = getenv("FAULT_CALL"), *at = getenv("FAULT_AT"), *how = getenv("FAULT_HOW");
    uint64_t *n = counter();
    if (!n || !wanted || !at || strcmp(wanted, call) != 0) return NO_FAULT;
    if (__atomic_add_fetch(n, 1, __ATOMIC_SEQ_CST) != strtoull(at, NULL, 10) || !how)
        return NO_FAULT;
    if (strcmp(how, "kill") == 0) die();
    while (strcmp(how, "hang") == 0) pause();
    return strcmp(how, "torn") == 0 ? TORN : FAIL;
}

/* The call itself, as the next library has it. */
#define NEXT(type, name, ...)                                                                      \
    type (*next)(__VA_ARGS__);                                                                     \
    void *found = dlsym(RTLD_NEXT, #name);                                                         \
    memcpy(&next, &found, sizeof found)

/* An error comes back, or the call is done and the process dies of what TORN means. */
#define SPOILED(call, error, failure, done)                                                        \
    switch (fault(call)) {                                                                         \
    case FAIL:                                                                                     \
        errno = (error);                                                                           \
        return failure;                                                                            \
    case TORN:                                                                                     \
        done;                                                                                      \
        die();                                                                                     \
        break;                                                                                     \
    default:                                                                                       \
        break;                                                                                     \
    }

ssize_t write(int fd, const void *bytes, size_t size) {
    NEXT(ssize_t, write, int, const void *, size_t);
    if (fd > STDERR_FILENO) SPOILED("write", ENOSPC, -1, next(fd, bytes, size / 2))
    return next(fd, bytes, size);
}

int rename(const char *from, const char *to) {
    NEXT(int, rename, const char *, const char *);
    SPOILED("rename", EIO, -1, next(from, to))
    return next(from, to);
}

int fsync(int fd) {
    NEXT(int, fsync, int);
    SPOILED("fsync", EIO, -1, next(fd))
    return next(fd);
}

int open(const char *path, int flags, ...) {
    NEXT(int, open, const char *, int, ...);
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    SPOILED("open", EMFILE, -1, next(path, flags, mode))
    return next(path, flags, mode);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset) {
    NEXT(void *, mmap, void *, size_t, int, int, int, off_t);
    if (fd >= 0) SPOILED("mmap", ENOMEM, MAP_FAILED, next(at, size, protection, flags, fd, offset))
    return next(at, size, protection, flags, fd, offset);
}

pid_t fork(void) {
    NEXT(pid_t, fork, void);
    SPOILED("fork", EAGAIN, -1, next())
    return next();
}
