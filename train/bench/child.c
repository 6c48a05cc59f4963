/* child.c: fork and a socket pair. */
#include "train/bench/child.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

Status child_start(Child *c, void (*work)(int fd, void *context), void *context, Err *err) {
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        FAIL(err, E_IO, "cannot make a child's socket: %s", strerror(errno));
    const pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        work(fds[1], context);
        _exit(0); // not exit(): output that the parent has not flushed is for the parent to write
    }
    close(fds[1]);
    if (pid < 0) {
        close(fds[0]);
        FAIL(err, E_IO, "cannot start a child: %s", strerror(errno));
    }
    *c = (Child){pid, fds[0]};
    return OK;
}

static int wait_for(Child *c) {
    int status = 0;
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR) continue;
    c->pid = 0;
    return status;
}

/* Read size bytes; return whether all of them came. */
static bool read_all(int fd, void *out, size_t size) {
    char *at = out;
    while (size > 0) {
        const ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

Status child_hear(Child *c, void *out, size_t size, Err *err) {
    if (read_all(c->fd, out, size)) return OK;
    close(c->fd);
    const int status = wait_for(c);
    if (WIFSIGNALED(status))
        FAIL(err, E_FAILED, "a measuring process was ended by signal %d (%s)", WTERMSIG(status),
             strsignal(WTERMSIG(status)));
    FAIL(err, E_FAILED, "a measuring process ended early with exit code %d", WEXITSTATUS(status));
}

void child_wake(Child *c) {
    child_say(c->fd, "", 1);
}

void child_end(Child *c) {
    if (c->pid == 0) return;
    close(c->fd);
    wait_for(c);
}

/* Send all of data. A reader that is gone is no error here; it shows when this side next reads or
 * waits. */
void child_say(int fd, const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        const ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return;
        at += n;
        size -= (size_t)n;
    }
}

void child_wait_wake(int fd) {
    char byte;
    if (!read_all(fd, &byte, 1)) _exit(1);
}
