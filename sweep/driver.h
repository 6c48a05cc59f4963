/* driver.h: what a driver knows while it drives: the state of every run of the plan, and how its
 * predictions of time have come out so far. For the parts of the driver; the rest of the program
 * calls drive.h.
 */
#ifndef SWEEP_DRIVER_H
#define SWEEP_DRIVER_H

#include "base/proc.h"
#include "sweep/launch.h"
#include "sweep/sweep.h"

/* Open: its learning rate has still to be found. */
typedef enum {
    DRIVER_WAITING,
    DRIVER_RUNNING,
    DRIVER_ENDED,
    DRIVER_FAILED,
    DRIVER_OPEN
} DriverState;

typedef struct {
    Sweep *s;
    int jobs;           // places for workers
    double budget_s;    // start nothing that is not predicted to end within this; 0: no limit
    char program[4096]; // path of what workers run
    Launcher *launcher;
    DriverState *state;           // (plan.n) change it by driver_set()
    bool *waiting;                // (plan.n) state == DRIVER_WAITING, for the plan's functions
    uint64_t *begin;              // (plan.n) steps of another run's trunk with which it was started
    bool *prepared;               // (plan.n) the run's directory and config.json are there
    int *threads;                 // (plan.n) of a run that was started
    double deadline;              // on the clock of wall_seconds(), when there is a budget
    double predicted_s, actual_s; // thread-seconds of the runs that ended in this call
    bool full;                    // a worker failed because the disk is full
    Progress progress;
} Driver;

/* Allocate the states, all waiting or open, in the sweep's arena; once more after
 * sweep_replan(). */
void driver_init(Driver *d);

const PlanRow *driver_row(const Driver *d, size_t i);
void driver_set(Driver *d, size_t i, DriverState state);
/* Count the plan's rows from .. to-1 that are in this state. */
size_t driver_count(const Driver *d, size_t from, size_t to, DriverState state);

/* Seconds that a run is predicted to take itself: from its parent's trunk on, or, once it was
 * started, from where it did begin. */
double driver_seconds(const Driver *d, size_t i);

/* How much longer than predicted runs take; drawn towards 1 by ten seconds of belief in the
 * prediction. */
double driver_pace(const Driver *d);

/* result.json is written last: where it is, the run ended, however its worker did. */
bool driver_has_result(const Driver *d, size_t i);

/* Write points.csv of the plan's runs from the ledger, and tuning.csv of those that tune. */
Status driver_write_points(const Driver *d, Err *err);

#endif
