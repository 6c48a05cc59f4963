/* tell.c: the driver's words for people. */
#include "sweep/tell.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/numbers.h"
#include "sweep/machine.h"

const char *tell_run(const Driver *d, size_t i) {
    char tokens[16];
    return arena_printf(d->s->arena, "d%d x %s", driver_row(d, i)->run.config.d_model,
                        count_to_text(tokens, driver_row(d, i)->tokens));
}

void tell_plan(const Driver *d) {
    const Plan *p = &d->s->plan;
    const double grid = plan_seconds(p, d->s->arena, 0, p->n_grid, d->waiting, d->jobs);
    const double hero = plan_seconds(p, d->s->arena, p->n_grid, p->n, d->waiting, d->jobs);
    char text[32];
    talk("%s: %zu of %zu runs to do on %d workers, about %s", d->s->dir,
         driver_count(d, 0, p->n, DRIVER_WAITING), p->n, d->jobs,
         seconds_to_text(text, grid + hero));
    if (machine_load() > 0.5 * cpu_count())
        talk("the load average is %.1f on %d processors already: times will be longer than "
             "predicted",
             machine_load(), cpu_count());
}

/* Return the share of run i's tokens that are done. */
static double share_done(const Driver *d, size_t i) {
    const PlanRow *r = driver_row(d, i);
    const double begun = (double)(d->begin[i] * r->run.config.batch_tok);
    if (d->state[i] == DRIVER_ENDED || d->state[i] == DRIVER_FAILED) return 1;
    return d->state[i] == DRIVER_RUNNING
               ? fmin(1, fmax((double)launch_progress(d->launcher, i), begun) / r->tokens)
               : 0;
}

/* Predict the seconds that rows from .. to-1 still take: what is left of them shared by all places,
 * but no less than what is left of any one run. A hero that waits will have all places. */
static double eta_seconds(const Driver *d, size_t from, size_t to) {
    double sum = 0, longest = 0;
    for (size_t i = from; i < to; i++) {
        if (d->state[i] == DRIVER_ENDED || d->state[i] == DRIVER_FAILED) continue;
        const int threads = d->state[i] == DRIVER_RUNNING ? d->threads[i]
                            : driver_row(d, i)->run.hero  ? d->jobs
                                                          : 1;
        const double rest = d->state[i] == DRIVER_RUNNING
                                ? driver_row(d, i)->seconds * (1 - share_done(d, i))
                                : driver_seconds(d, i);
        sum += rest;
        longest = fmax(longest, rest / threads);
    }
    return driver_pace(d) * fmax(sum / d->jobs, longest);
}

void tell_progress(Driver *d) {
    const Plan *p = &d->s->plan;
    double tokens = 0, done = 0;
    char now[160] = "", eta[32];
    size_t used = 0;
    for (size_t i = 0; i < p->n; i++) {
        tokens += p->rows[i].tokens;
        done += p->rows[i].tokens * share_done(d, i);
        if (d->state[i] != DRIVER_RUNNING || used + 1 >= sizeof now) continue;
        char n[16];
        used += (size_t)snprintf(now + used, sizeof now - used, "%sd%d x %s %.0f%%",
                                 used ? ", " : "", p->rows[i].run.config.d_model,
                                 count_to_text(n, p->rows[i].tokens), 100 * share_done(d, i));
    }
    const double eta_s = eta_seconds(d, 0, p->n_grid) + eta_seconds(d, p->n_grid, p->n);
    progress_show(&d->progress, false, "%zu/%zu runs, %.0f%% of tokens, ETA %s | %s",
                  driver_count(d, 0, p->n, DRIVER_ENDED), p->n, 100 * done / tokens,
                  seconds_to_text(eta, eta_s), now);
}

void tell_unstarted(const Driver *d) {
    const Plan *p = &d->s->plan;
    for (size_t i = 0; i < p->n; i++)
        if (d->waiting[i])
            talk("not started within the budget: run %s (%s)", p->rows[i].run.id, tell_run(d, i));
    const size_t open = driver_count(d, 0, p->n, DRIVER_OPEN);
    if (open > 0) talk("%zu runs wait until the learning rate is tuned", open);
}

static bool in_plan(const Driver *d, const char *id) {
    for (size_t i = 0; i < d->s->plan.n; i++)
        if (strcmp(driver_row(d, i)->run.id, id) == 0) return true;
    return false;
}

void tell_strangers(const Driver *d) {
    size_t n = 0;
    for (size_t i = 0; i < ledger_size(d->s->ledger); i++) {
        const Json *e = ledger_event(d->s->ledger, i);
        const char *id = json_string_or(e, "id", "");
        n += ledger_run(d->s->ledger, id) == e && sweep_run_ended(d->s, id) && !in_plan(d, id);
    }
    if (n > 0)
        talk("%zu run%s in the ledger %s not in this spec: points.csv leaves them out, 'tinyscale "
             "fit %s' does not",
             n, n == 1 ? "" : "s", n == 1 ? "is" : "are", d->s->dir);
}
