/* adopt.c: from what stands in a sweep's directory to the states of its runs. */
#include "sweep/adopt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sweep/record.h"
#include "train/result.h"
#include "train/run_dir.h"

/* A row whose run changed its part in the sweep (a hero that now stands in the grid, a run of the
 * grid that now tunes) is written again. */
static bool has_row(const Driver *d, size_t i) {
    const SpecRun *run = &driver_row(d, i)->run;
    if (!sweep_run_ended(d->s, run->id)) return false;
    const char *role = json_string_or(ledger_run(d->s->ledger, run->id), "role", "");
    return strcmp(role, spec_run_role(run)) == 0;
}

/* Keep a result that cannot be believed under another name: its run will do its end again from the
 * checkpoint. */
static Status set_aside(const Driver *d, size_t i, const char *why, Err *err) {
    const char *dir = sweep_run_dir(d->s, driver_row(d, i)->run.id);
    const char *path = arena_printf(d->s->arena, "%s/result.json", dir);
    if (rename(path, arena_printf(d->s->arena, "%s/result.damaged", dir)) != 0)
        FAIL(err, E_IO, "%s: cannot be renamed: %s", path, strerror(errno));
    talk("%s; kept as result.damaged, and the run's end is done again", why);
    return OK;
}

Status adopt_results(Driver *d, Err *err) {
    size_t adopted = 0;
    for (size_t i = 0; i < d->s->plan.n; i++) {
        const PlanRow *row = driver_row(d, i);
        RunResult result;
        Err trouble = {0};
        if (row->run.open) continue;
        driver_set(d, i, has_row(d, i) ? DRIVER_ENDED : DRIVER_WAITING);
        if (d->state[i] == DRIVER_ENDED || !driver_has_result(d, i)) continue;
        if (run_result_read(sweep_run_dir(d->s, row->run.id), &result, &trouble) != OK) {
            TRY(set_aside(d, i, trouble.message, err));
            continue;
        }
        TRY(record_result(d->s, row, &result, err));
        driver_set(d, i, DRIVER_ENDED);
        adopted++;
    }
    if (adopted > 0)
        talk("%zu finished run%s had no row in the ledger; written now", adopted,
             adopted == 1 ? "" : "s");
    return OK;
}
