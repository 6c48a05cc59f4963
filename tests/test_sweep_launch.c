/* test_sweep_launch.c: workers as small shell commands: progress, ends of every kind, places,
 * stopping. */
#include <signal.h>
#include <string.h>

#include "base/proc.h"
#include "sweep/launch.h"
#include "tests/scratch_dir.h"

static Status start(Scratch *x, Launcher *l, size_t tag, int threads, const char *command) {
    char *argv[] = {"/bin/sh", "-c", arena_strdup(x->arena, command), NULL};
    return launch_start(l, &(LaunchJob){argv, scratch_path(x, "stderr.txt"), tag, threads},
                        &x->err);
}

static LaunchEnd wait_for_end(Launcher *l) {
    LaunchEnd end = {.tag = SIZE_MAX};
    const double deadline = wall_seconds() + 10;
    while (!launch_ended(l, &end) && wall_seconds() < deadline) launch_wait(l, 0.5);
    assert_int_not_equal(end.tag, SIZE_MAX);
    return end;
}

static void ends_are_told_as_they_were(void **state) {
    static const struct {
        const char *command;
        int exit_code, signal;
    } cases[] = {{"exit 0", 0, 0},
                 {"exit 3", 3, 0},
                 {"kill -9 $$", -1, SIGKILL},
                 {"exec /no/such/program", 127, 0}};
    Scratch *x = *state;
    Launcher *l = launch_open_local(2);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_ok(x, start(x, l, i, 1, cases[i].command));
        assert_int_equal(launch_busy(l), 1);
        const LaunchEnd end = wait_for_end(l);
        assert_int_equal(end.tag, i);
        assert_int_equal(end.exit_code, cases[i].exit_code);
        assert_int_equal(end.signal, cases[i].signal);
        assert_int_equal(launch_busy(l), 0);
        assert_int_equal(launch_free_places(l), 2);
    }
    launch_close(l);
}

static void a_program_that_is_not_there_says_so(void **state) {
    Scratch *x = *state;
    Launcher *l = launch_open_local(1);
    char *argv[] = {"/no/such/program", NULL};
    assert_ok(x, launch_start(l, &(LaunchJob){argv, scratch_path(x, "stderr.txt"), 0, 1}, &x->err));
    assert_int_equal(wait_for_end(l).exit_code, 127);
    assert_non_null(strstr(scratch_read(x, "stderr.txt"), "/no/such/program"));
    launch_close(l);
}

static void progress_is_heard_in_whole_numbers(void **state) {
    Scratch *x = *state;
    Launcher *l = launch_open_local(1);
    assert_ok(x,
              start(x, l, 7, 1, "printf '100\\n2' >&3; sleep 0.2; printf '50\\n3' >&3; sleep 10"));
    const double deadline = wall_seconds() + 5;
    uint64_t heard = 0;
    while ((heard = launch_progress(l, 7)) != 250 && wall_seconds() < deadline) {
        assert_true(heard == 0 || heard == 100);
        launch_wait(l, 0.5);
    }
    assert_int_equal(heard, 250);
    assert_int_equal(launch_progress(l, 8), 0);
    launch_close(l);
}

/* Its pipe tells nothing more: the end itself wakes the driver. */
static void a_worker_that_closed_its_pipe_is_waited_for_without_polling(void **state) {
    Scratch *x = *state;
    Launcher *l = launch_open_local(2);
    assert_ok(x, start(x, l, 0, 1, "exec 3>&-; sleep 0.3; exit 4"));
    assert_ok(x, start(x, l, 1, 1, "sleep 10"));
    LaunchEnd end;
    int waits = 0;
    const double began = wall_seconds();
    for (; !launch_ended(l, &end) && waits < 1000; waits++) launch_wait(l, 5);
    assert_int_equal(end.exit_code, 4);
    assert_true(wall_seconds() - began < 5);
#ifdef __linux__
    assert_true(waits <= 4);
#endif
    launch_close(l);
}

static void stderr_is_a_file_and_stdin_and_stdout_are_nothing(void **state) {
    Scratch *x = *state;
    Launcher *l = launch_open_local(1);
    assert_ok(x, start(x, l, 0, 1, "cat; echo out; echo first >&2; echo last >&2"));
    assert_int_equal(wait_for_end(l).exit_code, 0);
    assert_string_equal(scratch_read(x, "stderr.txt"), "first\nlast\n");
    launch_close(l);
}

static void threads_take_places(void **state) {
    Scratch *x = *state;
    Launcher *l = launch_open_local(4);
    assert_ok(x, start(x, l, 0, 3, "sleep 10"));
    assert_int_equal(launch_free_places(l), 1);
    assert_ok(x, start(x, l, 1, 1, "exit 0"));
    assert_int_equal(wait_for_end(l).tag, 1);
    assert_int_equal(launch_free_places(l), 1);
    launch_stop(l, 0);
    const LaunchEnd end = wait_for_end(l);
    assert_int_equal(end.threads, 3);
    assert_int_equal(launch_free_places(l), 4);
    launch_close(l);
}

static void stopping_asks_first_and_then_kills(void **state) {
    Scratch *x = *state;
    Launcher *l = launch_open_local(2);
    assert_ok(x, start(x, l, 0, 1, "trap 'exit 5' TERM; echo 1 >&3; while :; do sleep 0.05; done"));
    assert_ok(x, start(x, l, 1, 1, "trap '' TERM; echo 1 >&3; while :; do sleep 0.05; done"));
    const double deadline = wall_seconds() + 5;
    while ((launch_progress(l, 0) == 0 || launch_progress(l, 1) == 0) && wall_seconds() < deadline)
        launch_wait(l, 0.5);
    launch_stop(l, 0.5);
    assert_int_equal(launch_busy(l), 0);
    for (int i = 0; i < 2; i++) {
        const LaunchEnd end = wait_for_end(l);
        if (end.tag == 0)
            assert_int_equal(end.exit_code, 5);
        else
            assert_int_equal(end.signal, SIGKILL);
    }
    launch_close(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(ends_are_told_as_they_were),
        TEST(a_program_that_is_not_there_says_so),
        TEST(progress_is_heard_in_whole_numbers),
        TEST(a_worker_that_closed_its_pipe_is_waited_for_without_polling),
        TEST(stderr_is_a_file_and_stdin_and_stdout_are_nothing),
        TEST(threads_take_places),
        TEST(stopping_asks_first_and_then_kills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
