/* proc.c: the process and the machine under it, as the operating system tells. */
#include "base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#ifdef _OPENMP // fuzz targets are built without
#include <omp.h>
#endif
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include "base/limits.h"
#include "base/numbers.h"

/* --- clocks and memory ------------------------------------------------------------------------ */

double wall_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const int WHO[] = {RUSAGE_SELF, RUSAGE_CHILDREN};

static double seconds_of(struct timeval t) {
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

double cpu_seconds(void) {
    double sum = 0;
    for (size_t i = 0; i < COUNT_OF(WHO); i++) {
        struct rusage use;
        if (getrusage(WHO[i], &use) == 0)
            sum += seconds_of(use.ru_utime) + seconds_of(use.ru_stime);
    }
    return sum;
}

size_t peak_bytes(void) {
#ifdef __APPLE__
    const size_t unit = 1;
#else
    const size_t unit = 1024;
#endif
    size_t peak = 0;
    for (size_t i = 0; i < COUNT_OF(WHO); i++) {
        struct rusage use;
        if (getrusage(WHO[i], &use) == 0 && (size_t)use.ru_maxrss * unit > peak)
            peak = (size_t)use.ru_maxrss * unit;
    }
    return peak;
}

/* --- processors ------------------------------------------------------------------------------- */

const char *cpu_model(void) {
    static char model[128];
    if (model[0]) return model;
    char line[256] = "";
    FILE *f = fopen("/proc/cpuinfo", "re");
    while (f && !model[0] && fgets(line, sizeof line, f)) {
        const char *colon = strchr(line, ':');
        if (!colon || strncmp(line, "model name", 10) != 0) continue;
        colon += 1 + strspn(colon + 1, " \t");
        snprintf(model, sizeof model, "%.*s", (int)strcspn(colon, "\n"), colon);
    }
    if (f) fclose(f);
    if (!model[0]) strcpy(model, "unknown");
    return model;
}

Status process_path(char *buffer, size_t size, Err *err) {
#ifdef __APPLE__
    uint32_t room = (uint32_t)size;
    if (_NSGetExecutablePath(buffer, &room) != 0)
        FAIL(err, E_IO, "the path of this executable is too long");
#else
    const ssize_t n = readlink("/proc/self/exe", buffer, size);
    if (n < 0) FAIL(err, E_IO, "cannot read /proc/self/exe: %s", strerror(errno));
    if ((size_t)n >= size) FAIL(err, E_IO, "the path of this executable is too long");
    buffer[n] = 0;
#endif
    return OK;
}

/* --- made ready ------------------------------------------------------------------------------- */

/* The first file to be opened would take the place of a standard stream that is closed, and be read
 * for input or written into by talk. Reading a closed stdin and writing to a closed stdout stay the
 * failures that they are: each gets /dev/null the wrong way round. */
static bool hold_standard_streams(void) {
    static const int MODES[] = {O_WRONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < (int)COUNT_OF(MODES); fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", MODES[fd]) != fd)
            return false;
    return true;
}

bool process_prepare(void) {
    if (!hold_standard_streams()) return false;
    // a reader who is gone and a limit on the size of files are errors that write() returns
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
#ifdef _OPENMP
    if (!getenv("OMP_NUM_THREADS")) omp_set_num_threads(cpu_count());
#endif
    return true;
}

/* --- other processes -------------------------------------------------------------------------- */

/* A process that has ended keeps its number until its parent asks how it ended, and kill(pid, 0)
 * answers for it all the while. /proc/PID/stat is "PID (NAME) STATE ..."; the name may hold
 * anything, parentheses too. */
bool process_has_ended(pid_t pid) {
    char path[32], stat[512];
    if (kill(pid, 0) != 0) return errno == ESRCH;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    FILE *f = fopen(path, "re");
    if (!f) return false;
    const size_t n = fread(stat, 1, sizeof stat - 1, f);
    fclose(f);
    stat[n] = 0;
    const char *name_end = strrchr(stat, ')');
    return name_end && (strncmp(name_end, ") Z", 3) == 0 || strncmp(name_end, ") X", 3) == 0);
}

/* Tell whether a name is NAME.tmp.PID of a process that is no more. One that lives may be at work
 * on it: fits and reports write beside a sweep without its lock. */
static bool is_leftover(const char *name) {
    const char *dot = strrchr(name, '.');
    if (!dot || dot - name <= 4 || strncmp(dot - 4, ".tmp", 4) != 0) return false;
    const char *digits = dot + 1;
    const size_t n = strspn(digits, "0123456789");
    if (n == 0 || n > 10 || digits[n] || digits[0] == '0') return false;
    const long long pid = atoll(digits);
    return pid <= INT_MAX && process_has_ended((pid_t)pid);
}

void remove_leftovers(const char *dir) {
    DIR *d = opendir(dir);
    if (!d) return;
    const struct dirent *entry;
    while ((entry = readdir(d))) {
        struct stat st;
        if (is_leftover(entry->d_name) &&
            fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            unlinkat(dirfd(d), entry->d_name, 0);
    }
    closedir(d);
}

/* --- talk ------------------------------------------------------------------------------------- */

static bool quiet(void) {
    return getenv("TINYSCALE_QUIET") != NULL;
}

/* One write() per line, so that lines of several processes do not mix. */
static void say(const char *before, const char *after, size_t widest, const char *format,
                va_list args) {
    char line[1024];
    vsnprintf(line, sizeof line, format, args);
    size_t cut = 0, shown = 0; // whole UTF-8 characters
    while (line[cut] && ((line[cut] & 0xC0) == 0x80 || shown++ < widest)) cut++;
    while (cut > 0 && line[cut - 1] == '\n') cut--; // the newline is ours to add
    line[cut] = 0;
    fprintf(stderr, "%s%s%s", before, line, after);
}

void talk(const char *format, ...) {
    if (quiet()) return;
    va_list args;
    va_start(args, format);
    say("", "\n", SIZE_MAX, format, args);
    va_end(args);
}

void closing_line(double wall_at_start) {
    char wall[32], cpu[32], peak[32];
    talk("tinyscale %s | wall %s | cpu %s | peak %s", TINYSCALE_VERSION,
         seconds_to_text(wall, fmax(0.01, wall_seconds() - wall_at_start)),
         seconds_to_text(cpu, fmax(0.01, cpu_seconds())),
         bytes_to_text(peak, (double)peak_bytes()));
}

/* --- the progress line ------------------------------------------------------------------------ */

static const double EVERY_S = 10, EVERY_S_ON_TERMINAL = 0.1;

static size_t terminal_columns(void) {
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col : 80;
}

/* On a terminal the line is cut to its width: a wrapped line could not be rewritten. */
void progress_show(Progress *p, bool force, const char *format, ...) {
    if (quiet()) return;
    const bool terminal = isatty(STDERR_FILENO);
    const double now = wall_seconds(), every = terminal ? EVERY_S_ON_TERMINAL : EVERY_S;
    if (!force && p->last_s > 0 && now - p->last_s < every) return;
    p->last_s = now;
    p->shown = terminal;
    va_list args;
    va_start(args, format);
    if (terminal)
        say("\r", "\x1b[K", terminal_columns() - 1, format, args);
    else
        say("", "\n", SIZE_MAX, format, args);
    va_end(args);
}

void progress_clear(Progress *p) {
    if (p->shown) fputs("\r\x1b[K", stderr);
    p->shown = false;
}
