/* launch.h: who starts the workers: processes started, listened to, collected, stopped.
 *
 *     Launcher *l = launch_open_local(cpu_count());
 *     while (work left or launch_busy(l)) {
 *         while (work left && launch_free_places(l) > 0) TRY(launch_start(l, &job, err));
 *         launch_wait(l, 0.5);
 *         for (LaunchEnd end; launch_ended(l, &end);) ...
 *     }
 *     launch_close(l);
 *
 * The driver knows these functions only, whatever machine the workers run on. There is one launcher
 * today, launch_local.c: processes of this machine. Another one (a cluster's queue, say) would be
 * another launch_open_...() behind them, and owes its callers this much: a worker holds one place
 * per thread; it writes "N\n" (its progress, a count) now and then to LAUNCH_PROGRESS_FD; its stdin
 * and stdout are /dev/null, its stderr is a file; it does not outlive the driver.
 */
#ifndef SWEEP_LAUNCH_H
#define SWEEP_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

enum { LAUNCH_PROGRESS_FD = 3 };

typedef struct Launcher Launcher;

typedef struct {
    char *const *argv; // NULL-terminated; argv[0] is the program's path
    const char *stderr_path;
    size_t tag;  // the caller's own number for it
    int threads; // places it takes; at most launch_free_places()
} LaunchJob;

typedef struct {
    size_t tag; // of its job
    int threads;
    int exit_code;  // -1 when a signal killed it
    int signal;     // number of the signal that killed it; 0 when it exited by itself
    double seconds; // wall time it ran
} LaunchEnd;

/* Open a launcher of processes on this machine, with 1 to 256 places. Places stand for processors:
 * each worker is pinned to its own where there are enough. Each runs in a process group of its own,
 * so that Ctrl-C reaches the driver alone. */
Launcher *launch_open_local(int places);
/* Kill the workers that still run, and free the launcher. NULL is fine. */
void launch_close(Launcher *l);

int launch_free_places(const Launcher *l);
int launch_busy(const Launcher *l); // workers running
/* Start a worker; E_IO when that cannot be done here. A program that cannot be executed is no error
 * of this call: its worker ends with exit code 127 and says why on its stderr. */
Status launch_start(Launcher *l, const LaunchJob *job, Err *err);

/* Sleep until a worker says something or ends, a signal arrives, or the time is over. */
void launch_wait(Launcher *l, double seconds);
/* Take one worker that has ended, and free its places; false when there is none. */
bool launch_ended(Launcher *l, LaunchEnd *out);
uint64_t launch_progress(const Launcher *l, size_t tag); // newest count of a running worker, or 0
double launch_seconds(const Launcher *l, size_t tag);    // since a running worker was started, or 0

/* Send SIGTERM to all workers, wait up to `seconds` for them to end in their own way, and kill the
 * rest. Their ends can be taken afterwards. */
void launch_stop(Launcher *l, double seconds);

/* Say why a worker ended as it did: the last line of its stderr, or the signal that killed it. The
 * text lives in the arena. */
const char *launch_words(Arena *arena, const LaunchEnd *end, const char *stderr_path);

#endif
