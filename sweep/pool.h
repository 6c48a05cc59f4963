/* pool.h: worker processes: started, pinned, listened to, reaped, stopped.
 *
 *     Pool *pool = pool_open(cpu_count());
 *     while (work left or pool_busy(pool)) {
 *         while (work left && pool_free(pool) > 0) TRY(pool_start(pool, &work, err));
 *         pool_wait(pool, 0.5);
 *         for (WorkerEnd end; pool_ended(pool, &end);) ...
 *     }
 *     pool_close(pool);
 *
 * A worker holds one place per thread; places stand for processors, and each worker is pinned to
 * its own when there are enough. It runs in a process group of its own, so that Ctrl-C reaches the
 * driver alone, and dies with the driver. It inherits one pipe, WORKER_PROGRESS_FD, to which it
 * writes "N\n" (its progress, a count) now and then; stdin and stdout are /dev/null, stderr is a
 * file.
 */
#ifndef SWEEP_POOL_H
#define SWEEP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { WORKER_PROGRESS_FD = 3 };

typedef struct Pool Pool;

typedef struct {
    char *const *argv; // NULL-terminated; argv[0] is the program's path
    const char *stderr_path;
    size_t tag;  // the caller's own number for it
    int threads; // places it takes; at most pool_free()
} WorkerJob;

typedef struct {
    size_t tag;
    int threads;
    int exit_code;  // -1 when killed
    int signal;     // that killed it, else 0
    double seconds; // wall time it ran
} WorkerEnd;

Pool *pool_open(int places); // 1 to 256
void pool_close(Pool *p);    // NULL is fine; workers still there are killed

int pool_free(const Pool *p); // free places
int pool_busy(const Pool *p); // workers running
Status pool_start(Pool *p, const WorkerJob *work, Err *err);

/* Sleep until a worker says something or ends, a signal arrives, or the time is over. */
void pool_wait(Pool *p, double seconds);
bool pool_ended(Pool *p, WorkerEnd *out); // take one ended worker
/* Why it ended so: its last line on stderr, the signal that killed it. Lives in the arena. */
const char *pool_words(Arena *arena, const WorkerEnd *end, const char *stderr_path);
uint64_t pool_progress(const Pool *p, size_t tag); // newest count of a running worker; 0 at first
double pool_seconds(const Pool *p, size_t tag);    // since it was started

/* SIGTERM to all, up to `seconds` for them to end in their own way, then SIGKILL. Their ends can be
 * taken after. */
void pool_stop(Pool *p, double seconds);

#endif
