/* watch.h: how far a long computation is, told on one line of stderr while it lasts.
 *
 *     Watch watch = watch_open("fit");
 *     watch_begin(&watch, "laws", 11);
 *     for (...) {
 *         watch_begin(&watch, "resamples", 400);
 *         for (...) watch_step(&watch);       // "fit: 3 of 11 laws, 120 of 400 resamples"
 *         watch_end(&watch);
 *         watch_step(&watch);
 *     }
 *     watch_end(&watch);
 *
 * What ends within a second tells nothing. The line is a Progress (proc.h): rewritten on a
 * terminal, printed every ten seconds elsewhere. Results do not depend on it. Where a Watch may be
 * NULL, nobody is told, and the calls do nothing.
 */
#ifndef BASE_WATCH_H
#define BASE_WATCH_H

#include "base/proc.h"

typedef struct {
    const char *what; // "resamples"
    int done, of;
} WatchStage;

enum { WATCH_MOST_STAGES = 8 };

typedef struct {
    const char *name; // of the command, with which the line begins
    double begun_s;   // wall_seconds() when it was opened
    Progress line;
    WatchStage stages[WATCH_MOST_STAGES]; // (n_stages) those that are open, the outermost first
    int n_stages;
} Watch;

Watch watch_open(const char *name);

/* Begin a stage of so many steps within those that are open. Not for threads of a parallel
 * region. */
void watch_begin(Watch *w, const char *what, int steps);
/* Count one step of the innermost stage as done. Any thread of a parallel region may call it, and
 * the first of them tells. */
void watch_step(Watch *w);
/* End the innermost stage, and with the outermost one the line. */
void watch_end(Watch *w);

#endif
