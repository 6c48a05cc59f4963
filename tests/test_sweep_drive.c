/* test_sweep_drive.c: the driver with workers that pretend: what is missing is run, failures are
 * rows, results without a row are adopted, and the end is the same table however often it was cut
 * short. */
#include <sys/wait.h>

#include "tests/sweep_rig.h"
#include "train/result.h"

/* The ledger's row of a run: results in the order that it always had them, null for those that the
 * worker's result.json lacks; and no column of points.csv that no row fills. */
static void results_reach_the_ledger_and_every_column(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *ledger = scratch_read(x, "t/ledger.jsonl");
    assert_non_null(strstr(ledger, "\"loss\":2.5,\"loss_se\":0.01,\"in_context\":null,"
                                   "\"in_context_se\":null,\"train_loss\":2.4,\"steps\":97,"
                                   "\"unique_tokens\":49664,\"clipped\":0,\"wall_s\":0.5,"
                                   "\"cpu_s\":0.5,\"startup_s\":null,\"eval_s\":null,"
                                   "\"tok_per_s\":100000,\"peak_bytes\":1000000,"
                                   "\"cpu_path\":\"unknown\""));
    char *head = scratch_read(x, "t/points.csv"), *save;
    *strchr(head, '\n') = '\0';
    for (char *name = strtok_r(head, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        bool of_others = false; // with experts or branched off, which these runs do not have
        for (size_t i = 0; i < RESULT_FIELDS.n; i++)
            of_others |= strcmp(RESULT_FIELDS.rows[i].name, name) == 0 &&
                         (RESULT_FIELDS.rows[i].is & (RESULT_EXPERTS | RESULT_BRANCH));
        const bool written = strstr(ledger, arena_printf(x->arena, "\"%s\":", name)) != NULL;
        if (written == of_others) fail_msg("column %s: written %d", name, written);
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

int main(void) {
    const struct CMUnitTest tests[] = {
        DRIVE_TEST(results_reach_the_ledger_and_every_column),
        DRIVE_TEST(a_whole_sweep_and_nothing_to_do_after),
        DRIVE_TEST(a_place_is_taken_before_the_end_of_its_last_run_is_written_down),
        DRIVE_TEST(leftovers_of_killed_writers_go_and_nothing_else),
        DRIVE_TEST(failures_are_rows_and_are_tried_again),
        DRIVE_TEST(results_without_a_row_are_adopted),
        DRIVE_TEST(a_damaged_result_is_not_adopted),
        DRIVE_TEST(more_runs_join_and_the_old_ones_stay),
        DRIVE_TEST(another_sweep_in_the_same_directory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
