/* test_sweep_seal.c: no hero runs before a prediction of it is sealed from the grid as it is. */
#include "tests/sweep_rig.h"

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

int main(void) {
    const struct CMUnitTest tests[] = {
        DRIVE_TEST(a_seal_stands_until_the_grid_is_newer),
        DRIVE_TEST(a_failed_seal_fails_the_command_and_is_tried_again),
        DRIVE_TEST(a_hero_waits_for_a_whole_grid_unless_told_otherwise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
