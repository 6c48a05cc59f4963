/* driver.c: the states of the runs of a plan. */
#include "sweep/driver.h"

#include "sweep/points_csv.h"

void driver_init(Driver *d) {
    const size_t n = d->s->plan.n;
    d->state = ARENA_ARRAY(d->s->arena, DriverState, n);
    d->waiting = ARENA_ARRAY(d->s->arena, bool, n);
    d->prepared = ARENA_ARRAY(d->s->arena, bool, n);
    d->begin = ARENA_ARRAY(d->s->arena, uint64_t, n);
    d->threads = ARENA_ARRAY(d->s->arena, int, n);
    for (size_t i = 0; i < n; i++)
        driver_set(d, i, driver_row(d, i)->run.open ? DRIVER_OPEN : DRIVER_WAITING);
}

const PlanRow *driver_row(const Driver *d, size_t i) {
    return &d->s->plan.rows[i];
}

void driver_set(Driver *d, size_t i, DriverState state) {
    d->state[i] = state;
    d->waiting[i] = state == DRIVER_WAITING;
}

size_t driver_count(const Driver *d, size_t from, size_t to, DriverState state) {
    size_t n = 0;
    for (size_t i = from; i < to; i++) n += d->state[i] == state;
    return n;
}

double driver_seconds(const Driver *d, size_t i) {
    const PlanRow *r = driver_row(d, i);
    if (d->state[i] == DRIVER_WAITING || d->state[i] == DRIVER_OPEN) return plan_trunks_seconds(r);
    return r->seconds * (1 - (double)d->begin[i] / (double)run_config_steps(&r->run.config));
}

double driver_pace(const Driver *d) {
    return (d->actual_s + 10) / (d->predicted_s + 10);
}

bool driver_has_result(const Driver *d, size_t i) {
    return file_exists(
        arena_printf(d->s->arena, "%s/result.json", sweep_run_dir(d->s, driver_row(d, i)->run.id)));
}

Status driver_write_points(const Driver *d, Err *err) {
    const Plan *plan = &d->s->plan;
    const char **ids = ARENA_ARRAY(d->s->arena, const char *, plan->n);
    const size_t n_tuning = plan->n_tuning;
    size_t n = 0;
    for (size_t i = 0; i < plan->n; i++)
        if (i < n_tuning || !plan->rows[i].run.open) ids[n++] = plan->rows[i].run.id;
    if (n_tuning > 0)
        TRY(points_csv_write(arena_printf(d->s->arena, "%s/tuning.csv", d->s->dir), d->s->ledger,
                             ids, n_tuning, err));
    return points_csv_write(arena_printf(d->s->arena, "%s/points.csv", d->s->dir), d->s->ledger,
                            ids + n_tuning, n - n_tuning, err);
}
