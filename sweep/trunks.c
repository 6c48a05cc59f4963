/* trunks.c: see trunks.h. */
#include "sweep/trunks.h"

#include <string.h>

#include "train/branch.h"
#include "train/checkpoint.h"

static const char *dir_of(const Driver *d, size_t i) {
    return sweep_run_dir(d->s, driver_row(d, i)->run.id);
}

static bool failed_before(const Driver *d, size_t i) {
    const Json *row = ledger_run(d->s->ledger, driver_row(d, i)->run.id);
    return row && !sweep_run_ended(d->s, driver_row(d, i)->run.id);
}

static bool is_over(const Driver *d, size_t i) {
    return d->state[i] == DRIVER_ENDED || d->state[i] == DRIVER_FAILED;
}

bool trunks_ready(const Driver *d, size_t i) {
    const size_t parent = driver_row(d, i)->parent;
    return parent == PLAN_NO_PARENT || is_over(d, parent) || branch_kept(dir_of(d, parent)) ||
           failed_before(d, i) || checkpoint_exists(dir_of(d, i));
}

size_t trunks_source(const Driver *d, size_t i) {
    if (driver_row(d, i)->parent == PLAN_NO_PARENT || failed_before(d, i) ||
        checkpoint_exists(dir_of(d, i)))
        return PLAN_NO_PARENT;
    size_t source = driver_row(d, i)->parent;
    while (source != PLAN_NO_PARENT && !branch_kept(dir_of(d, source)))
        source = driver_row(d, source)->parent;
    return source;
}

uint64_t trunks_begin(const Driver *d, size_t source) {
    return source == PLAN_NO_PARENT ? 0 : branch_step(&driver_row(d, source)->run.config);
}

/* Tell whether run k would begin with run i's trunk if it were started now. */
static bool begins_with(const Driver *d, size_t k, size_t i) {
    size_t source = driver_row(d, k)->parent;
    while (source != PLAN_NO_PARENT && source != i && !branch_kept(dir_of(d, source)))
        source = driver_row(d, source)->parent;
    return source == i;
}

/* Tell whether a run may still begin with this one's trunk. */
static bool is_needed(const Driver *d, size_t i) {
    const PlanRow *r = driver_row(d, i);
    for (size_t k = 0; r->keeps && k < d->s->plan.n; k++)
        if (d->state[k] != DRIVER_ENDED && strcmp(driver_row(d, k)->run.trunk, r->run.trunk) == 0 &&
            begins_with(d, k, i))
            return true;
    return false;
}

static Status tidy(const Driver *d, size_t i, Err *err) {
    if (d->state[i] != DRIVER_ENDED || is_needed(d, i)) return OK;
    return branch_remove(dir_of(d, i), err);
}

Status trunks_tidy(const Driver *d, size_t i, Err *err) {
    TRY(tidy(d, i, err));
    const size_t parent = driver_row(d, i)->parent;
    return parent == PLAN_NO_PARENT ? OK : tidy(d, parent, err);
}
