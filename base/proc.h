/* proc.h: the process and the machine under it: clocks, memory, other processes, progress. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/err.h"

extern const char TINYSCALE_VERSION[]; // "0.1.0"
extern const char TINYSCALE_COMMIT[];  // git commit at build time, "unknown" outside git

/* First of all in main(): closed standard streams are held by /dev/null, a reader who is gone and a
 * limit on the size of files are errors that write() returns, and OpenMP takes as many threads as
 * there are processors to be had. False when /dev/null cannot be opened. */
bool process_prepare(void);

double wall_seconds(void);   // monotonic, arbitrary origin
double cpu_seconds(void);    // user + system of this process and its reaped children
size_t peak_bytes(void);     // peak resident set of this process or its largest reaped child
const char *cpu_model(void); // "Intel(R) Xeon(R) ..."; static, "unknown" when not to be had

/* Print the line that ends a command, "tinyscale 0.1.0 | wall 12.3 s | cpu 22.0 s | peak 41 MB" on
 * stderr. */
void closing_line(double wall_at_start);

/* Find the path of this executable, for starting copies of itself. */
Status process_path(char *buffer, size_t size, Err *err);

/* Tell whether a process has ended: none has this number, or the one that has it is a zombie. */
bool process_has_ended(pid_t pid);

/* Remove what file_write() leaves in a directory when it is killed: regular files NAME.tmp.PID
 * whose process is gone. They harm nobody where they stay, so nothing here is an error. */
void remove_leftovers(const char *dir);

/* A line on stderr that is rewritten in place on a terminal, and printed at most every ten seconds
 * elsewhere. */
typedef struct {
    double last_s;
    bool shown; // a line stands on the terminal without its newline
} Progress;
void progress_show(Progress *p, bool force, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void progress_clear(Progress *p); // end the live line before other talk

/* Say one line to people on stderr. Quiet when TINYSCALE_QUIET is set. */
void talk(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
