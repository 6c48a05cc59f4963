/* test_sweep_expected.c: what is expected of a seal is said and kept before the first run, asked
 * once for a spec, and never in the way of the sweep. What is expected is the analysis's business.
 */
#include <unistd.h>

#include "base/limits.h"
#include "sweep/expected.h"
#include "tests/sweep_rig.h"

/* What `tinyscale sweep status` prints. */
static char *beside(Scratch *x, bool sealed) {
    Sweep s;
    assert_ok(x, sweep_open(&s, scratch_path(x, "t"), NULL, SWEEP_TELL, &x->err));
    FILE *out = fopen(scratch_path(x, "told"), "w");
    const SealExpected kept = expected_kept(&s);
    if (sealed)
        expected_beside(&s, out);
    else
        expected_print(&kept, out);
    fclose(out);
    sweep_close(&s);
    return scratch_read(x, "told");
}

static void it_is_kept_before_the_first_run_and_asked_once(void **state) {
    Scratch *x = *state;
    set_fit_mode(x, "fail"); // the hero waits, so that the next call has something to expect
    assert_fails(x, drive(x), "no law in sight");
    const char *ledger = scratch_read(x, "t/ledger.jsonl");
    const char *expected = strstr(ledger, "\"event\":\"expected\"");
    assert_non_null(expected);
    assert_true(expected < strstr(ledger, "\"event\":\"start\""));
    assert_non_null(strstr(expected, "\"half_width\":0.02"));
    const char *said = beside(x, false);
    assert_non_null(strstr(said, "the hero, 4.4 times the costliest run, will be foretold to "
                                 "within 2.0 % (90 %; 1.5 to 10 % in 8 of 10 "));
    assert_non_null(strstr(said, "assumed to be 0.5 % (docs/planner.md), makes 0.8 %\n"));
    assert_string_equal(beside(x, true), ""); // nothing is sealed yet

    set_fit_mode(x, "work");
    assert_ok(x, drive(x));
    assert_non_null(strstr(beside(x, true), " is sealed to within 5.0 %, where 2.0 % (1.5 to 10 %) "
                                            "was expected\n"));
    assert_ok(x, drive(x)); // all has been run: nothing is expected any more
    assert_int_equal(count(x, "expected", NULL), 1);
    assert_string_equal(scratch_read(x, "asks"), "asked\n");

    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 16, 24, 40]"));
    assert_string_not_equal(beside(x, false), "");
    assert_ok(x, drive(x)); // another grid, and the hero has run
    assert_int_equal(count(x, "expected", NULL), 1);
    assert_string_equal(beside(x, false), "");
}

/* The table has a row for each run, and nothing is left of it. */
static void the_runs_are_told_by_their_table(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *runs = scratch_read(x, "runs.csv");
    assert_int_equal(strncmp(runs, "role,params,tokens,flops,trunk\ngrid,", 36), 0);
    size_t lines = 0;
    for (const char *s = runs; (s = strchr(s, '\n')); s++) lines++;
    assert_int_equal(lines, 5);
    assert_non_null(strstr(runs, "\nhero,"));
    char **files;
    size_t n;
    assert_ok(x, dir_files(x->arena, scratch_path(x, "t"), &files, &n, &x->err));
    for (size_t i = 0; i < n; i++) assert_null(strstr(files[i], "expected"));
}

static void a_sweep_goes_on_where_nothing_can_be_expected(void **state) {
    Scratch *x = *state;
    scratch_write(x, "no expectation", "");
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "expected", NULL), 0);
    assert_int_equal(count(x, "run", "done"), 4);
    assert_string_equal(scratch_read(x, "asks"), "asked\n");
}

/* Write a spec of these members, ask what to expect of it, and return why nothing can be. */
static const char *why(Scratch *x, const char *members) {
    Sweep s;
    SealExpected e;
    scratch_write(x, "spec.json",
                  arena_printf(x->arena,
                               "{\"name\":\"t\",\"data\":{\"source\":\"markov\",\"symbols\":8,"
                               "\"order\":1,\"tokens\":100000,\"heldout_tok\":20000},\"base\":{"
                               "\"layers\":1,\"d_head\":8,\"ctx\":32,\"batch_tok\":512,"
                               "\"eval_tok\":4096,\"tokens\":50000},%s}",
                               members));
    assert_ok(
        x, sweep_open(&s, scratch_path(x, "spec.json"), scratch_path(x, "t"), SWEEP_LOOK, &x->err));
    Launcher *l = launch_open_local(1);
    expected_ask(&s, l, arena_strdup(x->arena, scratch_path(x, "fake")), &e);
    launch_close(l);
    assert_true((e.why == NULL) != (e.said == NULL));
    const char *copy = e.why ? arena_strdup(x->arena, e.why) : NULL;
    expected_close(&e);
    sweep_close(&s);
    return copy;
}

static void what_laws_do_not_know_is_named(void **state) {
    Scratch *x = *state;
    static const char HERO[] = "\"hero\":{\"d_model\":32}";
    const char *said = why(x, arena_printf(x->arena,
                                           "\"axes\":{\"d_model\":[8,16],\"experts\":"
                                           "[1,4]},%s",
                                           HERO));
    assert_non_null(said);
    assert_non_null(strstr(said, "differ in experts"));
    said = why(x, arena_printf(x->arena, "\"axes\":{\"d_model\":[8,16]},\"hero\":{\"d_model\":32,"
                                         "\"lr\":0.1}"));
    assert_non_null(said);
    assert_non_null(strstr(said, "differ in lr"));
    /* Sizes, lengths, seeds and rounding are what they know. */
    assert_null(why(x, arena_printf(x->arena,
                                    "\"axes\":{\"layers\":[1,2],\"tokens\":[5120,10240],"
                                    "\"perturb\":[0,1]},\"seeds\":[1,2],%s",
                                    HERO)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DRIVE_TEST(it_is_kept_before_the_first_run_and_asked_once),
        DRIVE_TEST(the_runs_are_told_by_their_table),
        DRIVE_TEST(a_sweep_goes_on_where_nothing_can_be_expected),
        DRIVE_TEST(what_laws_do_not_know_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
