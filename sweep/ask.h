/* ask.h: `tinyscale fit` started and waited for: sweeps know costs and the analysis knows laws, and
 * what one wants of the other goes through a process and files. */
#ifndef SWEEP_ASK_H
#define SWEEP_ASK_H

#include "sweep/launch.h"

/* Start argv (NULL-terminated, argv[0] is the program) on so many places of a launcher that is
 * otherwise idle, and wait until it has ended. words: a file for its stderr, whose last line is the
 * error where it fails, E_FAILED. */
Status ask_analysis(Launcher *l, Arena *arena, char *const *argv, const char *words, int places,
                    Err *err);

#endif
