/* child.h: work in a process of its own, forked from this one. Its peak memory is that of the work,
 * and the threads that it starts end with it, so that another child can be forked at any time.
 *
 *     static void work(int fd, void *context) {             // in the child; it exits on return
 *         double x = ...;
 *         child_say(fd, &x, sizeof x);
 *     }
 *     Child c = {0};
 *     Status status = child_start(&c, work, &context, err);
 *     if (status == OK) status = child_hear(&c, &x, sizeof x, err);
 *     child_end(&c);
 *
 * The parent must not have started threads itself: OpenMP does not survive a fork.
 */
#ifndef TRAIN_BENCH_CHILD_H
#define TRAIN_BENCH_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

typedef struct {
    pid_t pid; // 0: there is no child
    int fd;    // socket, both ways
} Child;

/* Start work(fd, context) in a child. The context is the child's copy, so that the parent never
 * sees what it writes there. */
Status child_start(Child *c, void (*work)(int fd, void *context), void *context, Err *err);

/* Read the next size bytes from the child. E_FAILED when it ended before it had said them. */
Status child_hear(Child *c, void *out, size_t size, Err *err);
void child_wake(Child *c); // let child_wait_wake() return in the child

/* Close the socket, which ends the child where it next waits or speaks, and wait for its end. No
 * child is fine. */
void child_end(Child *c);

/* In the child: send bytes to the parent, and wait for child_wake(). The child exits when it waits
 * and the parent is gone. */
void child_say(int fd, const void *data, size_t size);
void child_wait_wake(int fd);

#endif
