/* watch.c: see watch.h. */
#include "base/watch.h"

#include <omp.h>
#include <stdio.h>

static const double AFTER_S = 1; // what takes no longer needs no line

/* The first line counts as told when the watch is opened, so that elsewhere than on a terminal it
 * waits for as long as the next one will. */
Watch watch_open(const char *name) {
    const double now = wall_seconds();
    return (Watch){.name = name, .begun_s = now, .line = {.last_s = now}};
}

static void show(Watch *w) {
    char words[256] = "";
    size_t used = 0;
    if (wall_seconds() - w->begun_s < AFTER_S) return;
    for (int i = 0; i < w->n_stages && used < sizeof words; i++) {
        const WatchStage *s = &w->stages[i];
        int done;
#pragma omp atomic read
        done = s->done;
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%d of %d %s", i ? ", " : "",
                                 done, s->of, s->what);
    }
    progress_show(&w->line, false, "%s: %s", w->name, words);
}

void watch_begin(Watch *w, const char *what, int steps) {
    if (!w) return;
    MUST(w->n_stages < WATCH_MOST_STAGES);
    w->stages[w->n_stages++] = (WatchStage){what, 0, steps};
}

void watch_step(Watch *w) {
    if (!w) return;
    MUST(w->n_stages > 0);
    int *done = &w->stages[w->n_stages - 1].done;
#pragma omp atomic
    ++*done;
    if (omp_get_thread_num() == 0) show(w);
}

void watch_end(Watch *w) {
    if (!w) return;
    MUST(w->n_stages > 0);
    if (--w->n_stages == 0) progress_clear(&w->line);
}
