/* test_sweep_stop.c: what cuts a driver short: signals, a full disk, a budget, another driver. The
 * next call goes on from there. */
#include <signal.h>
#include <sys/wait.h>

#include "base/proc.h"
#include "tests/sweep_rig.h"

/* Every worker of a full disk fails: two places, so two starts at most. */
static void a_full_disk_stops_the_driver(void **state) {
    Scratch *x = *state;
    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 16, 24, 40, 48, 56, 64]"));
    set_mode(x, "full");
    assert_fails(x, drive(x), "stopped by a full disk");
    assert_true(count(x, "start", NULL) <= 2);
    set_mode(x, "work");
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "run", "done"), 8);
}

static void a_budget_that_is_too_short_starts_nothing(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive_with(x, "spec.json", 1e-9));
    assert_int_equal(count(x, "start", NULL), 0);
    assert_ok(x, drive_with(x, "t", 1000)); // the directory is its own spec
    assert_int_equal(count(x, "run", "done"), 4);
}

/* Start a driver in a process of its own, wait for two slow workers, send it a signal; its wait
 * status. */
static int drive_and_signal(Scratch *x, int signal_number, pid_t workers[2]) {
    set_mode(x, "slow");
    const pid_t driver = fork();
    if (driver == 0) {
        setpgid(0, 0);
        _exit(drive(x));
    }
    const char *list = arena_printf(x->arena, "cat %s/t/runs/*/pid 2>/dev/null", x->dir);
    const double deadline = wall_seconds() + 10;
    int n = 0;
    for (; n < 2 && wall_seconds() < deadline; usleep(20000)) {
        FILE *f = popen(list, "r");
        for (n = 0; n < 2 && fscanf(f, "%d", &workers[n]) == 1;) n++;
        pclose(f);
    }
    assert_int_equal(n, 2);
    kill(-driver, signal_number); // as a terminal does: to its whole process group
    int status = 0;
    assert_int_equal(waitpid(driver, &status, 0), driver);
    for (int i = 0; i < 2; i++)
        while (!process_has_ended(workers[i]) && wall_seconds() < deadline) usleep(10000);
    set_mode(x, "work");
    return status;
}

static void an_interrupted_driver_stops_its_workers_and_goes_on_later(void **state) {
    Scratch *x = *state;
    pid_t workers[2];
    const int status = drive_and_signal(x, SIGINT, workers);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), E_FAILED);
    for (int i = 0; i < 2; i++) assert_true(process_has_ended(workers[i]));
    assert_int_equal(
        system(arena_printf(x->arena, "test `ls %s/t/runs/*/saved | wc -l` = 2", x->dir)), 0);
    assert_int_equal(count(x, "run", NULL), 0); // interrupted is not failed
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "run", "done"), 4);
}

static void a_killed_driver_leaves_no_orphans_and_no_lock(void **state) {
    Scratch *x = *state;
    pid_t workers[2];
    assert_true(WIFSIGNALED(drive_and_signal(x, SIGKILL, workers)));
#ifdef __linux__
    for (int i = 0; i < 2; i++) assert_true(process_has_ended(workers[i]));
#endif
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "run", "done"), 4);
}

static void a_second_driver_is_refused(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    Lock *lock = NULL;
    assert_ok(x, lock_open(scratch_path(x, "t/lock"), "test", &lock, &x->err));
    assert_fails(x, drive(x), "at work");
    lock_close(lock);
    assert_ok(x, drive(x));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DRIVE_TEST(a_full_disk_stops_the_driver),
        DRIVE_TEST(a_budget_that_is_too_short_starts_nothing),
        DRIVE_TEST(an_interrupted_driver_stops_its_workers_and_goes_on_later),
        DRIVE_TEST(a_killed_driver_leaves_no_orphans_and_no_lock),
        DRIVE_TEST(a_second_driver_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
