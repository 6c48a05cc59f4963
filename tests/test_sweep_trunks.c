/* test_sweep_trunks.c: which runs of a plan begin with another's trunk and what that saves; and a
 * driver that hands trunks on, with workers that pretend. */
#include <math.h>

#include "sweep/sweep.h"
#include "tests/sweep_rig.h"
#include "train/branch.h"

// --- the plan ----------------------------------------------------------------------------------

static const char *spec_text(Scratch *x, const char *base, const char *rest) {
    return arena_printf(
        x->arena,
        "{\"name\":\"t\",\"data\":{\"source\":\"markov\",\"symbols\":8,\"order\":1,"
        "\"tokens\":100000,\"heldout_tok\":20000},\"base\":{\"layers\":1,\"d_head\":8,"
        "\"batch_tok\":500,\"lanes\":1,\"ctx\":20,\"eval_tok\":4096%s},%s}",
        base, rest);
}

static Plan *planned(Scratch *x, Sweep *s, const char *base, const char *rest) {
    remove(scratch_path(x, "plan/sweep.json"));
    assert_ok(x, sweep_open(s, scratch_write(x, "p.json", spec_text(x, base, rest)),
                            scratch_path(x, "plan"), SWEEP_LOOK, &x->err));
    return &s->plan;
}

#define TRUNK "\"seeding\":\"trunk\","
#define AXES  "\"axes\":{\"d_model\":[8,16],\"tokens\":[\"500k\",\"1M\",\"2M\",\"4M\",\"8M\"]}"

/* Haegele et al. 2024: K lengths cost (1 - c) D_max + c sum D_i. With c = .2 and lengths that
 * double 9.5M of 15.5M tokens. */
static void five_lengths_cost_nine_and_a_half_of_fifteen_and_a_half(void **state) {
    Scratch *x = *state;
    Sweep s;
    Plan *p = planned(x, &s, ",\"warmup\":50", TRUNK AXES);
    for (size_t i = 0; i < p->n; i++) {
        assert_int_equal(p->rows[i].parent, i % 5 ? i - 1 : PLAN_NO_PARENT);
        assert_int_equal(p->rows[i].keeps, i % 5 != 4);
        if (i % 5) assert_int_equal(p->rows[i].begin, branch_step(&p->rows[i - 1].run.config));
    }
    const TrunkSavings got = plan_trunks_savings(p);
    assert_int_equal(got.branches, 8);
    assert_true(got.tokens == 31e6);
    assert_true(got.trained_tokens == 19e6);
    assert_true(got.trained_flops < 0.62 * got.flops && got.trained_flops > 0.61 * got.flops);
    sweep_close(&s);
}

static void who_has_no_trunk(void **state) {
    static const struct {
        const char *base, *rest;
        size_t branches;
    } CASES[] = {
        {",\"warmup\":50", AXES, 0}, // each cell has its own seed
        {",\"warmup\":50", "\"seeding\":\"shared\"," AXES, 8},
        {"", TRUNK AXES, 0}, // a warm-up that depends on the length
        {",\"warmup\":0", TRUNK AXES, 8},
        {",\"warmup\":50,\"schedule\":\"cosine\"", TRUNK AXES, 0},
        {",\"warmup\":50,\"schedule\":\"constant\"", TRUNK AXES, 8},
        {",\"warmup\":50,\"decay\":0.9", TRUNK AXES, 8},
        {",\"warmup\":50", TRUNK "\"trunks\":true," AXES, 8},
        {",\"warmup\":50", TRUNK "\"trunks\":false," AXES, 0},
        {",\"warmup\":50", TRUNK "\"seeds\":[1,2]," AXES, 16},
        {",\"warmup\":50", TRUNK "\"axes\":{\"lr\":[0.1,0.2],\"tokens\":[\"500k\",\"1M\"]}", 2},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        Sweep s;
        Plan *p = planned(x, &s, CASES[i].base, CASES[i].rest);
        if (plan_trunks_savings(p).branches != CASES[i].branches)
            fail_msg("case %zu: %zu branches", i, plan_trunks_savings(p).branches);
        sweep_close(&s);
    }
}

/* A hero comes after the grid, so that no run of the grid, even a longer one, waits for its
 * trunk. */
static void heroes_begin_with_the_grid_and_not_the_other_way_round(void **state) {
    Scratch *x = *state;
    Sweep s;
    Plan *p =
        planned(x, &s, ",\"warmup\":50,\"d_model\":8",
                TRUNK "\"axes\":{\"tokens\":[\"500k\",\"4M\"]},"
                      "\"hero\":[{\"tokens\":\"8M\"},{\"tokens\":\"2M\"},{\"tokens\":\"250k\"}]");
    const size_t parents[] = {PLAN_NO_PARENT, 0, 1, 0, PLAN_NO_PARENT};
    for (size_t i = 0; i < p->n; i++) assert_int_equal(p->rows[i].parent, parents[i]);
    sweep_close(&s);
}

/* Seconds of a chain on several workers, worked out by hand: 1 s per 500 steps of 1000, 2000 and
 * 4000; the trunks end at 800, 1600 and 3200 steps. */
static void seconds_of_a_chain(void **state) {
    Scratch *x = *state;
    Sweep s;
    Plan *p = planned(x, &s, ",\"warmup\":50,\"d_model\":8",
                      TRUNK "\"axes\":{\"tokens\":[\"500k\",\"1M\",\"2M\"]}");
    for (size_t i = 0; i < p->n; i++) p->rows[i].seconds = 2 << i;
    plan_trunks_paths(p);
    const double path[] = {8, 6.4, 4.8}, own[] = {2, 2.4, 4.8};
    for (size_t i = 0; i < p->n; i++) {
        assert_true(fabs(p->rows[i].path - path[i]) < 1e-9);
        assert_true(fabs(plan_trunks_seconds(&p->rows[i]) - own[i]) < 1e-9);
    }
    const double wanted[] = {9.2, 8, 8}; // one worker after the other; two: none ever waits
    for (int workers = 1; workers <= 3; workers++)
        assert_true(fabs(plan_seconds(p, x->arena, 0, 3, NULL, workers) - wanted[workers - 1]) <
                    1e-9);
    assert_true(fabs(plan_trunks_scratch_seconds(p, x->arena, 0, 3, 1) - 14) < 1e-9);
    assert_true(fabs(plan_trunks_scratch_seconds(p, x->arena, 0, 3, 2) - 8) < 1e-9);
    const bool last[] = {false, false, true}; // the others have ended
    assert_true(fabs(plan_seconds(p, x->arena, 0, 3, last, 2) - 4.8) < 1e-9);
    sweep_close(&s);
}

// --- the driver --------------------------------------------------------------------------------

#define CHAIN                                                                                      \
    TRUNK "\"axes\":{\"d_model\":[8,16],\"tokens\":[20000,30000,40000]},\"hero\":{\"d_model\":16," \
          "\"tokens\":50000}"

static void write_chain(Scratch *x, const char *more) {
    scratch_write(x, "spec.json",
                  spec_text(x, ",\"warmup\":0", arena_printf(x->arena, "%s" CHAIN, more)));
}

static int occurrences(const char *text, const char *part) {
    int n = 0;
    for (; (text = strstr(text, part)); text++) n++;
    return n;
}

static bool some_trunk_is_left(Scratch *x) {
    return system(arena_printf(x->arena, "ls -d %s/t/runs/*/trunk* >/dev/null 2>&1", x->dir)) == 0;
}

/* All but the two shortest begin with a trunk, those two keep one, and none is left at the end. */
static void trunks_are_handed_on_and_cleared_away(void **state) {
    Scratch *x = *state;
    write_chain(x, "");
    assert_ok(x, drive(x));
    const char *args = scratch_read(x, "args"), *ledger = scratch_read(x, "t/ledger.jsonl");
    assert_int_equal(occurrences(args, "--branch-from"), 5);
    assert_int_equal(occurrences(args, "--keep-trunk"), 5);
    assert_int_equal(occurrences(ledger, "\"branched_from\":\""), 5);
    assert_int_equal(count(x, "start", NULL), 7);
    assert_int_equal(count(x, "run", "done"), 7);
    assert_false(some_trunk_is_left(x));
    const char *before = points(x);
    assert_int_equal(system(arena_printf(x->arena, "rm -r %s/t %s/args", x->dir, x->dir)), 0);
    write_chain(x, "\"trunks\":false,");
    assert_ok(x, drive(x));
    assert_null(strstr(scratch_read(x, "args"), "trunk"));
    assert_string_equal(points(x), before);
}

/* A trunk that cannot be used fails its branches once; the next call makes them from scratch. */
static void a_branch_that_failed_is_made_from_scratch(void **state) {
    Scratch *x = *state;
    write_chain(x, "");
    set_mode(x, "branches");
    assert_fails(x, drive(x), "4 of 7 runs failed");
    assert_non_null(strstr(scratch_read(x, "t/ledger.jsonl"), "rotten trunk"));
    assert_true(some_trunk_is_left(x)); // those of the runs that failed are still to be had
    scratch_write(x, "args", "");
    assert_fails(x, drive(x), "1 of 7 runs failed"); // the hero, for its first time
    assert_ok(x, drive(x));
    assert_int_equal(occurrences(scratch_read(x, "args"), "--branch-from"), 1);
    assert_int_equal(count(x, "run", "done"), 7);
    assert_false(some_trunk_is_left(x));
}

/* Who waits for a run that failed before it left a trunk begins from scratch, and the next one with
 * its trunk. */
static void who_waits_for_a_run_that_failed_begins_from_scratch(void **state) {
    Scratch *x = *state;
    write_chain(x, "");
    set_mode(x, "short");
    assert_fails(x, drive(x), "2 of 7 runs failed");
    assert_int_equal(count(x, "run", "done"), 4);
    assert_int_equal(occurrences(scratch_read(x, "args"), "--branch-from"), 2);
    set_mode(x, "work");
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "run", "done"), 7);
    assert_false(some_trunk_is_left(x));
}

/* A run that ended without leaving one, as earlier versions did, is looked past. */
static void the_nearest_trunk_before_a_run_is_taken(void **state) {
    Scratch *x = *state;
    write_chain(x, "");
    assert_ok(x, drive_with(x, "spec.json", 1e-9)); // makes the directory
    Sweep s;
    assert_ok(x, sweep_open(&s, scratch_path(x, "t"), NULL, SWEEP_TELL, &x->err));
    const char *first = s.plan.rows[0].run.id, *second = s.plan.rows[1].run.id,
               *third = s.plan.rows[2].run.id;
    char *trunk = arena_printf(x->arena, "t/runs/%s/trunk/checkpoint", first);
    assert_ok(x, dir_make(scratch_path(x, trunk), &x->err));
    scratch_write(x, arena_printf(x->arena, "%s/optimizer.safetensors", trunk), "");
    assert_ok(x, dir_make(scratch_path(x, arena_printf(x->arena, "t/runs/%s", second)), &x->err));
    scratch_write(x, arena_printf(x->arena, "t/runs/%s/result.json", second),
                  "{\"end\":\"done\",\"loss\":2.5}\n");
    assert_ok(x, drive(x));
    const char *line = strstr(scratch_read(x, "args"), third);
    assert_non_null(line);
    assert_non_null(
        strstr(line, arena_printf(x->arena, "--branch-from %s/t/runs/%s/trunk", x->dir, first)));
    sweep_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        DRIVE_TEST(five_lengths_cost_nine_and_a_half_of_fifteen_and_a_half),
        DRIVE_TEST(who_has_no_trunk),
        DRIVE_TEST(heroes_begin_with_the_grid_and_not_the_other_way_round),
        DRIVE_TEST(seconds_of_a_chain),
        DRIVE_TEST(trunks_are_handed_on_and_cleared_away),
        DRIVE_TEST(a_branch_that_failed_is_made_from_scratch),
        DRIVE_TEST(who_waits_for_a_run_that_failed_begins_from_scratch),
        DRIVE_TEST(the_nearest_trunk_before_a_run_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
