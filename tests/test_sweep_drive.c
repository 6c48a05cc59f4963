/* test_sweep_drive.c: the driver with workers that pretend: what is missing is run, failures are
 * rows, results without a row are adopted, and the end is the same table however often it was cut
 * short. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "sweep/drive.h"
#include "base/ledger.h"
#include "tests/scratch_dir.h"
#include "train/result.h"

/* train CONFIG --out DIR ...: does what the file "mode" says, or writes a result. fit DIR ...:
 * seals. */
static const char FAKE[] =
    "#!/bin/sh\n"
    "case $1 in\n"
    "fit) id=${5%%,*}; echo fit >> ${0%/*}/fits\n"
    "read -r fits < \"${0%/*}/fit mode\"\n"
    "case $fits in\n"
    "fail) echo 'no law in sight' >&2; exit 1;;\n"
    "crash) kill -9 $$;;\n"
    "none) exit 0;;\n"
    "other) id=id=0123456789ab;;\n"
    "esac\n"
    "echo \"{\\\"predictions\\\":[{\\\"id\\\":\\\"${id#id=}\\\"}]}\" > $2/prediction.json; exit "
    "0;;\n"
    "esac\n"
    "dir=$4\n"
    "read -r mode < \"${0%/*}/mode\"\n"
    "case $mode in\n"
    "fail) echo 'first words' >&2; echo 'disk on fire' >&2; exit 1;;\n"
    "crash) kill -9 $$;;\n"
    "slow) trap 'echo > $dir/saved; exit 1' TERM; echo $$ > $dir/pid; echo 1 >&3; while :; do "
    "sleep 0.05; done;;\n"
    "torn) echo '{\"end\":' > $dir/result.json; exit 0;;\n"
    "full) echo \"tinyscale: cannot write 'x': No space left on device\" >&2; exit 1;;\n"
    "fail16) grep -q '\"d_model\": 16' $2 && { echo 'disk on fire' >&2; exit 1; };;\n"
    "esac\n"
    "cat > $dir/tmp <<EOF\n"
    "{\"end\":\"done\",\"steps\":97,\"tokens\":49664,\"unique_tokens\":49664,\"loss\":2.5,\"loss_"
    "se\":0.01,\"train_loss\":2.4,"
    "\"flops\":1e9,\"clipped\":0,\"wall_s\":0.5,\"cpu_s\":0.5,\"tok_per_s\":1e5,\"peak_bytes\":"
    "1000000}\n"
    "EOF\n"
    "mv $dir/tmp $dir/result.json\n";

#define SPEC(name, symbols, axis)                                                                  \
    "{\"name\":\"" name "\",\"data\":{\"source\":\"markov\",\"symbols\":" symbols                  \
    ",\"order\":1,\"tokens\":100000,\"heldout_tok\":20000},"                                       \
    "\"base\":{\"layers\":1,\"d_head\":8,\"ctx\":32,\"batch_tok\":512,\"eval_tok\":4096,"          \
    "\"tokens\":50000},"                                                                           \
    "\"axes\":{\"d_model\":" axis "},\"hero\":{\"d_model\":32}}"

static void set_mode(Scratch *x, const char *mode) {
    scratch_write(x, "mode", arena_printf(x->arena, "%s\n", mode));
}

static void set_fit_mode(Scratch *x, const char *mode) {
    scratch_write(x, "fit mode", arena_printf(x->arena, "%s\n", mode));
}

static int open_sweep(void **state) {
    if (scratch_open(state) != 0) return -1;
    Scratch *x = *state;
    setenv("TINYSCALE_QUIET", "1", 1);
    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 16, 24]"));
    set_mode(x, "work");
    set_fit_mode(x, "work");
    return chmod(scratch_write(x, "fake", FAKE), 0755);
}

/* The driver's words for people go nowhere. */
static Status drive_with(Scratch *x, const char *spec, double budget_s) {
    const DriveOptions o = {.spec = scratch_path(x, spec),
                            .out = scratch_path(x, "t"),
                            .jobs = 2,
                            .budget_s = budget_s,
                            .program = scratch_path(x, "fake")};
    fflush(stdout);
    const int keep = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    const Status status = drive_sweep(&o, &x->err);
    fflush(stdout);
    dup2(keep, STDOUT_FILENO);
    close(keep);
    close(null);
    return status;
}

static Status drive(Scratch *x) {
    return drive_with(x, "spec.json", 0);
}

/* How many events of a kind (and, for runs, of a status) the ledger holds. */
static int count(Scratch *x, const char *kind, const char *status) {
    Ledger *l = NULL;
    bool torn;
    int n = 0;
    scratch_path(x, "t");
    assert_ok(x, ledger_open(scratch_path(x, "t"), false, &l, &torn, &x->err));
    for (size_t i = 0; i < ledger_size(l); i++)
        n += strcmp(ledger_kind(l, i), kind) == 0 &&
             (!status || strcmp(json_string_or(ledger_event(l, i), "status", ""), status) == 0);
    ledger_close(l);
    return n;
}

/* points.csv without its timing columns, which are the last five. */
static char *points(Scratch *x) {
    char *csv = scratch_read(x, "t/points.csv"), *out = csv;
    for (char *line = csv, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        char *cut = end;
        for (int comma = 0; comma < 5; comma += *cut == ',') cut--;
        memmove(out, line, (size_t)(cut - line));
        out += cut - line;
        *out++ = '\n';
    }
    *out = '\0';
    return csv;
}

/* The ledger's row of a run: results in the order that it always had them, null for those that the
 * worker's result.json lacks; and no column of points.csv that no row fills. */
static void results_reach_the_ledger_and_every_column(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *ledger = scratch_read(x, "t/ledger.jsonl");
    assert_non_null(strstr(ledger, "\"loss\":2.5,\"loss_se\":0.01,\"train_loss\":2.4,\"steps\":97,"
                                   "\"unique_tokens\":49664,\"clipped\":0,\"wall_s\":0.5,"
                                   "\"cpu_s\":0.5,\"startup_s\":null,\"eval_s\":null,"
                                   "\"tok_per_s\":100000,\"peak_bytes\":1000000,"
                                   "\"cpu_path\":\"unknown\""));
    char *head = scratch_read(x, "t/points.csv"), *save;
    *strchr(head, '\n') = '\0';
    for (char *name = strtok_r(head, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        bool of_experts = false; // which these runs do not have
        for (size_t i = 0; i < RESULT_FIELDS.n; i++)
            of_experts |= strcmp(RESULT_FIELDS.rows[i].name, name) == 0 &&
                          (RESULT_FIELDS.rows[i].is & RESULT_EXPERTS);
        const bool written = strstr(ledger, arena_printf(x->arena, "\"%s\":", name)) != NULL;
        if (written == of_experts) fail_msg("column %s: written %d", name, written);
    }
}

static void a_whole_sweep_and_nothing_to_do_after(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "open", NULL), 1);
    assert_int_equal(count(x, "start", NULL), 4);
    assert_int_equal(count(x, "run", "done"), 4);
    assert_int_equal(count(x, "prediction", NULL), 1);
    const char *csv = scratch_read(x, "t/points.csv"), *ledger = scratch_read(x, "t/ledger.jsonl");
    assert_ok(x, drive(x));
    assert_string_equal(csv, scratch_read(x, "t/points.csv"));
    assert_string_equal(ledger, scratch_read(x, "t/ledger.jsonl"));
    const char *const order[] = {",grid,", ",grid,", ",grid,", ",hero,"};
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        csv = strchr(csv, '\n') + 1;
        assert_memory_equal(csv + 12, order[i], 6);
    }
}

/* The ledger's order tells: when the k-th end is written down, k + 2 runs have been started, as far
 * as there are so many. */
static void a_place_is_taken_before_the_end_of_its_last_run_is_written_down(void **state) {
    Scratch *x = *state;
    Ledger *l = NULL;
    bool torn;
    enum { GRID = 7, JOBS = 2 };
    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 16, 24, 40, 48, 56, 64]"));
    assert_ok(x, drive(x));
    assert_ok(x, ledger_open(scratch_path(x, "t"), false, &l, &torn, &x->err));
    int starts = 0, ends = 0;
    for (size_t i = 0; i < ledger_size(l) && ends < GRID; i++) {
        starts += strcmp(ledger_kind(l, i), "start") == 0;
        if (strcmp(ledger_kind(l, i), "run") != 0) continue;
        ends++;
        assert_true(starts >= (ends + JOBS < GRID ? ends + JOBS : GRID));
    }
    assert_int_equal(ends, GRID);
    ledger_close(l);
}

/* What a killed writer left goes; what is not its own, or may still be written, stays. */
static void leftovers_of_killed_writers_go_and_nothing_else(void **state) {
    Scratch *x = *state;
    const pid_t gone = fork();
    if (gone == 0) _exit(0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    assert_ok(x, drive_with(x, "spec.json", 1e-9)); // makes the directory
    const char *left = arena_printf(x->arena, "t/points.csv.tmp.%d", (int)gone);
    const char *const stay[] = {
        arena_printf(x->arena, "t/report.html.tmp.%d", (int)getpid()),
        arena_printf(x->arena, "t/notes.tmp.%d.txt", (int)gone),
        arena_printf(x->arena, "t/notestmp.%d", (int)gone),
        arena_printf(x->arena, "t/.tmp.%d", (int)gone),
        arena_printf(x->arena, "t/notes.tmp.0%d", (int)gone),
        "t/notes.tmp.",
        "t/notes.tmp.99999999999",
        arena_printf(x->arena, "t/a.tmp.%d/b.tmp.%d", (int)gone, (int)gone),
    };
    assert_ok(x,
              dir_make(scratch_path(x, arena_printf(x->arena, "t/a.tmp.%d", (int)gone)), &x->err));
    char *link = scratch_path(x, arena_printf(x->arena, "t/link.tmp.%d", (int)gone));
    assert_int_equal(symlink("sweep.json", link), 0);
    scratch_write(x, left, "torn");
    for (size_t i = 0; i < COUNT_OF(stay); i++) scratch_write(x, stay[i], "mine");
    assert_ok(x, drive(x));
    assert_false(file_exists(scratch_path(x, left)));
    assert_true(file_exists(link));
    for (size_t i = 0; i < COUNT_OF(stay); i++)
        assert_string_equal(scratch_read(x, stay[i]), "mine");
}

static void failures_are_rows_and_are_tried_again(void **state) {
    static const struct {
        const char *mode, *status, *why;
    } cases[] = {{"fail", "failed", "disk on fire"},
                 {"crash", "killed", "Killed"},
                 {"torn", "failed", "result.json"}};
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *calm = points(x);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(system(arena_printf(x->arena, "rm -r %s/t", x->dir)), 0);
        set_mode(x, cases[i].mode);
        assert_fails(x, drive(x), "3 of 4 runs failed, and the hero waits");
        assert_int_equal(count(x, "run", cases[i].status), 3);
        assert_non_null(strstr(scratch_read(x, "t/ledger.jsonl"), cases[i].why));
        assert_non_null(strstr(scratch_read(x, "t/points.csv"), cases[i].status));
        assert_int_equal(system(arena_printf(x->arena, "rm -f %s/t/runs/*/result.json", x->dir)),
                         0);
        set_mode(x, "work");
        assert_ok(x, drive(x));
        assert_string_equal(points(x), calm);
    }
}

static void results_without_a_row_are_adopted(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *calm = points(x), *ledger = scratch_read(x, "t/ledger.jsonl");
    for (const char *cut = ledger; cut; cut = strchr(cut + 1, '\n')) {
        scratch_write(x, "t/ledger.jsonl",
                      arena_strndup(x->arena, ledger, (size_t)(cut - ledger) + (cut > ledger)));
        remove(scratch_path(x, "t/points.csv"));
        set_mode(x, "fail"); // no worker is needed
        assert_ok(x, drive(x));
        assert_string_equal(points(x), calm);
    }
}

/* Cut after the seal, the hero's run gone: it is run again and judged by the same prediction; with
 * a newer row of the grid a new one is sealed. */
static void a_seal_stands_until_the_grid_is_newer(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    char *ledger = scratch_read(x, "t/ledger.jsonl");
    char *id = strstr(strstr(ledger, "\"prediction\""), "\"id\":\"") + 6;
    char *result = arena_printf(x->arena, "t/runs/%.12s/result.json", id);
    *(strchr(id, '\n') + 1) = '\0';
    scratch_write(x, "t/ledger.jsonl", ledger);
    assert_int_equal(remove(scratch_path(x, result)), 0);
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "prediction", NULL), 1);
    assert_string_equal(scratch_read(x, "fits"), "fit\n");

    scratch_write(x, "t/ledger.jsonl", ledger);
    assert_int_equal(remove(scratch_path(x, result)), 0);
    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 16, 24, 40]"));
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "prediction", NULL), 2);
}

/* Whatever goes wrong with the fit: the hero has not run, the command failed and said why, and the
 * next one seals before the hero runs. */
static void a_failed_seal_fails_the_command_and_is_tried_again(void **state) {
    static const struct {
        const char *mode, *why;
    } cases[] = {{"fail", "no law in sight"},
                 {"crash", "Killed"},
                 {"none", "prediction.json"},
                 {"other", "does not name every hero"}};
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        set_fit_mode(x, cases[i].mode);
        assert_fails(x, drive(x), cases[i].why);
        assert_non_null(strstr(x->err.message, "a hero does not run without"));
        assert_int_equal(count(x, "run", "done"), 3);
        assert_int_equal(count(x, "prediction", NULL), 0);
    }
    set_fit_mode(x, "work");
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "prediction", NULL), 1);
    assert_int_equal(count(x, "run", "done"), 4);
    const char *ledger = scratch_read(x, "t/ledger.jsonl");
    assert_true(strstr(ledger, "\"prediction\"") < strstr(ledger, "\"hero\""));
}

static void a_hero_waits_for_a_whole_grid_unless_told_otherwise(void **state) {
    Scratch *x = *state;
    set_mode(x, "fail16");
    assert_fails(x, drive(x), "1 of 4 runs failed, and the hero waits");
    assert_int_equal(count(x, "prediction", NULL), 0);
    assert_int_equal(count(x, "run", "done"), 2);
    char *spec = arena_strdup(x->arena, SPEC("t", "8", "[8, 16, 24]"));
    scratch_write(x, "spec.json", arena_printf(x->arena, "{\"seal\":\"partial\",%s", spec + 1));
    assert_fails(x, drive(x), "1 of 4 runs failed; ");
    assert_int_equal(count(x, "run", "done"), 3);
    assert_non_null(
        strstr(scratch_read(x, "t/ledger.jsonl"), "\"grid_runs\":3,\"grid_failed\":1,\"sealed\""));
    set_mode(x, "work"); // the grid is mended, the hero has run: its seal stays the one before it
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "prediction", NULL), 1);
}

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

/* A result whose row is missing and whose checksum is wrong is no result: its run ends anew. */
static void a_damaged_result_is_not_adopted(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    char *ledger = scratch_read(x, "t/ledger.jsonl");
    char *id = strstr(ledger, "\"event\":\"run\"");
    id = strstr(id, "\"id\":\"") + 6;
    char *path = arena_printf(x->arena, "t/runs/%.12s/result.json", id);
    scratch_write(x, path,
                  "{\n  \"end\": \"done\",\n  \"loss\": 2.125,\n  \"crc32\": \"00000000\"\n}\n");
    remove(scratch_path(x, "t/ledger.jsonl"));
    assert_ok(x, drive(x));
    assert_null(strstr(scratch_read(x, "t/points.csv"), ",2.125,"));
    assert_true(
        file_exists(scratch_path(x, arena_printf(x->arena, "t/runs/%.12s/result.damaged", id))));
    assert_int_equal(count(x, "start", NULL), 1);
}

static void more_runs_join_and_the_old_ones_stay(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 40, 16, 24, 48]"));
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "run", "done"), 6);
    assert_int_equal(count(x, "start", NULL), 6);
    assert_non_null(strstr(scratch_read(x, "t/sweep.json"), "40"));
    scratch_write(x, "spec.json",
                  SPEC("t", "8", "[8, 16, 24, 32]")); // the hero now stands in the grid
    assert_fails(x, drive(x), "is a run of the grid too");
    assert_non_null(strstr(scratch_read(x, "t/sweep.json"), "40")); // refused: nothing was changed
}

static void another_sweep_in_the_same_directory_is_refused(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *ledger = scratch_read(x, "t/ledger.jsonl");
    scratch_write(x, "spec.json", SPEC("other", "8", "[8]"));
    assert_fails(x, drive(x), "holds the sweep 't', not 'other'");
    scratch_write(x, "spec.json", SPEC("t", "9", "[8]"));
    assert_fails(x, drive(x), "swept on other data");
    assert_string_equal(ledger, scratch_read(x, "t/ledger.jsonl"));
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

#define DRIVE_TEST(name) cmocka_unit_test_setup_teardown(name, open_sweep, scratch_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        DRIVE_TEST(results_reach_the_ledger_and_every_column),
        DRIVE_TEST(a_whole_sweep_and_nothing_to_do_after),
        DRIVE_TEST(a_place_is_taken_before_the_end_of_its_last_run_is_written_down),
        DRIVE_TEST(leftovers_of_killed_writers_go_and_nothing_else),
        DRIVE_TEST(failures_are_rows_and_are_tried_again),
        DRIVE_TEST(results_without_a_row_are_adopted),
        DRIVE_TEST(a_seal_stands_until_the_grid_is_newer),
        DRIVE_TEST(a_failed_seal_fails_the_command_and_is_tried_again),
        DRIVE_TEST(a_hero_waits_for_a_whole_grid_unless_told_otherwise),
        DRIVE_TEST(a_full_disk_stops_the_driver),
        DRIVE_TEST(a_damaged_result_is_not_adopted),
        DRIVE_TEST(more_runs_join_and_the_old_ones_stay),
        DRIVE_TEST(another_sweep_in_the_same_directory_is_refused),
        DRIVE_TEST(a_budget_that_is_too_short_starts_nothing),
        DRIVE_TEST(an_interrupted_driver_stops_its_workers_and_goes_on_later),
        DRIVE_TEST(a_killed_driver_leaves_no_orphans_and_no_lock),
        DRIVE_TEST(a_second_driver_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
