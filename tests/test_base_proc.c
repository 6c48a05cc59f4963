/* test_base_proc.c: what a killed writer leaves is swept up, whether its process is gone, a zombie
 * or somebody who lives. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "tests/scratch_dir.h"

static char *leftover_of(Scratch *x, long pid) {
    char *name = arena_printf(x->arena, "points.csv.tmp.%ld", pid);
    scratch_write(x, name, "torn");
    return scratch_path(x, name);
}

static void a_zombie_is_no_writer(void **state) {
    Scratch *x = *state;
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0); // ended, not collected
    assert_int_equal(kill(pid, 0), 0);                                       // and it answers
    const char *path = leftover_of(x, pid);
    remove_leftovers(x->dir);
    assert_false(file_exists(path));
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_number_that_nobody_has_is_no_writer(void **state) {
    Scratch *x = *state;
    const char *path = leftover_of(x, 2147483646);
    remove_leftovers(x->dir);
    assert_false(file_exists(path));
}

static void who_lives_may_be_writing(void **state) {
    Scratch *x = *state;
    const char *mine = leftover_of(x, getpid()), *init = leftover_of(x, 1);
    remove_leftovers(x->dir);
    assert_true(file_exists(mine));
    assert_true(file_exists(init));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_zombie_is_no_writer),
        TEST(a_number_that_nobody_has_is_no_writer),
        TEST(who_lives_may_be_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
