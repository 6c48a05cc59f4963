/* launch_local.c: workers are processes of this machine: fork, exec, poll, waitpid.
 *
 * One poll() hears both progress, on a worker's pipe, and death, on its pidfd, which becomes
 * readable at the moment when waitpid() can collect it. The write end of a pipe is closed in the
 * driver right after fork and every other descriptor is close-on-exec, so that no worker holds
 * another's pipe open.
 */
#include "sweep/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "base/proc.h"

enum { NOBODY = -1, MAX_PLACES = 256 };

typedef struct {
    pid_t pid; // 0: this slot is free
    int fd;    // pipe, -1 after its end
    int pidfd; // -1 where the system has none
    bool ended;
    LaunchEnd end;
    double started;
    uint64_t progress, number; // newest whole count; digits of the one being read
} Worker;

struct Launcher {
    Arena *arena;
    int places;
    bool pin;
    Worker *workers; // (places)
    int *holder;     // (places) slot of the worker that holds the place
    int *cpus;       // (places) processor of the place
    char **env;      // of the workers
};

/* List a processor for each place; false when there are too few, and then nothing is pinned. */
static bool find_cpus(int places, int *cpus) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0 || CPU_COUNT(&set) < places) return false;
    for (int cpu = 0, n = 0; cpu < CPU_SETSIZE && n < places; cpu++)
        if (CPU_ISSET(cpu, &set)) cpus[n++] = cpu;
    return true;
#else
    (void)places, (void)cpus;
    return false;
#endif
}

/* Copy this process's environment, and add OMP_WAIT_POLICY=passive unless the user has chosen one:
 * OpenMP's threads then sleep while they wait. If they spin, a worker of several threads becomes
 * ten times slower as soon as anything else runs on the machine. */
static char **worker_environment(Arena *arena) {
    size_t n = 0;
    while (environ[n]) n++;
    char **env = ARENA_ARRAY(arena, char *, n + 2);
    memcpy(env, environ, n * sizeof *env);
    if (!getenv("OMP_WAIT_POLICY")) env[n] = arena_strdup(arena, "OMP_WAIT_POLICY=passive");
    return env;
}

Launcher *launch_open_local(int places) {
    MUST(places > 0 && places <= MAX_PLACES);
    Arena *arena = arena_open();
    Launcher *l = ARENA_NEW(arena, Launcher);
    *l = (Launcher){.arena = arena, .places = places};
    l->workers = ARENA_ARRAY(arena, Worker, (size_t)places);
    l->holder = ARENA_ARRAY(arena, int, (size_t)places);
    l->cpus = ARENA_ARRAY(arena, int, (size_t)places);
    for (int i = 0; i < places; i++) l->holder[i] = NOBODY;
    l->pin = find_cpus(places, l->cpus);
    l->env = worker_environment(arena);
    return l;
}

void launch_close(Launcher *l) {
    if (!l) return;
    launch_stop(l, 0);
    arena_close(l->arena);
}

int launch_free_places(const Launcher *l) {
    int n = 0;
    for (int i = 0; i < l->places; i++) n += l->holder[i] == NOBODY;
    return n;
}

int launch_busy(const Launcher *l) {
    int n = 0;
    for (int i = 0; i < l->places; i++) n += l->workers[i].pid != 0 && !l->workers[i].ended;
    return n;
}

static const Worker *by_tag(const Launcher *l, size_t tag) {
    for (int i = 0; i < l->places; i++)
        if (l->workers[i].pid != 0 && l->workers[i].end.tag == tag) return &l->workers[i];
    return NULL;
}

uint64_t launch_progress(const Launcher *l, size_t tag) {
    const Worker *w = by_tag(l, tag);
    return w ? w->progress : 0;
}

double launch_seconds(const Launcher *l, size_t tag) {
    const Worker *w = by_tag(l, tag);
    return w ? wall_seconds() - w->started : 0;
}

// --- starting ----------------------------------------------------------------------------------

static _Noreturn void child_fail(const char *what) {
    dprintf(STDERR_FILENO, "cannot start the worker: %s: %s\n", what, strerror(errno));
    _exit(127);
}

static void pin_child(const Launcher *l, int slot) {
#ifdef __linux__
    cpu_set_t set;
    CPU_ZERO(&set);
    for (int i = 0; i < l->places; i++)
        if (l->holder[i] == slot) CPU_SET(l->cpus[i], &set);
    sched_setaffinity(0, sizeof set, &set); // a hint for speed: its failure costs nothing else
#else
    (void)l, (void)slot;
#endif
}

/* Become the worker. This runs between fork and exec, and makes only calls that are safe there. */
static _Noreturn void child(const Launcher *l, const LaunchJob *job, int slot, int pipe_fd,
                            pid_t driver) {
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != driver) _exit(127); // it died before the line above took hold
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    const int high = fcntl(pipe_fd, F_DUPFD_CLOEXEC, 10); // out of the way of 0 to 3
    const int log = open(job->stderr_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (log < 0 || dup2(log, STDERR_FILENO) < 0) child_fail(job->stderr_path);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        child_fail("/dev/null");
    if (dup2(high, LAUNCH_PROGRESS_FD) < 0) child_fail("pipe");
    if (l->pin) pin_child(l, slot);
    execve(job->argv[0], job->argv, l->env);
    child_fail(job->argv[0]);
}

static int take_places(Launcher *l, int n) {
    int slot = 0;
    while (l->workers[slot].pid != 0) slot++;
    for (int i = 0; i < l->places && n > 0; i++) {
        if (l->holder[i] != NOBODY) continue;
        l->holder[i] = slot;
        n--;
    }
    return slot;
}

static void leave_places(Launcher *l, int slot) {
    for (int i = 0; i < l->places; i++)
        if (l->holder[i] == slot) l->holder[i] = NOBODY;
    l->workers[slot] = (Worker){0};
}

/* Descriptors of processes are Linux's since 5.3; glibc's own call is younger than that. */
static int open_pidfd(pid_t pid) {
#ifdef SYS_pidfd_open
    return (int)syscall(SYS_pidfd_open, pid, 0); // close-on-exec by itself
#else
    (void)pid;
    return -1;
#endif
}

Status launch_start(Launcher *l, const LaunchJob *job, Err *err) {
    MUST(job->threads > 0 && job->threads <= launch_free_places(l));
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0)
        FAIL(err, E_IO, "cannot make a worker's pipe: %s", strerror(errno));
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    const int slot = take_places(l, job->threads);
    const pid_t driver = getpid(), pid = fork();
    if (pid == 0) child(l, job, slot, fds[1], driver);
    close(fds[1]);
    if (pid < 0) {
        leave_places(l, slot);
        close(fds[0]);
        FAIL(err, E_IO, "cannot start a worker: %s", strerror(errno));
    }
    l->workers[slot] = (Worker){
        .pid = pid,
        .fd = fds[0],
        .pidfd = open_pidfd(pid),
        .started = wall_seconds(),
        .end = {.tag = job->tag, .threads = job->threads},
    };
    return OK;
}

// --- listening ---------------------------------------------------------------------------------

static void read_progress(Worker *w) {
    char bytes[512];
    ssize_t n;
    while ((n = read(w->fd, bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            if (bytes[i] >= '0' && bytes[i] <= '9') {
                w->number = 10 * w->number + (uint64_t)(bytes[i] - '0');
            } else {
                w->progress = w->number;
                w->number = 0;
            }
        }
    if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        close(w->fd);
        w->fd = -1;
    }
}

static void reap(Worker *w, int flags) {
    int status;
    if (w->pid == 0 || w->ended || waitpid(w->pid, &status, flags) != w->pid) return;
    w->ended = true;
    w->end.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    w->end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    w->end.seconds = wall_seconds() - w->started;
    if (w->fd >= 0) close(w->fd);
    if (w->pidfd >= 0) close(w->pidfd);
    w->fd = w->pidfd = -1;
}

void launch_wait(Launcher *l, double seconds) {
    struct pollfd fds[2 * MAX_PLACES];
    nfds_t n = 0;
    for (int i = 0; i < l->places; i++) {
        const Worker *w = &l->workers[i];
        if (w->pid == 0 || w->ended) continue;
        // without a pidfd: a closed pipe says that it is about to be collectable, or lives on
        if (w->pidfd < 0 && w->fd < 0) seconds = seconds < 0.001 ? seconds : 0.001;
        fds[n++] = (struct pollfd){.fd = w->fd, .events = POLLIN}; // poll() skips -1
        fds[n++] = (struct pollfd){.fd = w->pidfd, .events = POLLIN};
    }
    poll(fds, n, (int)(seconds * 1000));
    for (int i = 0; i < l->places; i++) {
        Worker *w = &l->workers[i];
        if (w->pid == 0 || w->ended) continue;
        if (w->fd >= 0) read_progress(w);
        reap(w, WNOHANG);
    }
}

bool launch_ended(Launcher *l, LaunchEnd *out) {
    for (int i = 0; i < l->places; i++) {
        if (!l->workers[i].ended) continue;
        *out = l->workers[i].end;
        leave_places(l, i);
        return true;
    }
    return false;
}

void launch_stop(Launcher *l, double seconds) {
    const double deadline = wall_seconds() + seconds;
    for (int i = 0; i < l->places; i++)
        if (l->workers[i].pid != 0 && !l->workers[i].ended) kill(l->workers[i].pid, SIGTERM);
    while (launch_busy(l) > 0 && wall_seconds() < deadline) launch_wait(l, 0.1);
    for (int i = 0; i < l->places; i++) {
        Worker *w = &l->workers[i];
        if (w->pid == 0 || w->ended) continue;
        kill(w->pid, SIGKILL);
        reap(w, 0);
    }
}
