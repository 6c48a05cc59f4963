/* ask.c: one child, from its start to its end. */
#include "sweep/ask.h"

Status ask_analysis(Launcher *l, Arena *arena, char *const *argv, const char *words, int places,
                    Err *err) {
    LaunchEnd end;
    TRY(launch_start(l, &(LaunchJob){argv, words, 0, places}, err));
    while (!launch_ended(l, &end)) launch_wait(l, 0.5);
    if (end.exit_code == 0) return OK;
    FAIL(err, E_FAILED, "%s", launch_words(arena, &end, words));
}
