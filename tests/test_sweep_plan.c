/* test_sweep_plan.c: what a plan says of memory before anything is allocated, and of the seconds of
 * runs that could not be timed. */
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "base/proc.h"
#include "sweep/plan.h"
#include "tests/sweep_rig.h"
#include "train/cost.h"

static Status check(Scratch *x, const Planned *p, const bool *wanted, int workers) {
    return plan_check_memory(&p->plan, x->arena, wanted, workers, &x->err);
}

/* The last two of these take terabytes. */
static void test_runs_that_fit_nowhere(void **state) {
    Scratch *x = *state;
    Planned p = plan_of(x, "\"axes\":{\"d_model\":[8,16,65528,65536],\"layers\":[1,1000]}");
    bool wanted[] = {true, true, true, false, false, false, false, false};
    assert_int_equal(p.plan.n, COUNT_OF(wanted));
    assert_ok(x, check(x, &p, wanted, 2));
    wanted[5] = true;
    assert_fails(x, check(x, &p, wanted, 2), "(d_model 65528) takes");
    assert_int_equal(x->err.status, E_FAILED);
    assert_non_null(strstr(x->err.message, p.plan.rows[5].run.id));
    assert_non_null(strstr(x->err.message, "may be used ("));
    assert_fails(x, check(x, &p, NULL, 2), "runs take more memory than");
    assert_non_null(strstr(x->err.message, p.plan.rows[7].run.id));
    close_plan(&p);
}

/* Alone each would fit. */
static void test_runs_side_by_side(void **state) {
    Scratch *x = *state;
    Planned p = plan_of(x, "\"axes\":{\"d_model\":[8,16,24,32]}");
    const uint64_t most = memory_limit_of_all("").bytes;
    for (size_t i = 0; i < p.plan.n; i++) p.plan.rows[i].bytes = most / 100 * (i == 2 ? 30 : 40);
    if (memory_limit_of_process().bytes < most) skip();
    assert_ok(x, check(x, &p, NULL, 2));
    assert_fails(x, check(x, &p, NULL, 3), "3 runs side by side take");
    assert_non_null(strstr(x->err.message, ": --jobs 2 would fit"));
    assert_fails(x, check(x, &p, NULL, 8), "4 runs side by side take");
    assert_ok(x, check(x, &p, (const bool[]){true, true, false, false}, 3));
    p.plan.n_grid = 2; // the others are heroes, whose turn comes after the grid's
    assert_ok(x, check(x, &p, NULL, 8));
    p.plan.n_grid = 1;
    assert_fails(x, check(x, &p, NULL, 8), "3 runs side by side take");
    close_plan(&p);
}

/* The timed steps would take terabytes: their seconds come from the shapes that do fit. */
static void test_seconds_of_what_does_not_fit(void **state) {
    Scratch *x = *state;
    Planned p = plan_of(x, "\"axes\":{\"d_model\":[8,16,65536],\"layers\":[1000]}");
    const bool large[] = {false, false, true};
    assert_ok(x, plan_measure(&p.plan, x->arena, NULL, corpus_vocab(p.corpus), &x->err));
    for (size_t i = 0; i < p.plan.n; i++) assert_true(p.plan.rows[i].seconds > 0);
    assert_true(plan_seconds(&p.plan, x->arena, 0, 3, NULL, 2) > 0);
    assert_ok(x, plan_measure(&p.plan, x->arena, large, corpus_vocab(p.corpus), &x->err));
    assert_true(isnan(p.plan.rows[2].seconds));
    assert_true(isnan(plan_seconds(&p.plan, x->arena, 0, 3, NULL, 2)));
    assert_true(isnan(plan_seconds(&p.plan, x->arena, 0, 3, large, 2)));
    assert_true(plan_seconds(&p.plan, x->arena, 0, 2, NULL, 2) > 0);
    close_plan(&p);
}

/* Larger than any number of bytes is still no small number. */
static void test_bytes_beyond_counting(void **state) {
    (void)state;
    RunConfig c = run_config_default();
    c.layers = 1000;
    c.d_model = 65536;
    c.d_head = 64;
    c.d_ff = 1 << 20;
    c.activation = ACT_SWIGLU;
    c.experts = 4096;
    c.lanes = 16;
    assert_true(cost_bytes(&c, 257) == UINT64_MAX);
    c.lanes = 1;
    c.experts = 1;
    assert_true(cost_bytes(&c, 257) > (uint64_t)1e14 && cost_bytes(&c, 257) < (uint64_t)1e16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_runs_that_fit_nowhere),
        TEST(test_runs_side_by_side),
        TEST(test_seconds_of_what_does_not_fit),
        TEST(test_bytes_beyond_counting),
    };
    setenv("TINYSCALE_QUIET", "1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
