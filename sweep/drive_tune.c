/* drive_tune.c: see drive_tune.h. */
#include "sweep/drive_tune.h"

#include <math.h>
#include <stdio.h>

#include "sweep/adopt.h"
#include "sweep/record.h"
#include "sweep/tune.h"
#include "sweep/tune_tell.h"

/* Keep the rule before any run depends on it. */
static Status keep_rule(Driver *d, Err *err) {
    Tune *t = &d->s->tune;
    if (!t->ruled || t->recorded) return OK;
    TRY(record_tuned(d->s, err));
    t->recorded = true;
    progress_clear(&d->progress);
    printf("tuned: %s\n", tune_rule_text(t, d->s->arena));
    fflush(stdout);
    if (t->doubt) talk("%s", t->doubt);
    return OK;
}

Status drive_tune_go_on(Driver *d, Err *err) {
    if (!d->s->spec.tune.at) return OK;
    if (driver_count(d, 0, d->s->plan.n, DRIVER_OPEN) > 0) {
        const size_t told = ledger_size(d->s->ledger);
        TRY(sweep_replan(d->s, err));
        driver_init(d);
        TRY(adopt_results(d, err));
        if (drive_tune_is_next(d) && ledger_size(d->s->ledger) == told)
            FAIL(err, E_FORMAT, "%s/ledger.jsonl: a tuning run has ended and has no loss",
                 d->s->dir);
    }
    return keep_rule(d, err);
}

bool drive_tune_is_next(const Driver *d) {
    const size_t n = d->s->plan.n_tuning;
    return driver_count(d, 0, d->s->plan.n, DRIVER_OPEN) > 0 &&
           driver_count(d, 0, n, DRIVER_WAITING) + driver_count(d, 0, n, DRIVER_FAILED) == 0;
}

Status drive_tune_check(Driver *d, Err *err) {
    Tune *t = &d->s->tune;
    if (!t->has_check || !t->ruled || t->check_recorded) return OK;
    TRY(tune_open(t, &d->s->spec, d->s->arena, d->s->ledger, d->s->corpus, err));
    if (!t->check.ended || t->check_recorded) return OK;
    TRY(record_checked(d->s, err));
    t->check_recorded = true;
    if (t->check_doubt) talk("%s", t->check_doubt);
    return OK;
}
