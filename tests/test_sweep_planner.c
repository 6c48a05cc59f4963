/* test_sweep_planner.c: what may be foretold, the ladder of candidates and their table, and the
 * specs that a planner writes. What is chosen of them is the analysis's business. */
#include <math.h>
#include <string.h>

#include "sweep/planner.h"
#include "sweep/planner_cells.h"
#include "tests/sweep_rig.h"
#include "train/branch.h"

static const char GRID[] = "\"axes\":{\"d_model\":[16,32],\"tokens\":[5120,10240]},\"seeds\":[1]";
static const char HERO[] = ",\"hero\":{\"d_model\":48,\"tokens\":51200}";

static Status target(Scratch *x, const Planned *p, const char *text, PlannerTarget *out) {
    return planner_target_read(out, x->arena, text, &p->plan, &p->spec.base,
                               corpus_vocab(p->corpus), &x->err);
}

static void assert_same(const PlannerTarget *a, const PlannerTarget *b) {
    assert_int_equal(a->d_model, b->d_model);
    assert_true(a->params == b->params && a->tokens == b->tokens && a->flops == b->flops);
}

static void test_targets(void **state) {
    Scratch *x = *state;
    Planned p = plan_of(x, arena_printf(x->arena, "%s%s", GRID, HERO));
    PlannerTarget hero, t;
    assert_ok(x, target(x, &p, "", &hero));
    assert_int_equal(hero.d_model, 48);
    assert_int_equal((int)hero.tokens, 51200);
    /* The same run by its width, and by its count of parameters, a little off. */
    assert_ok(x, target(x, &p, "d_model=48,tokens=51200", &t));
    assert_same(&t, &hero);
    assert_ok(x, target(x, &p,
                        arena_printf(x->arena, "params=%.0f,tokens=51.2k", hero.params * 1.1), &t));
    assert_same(&t, &hero);
    assert_string_equal(planner_target_text(&t, x->arena),
                        arena_printf(x->arena, "params=%.0f,tokens=51200", hero.params));
    /* FLOPs alone have no size until the laws have been asked. */
    assert_ok(x, target(x, &p, arena_printf(x->arena, "flops=%.17g", hero.flops), &t));
    assert_int_equal(t.d_model, 0);
    planner_target_place(&t, &p.spec.base, corpus_vocab(p.corpus), hero.params * 0.95);
    assert_int_equal(t.d_model, 48);
    assert_int_equal((int)t.tokens, 51200);
    assert_fails(x, target(x, &p, "d_model=48", &t), "with tokens=..");
    assert_fails(x, target(x, &p, "d_model=48,tokens=1k,flops=1e9", &t), "or flops=.. alone");
    assert_fails(x, target(x, &p, "d_model=48,params=2e4,tokens=1k", &t), "or params=..");
    assert_fails(x, target(x, &p, "width=48,tokens=1k", &t), "no key 'width'");
    assert_fails(x, target(x, &p, "d_model=many,tokens=1k", &t), "not 'many'");
    assert_fails(x, target(x, &p, "d_model=50,tokens=1k", &t), "no multiple of d_head");
    assert_fails(x, target(x, &p, "48", &t), "is no key=value");
    close_plan(&p);
    Planned bare = plan_of(x, GRID);
    assert_fails(x, target(x, &bare, "", &t), "or a hero in the spec");
    close_plan(&bare);
}

static PlannerCells cells_of(Scratch *x, const Planned *p, const char *forecast) {
    PlannerTarget t;
    PlannerCells c;
    assert_ok(x, target(x, p, forecast, &t));
    assert_ok(x, planner_cells_make(&c, x->arena, &p->spec, &p->plan, p->corpus, &t, 1e6, &x->err));
    return c;
}

/* Widths by a third or more in multiples of d_head, lengths by doubling, none beyond the target. */
static void test_ladder(void **state) {
    Scratch *x = *state;
    static const int WIDTHS[] = {16, 24, 32, 48};
    Planned p = plan_of(x, GRID);
    PlannerCells c = cells_of(x, &p, "d_model=48,tokens=51200");
    assert_int_equal(c.plan.n, COUNT_OF(WIDTHS) * 4);
    for (size_t i = 0; i < c.plan.n; i++) {
        const PlanRow *r = &c.plan.rows[i];
        assert_int_equal(r->run.config.d_model, WIDTHS[i / 4]);
        assert_int_equal(r->run.config.tokens, 5120u << i % 4);
        assert_true(c.within[i]);
        assert_true(planner_cells_seconds(r) > r->seconds);
    }
    planner_cells_close(&c);
    /* FLOPs leave out what costs as much as the target. */
    const double most = p.plan.rows[1].flops;
    c = cells_of(x, &p, "flops=2e9");
    size_t within = 0;
    for (size_t i = 0; i < c.plan.n; i++) {
        within += c.within[i];
        assert_int_equal(c.within[i], c.plan.rows[i].flops < 2e9);
    }
    assert_true(most > 0 && within >= 6);
    planner_cells_close(&c);
    close_plan(&p);
}

static void test_ladder_refusals(void **state) {
    Scratch *x = *state;
    PlannerTarget t;
    PlannerCells c;
    Planned p = plan_of(x, GRID);
    assert_ok(x, target(x, &p, "d_model=24,tokens=51200", &t));
    assert_fails(x, planner_cells_make(&c, x->arena, &p.spec, &p.plan, p.corpus, &t, 1e6, &x->err),
                 "there are 2 sizes and 4 lengths");
    planner_cells_close(&c);
    assert_ok(x, target(x, &p, "d_model=48,tokens=51200", &t));
    assert_fails(x, planner_cells_make(&c, x->arena, &p.spec, &p.plan, p.corpus, &t, 1e-6, &x->err),
                 "no run from the smallest");
    planner_cells_close(&c);
    close_plan(&p);
    Planned rates =
        plan_of(x, "\"axes\":{\"d_model\":[16],\"tokens\":[5120],\"lr\":[0.001,0.002]}");
    assert_ok(x, target(x, &rates, "d_model=48,tokens=51200", &t));
    assert_fails(
        x,
        planner_cells_make(&c, x->arena, &rates.spec, &rates.plan, rates.corpus, &t, 1e6, &x->err),
        "belongs into \"base\"");
    planner_cells_close(&c);
    close_plan(&rates);
}

/* The table has a row per candidate; what stands there and is no such table is not replaced. */
static void test_table(void **state) {
    Scratch *x = *state;
    Planned p = plan_of(x, arena_printf(x->arena, "%s,\"seeding\":\"trunk\"", GRID));
    PlannerCells c = cells_of(x, &p, "d_model=48,tokens=51200");
    const char *path = scratch_path(x, "candidates.csv");
    assert_ok(x, planner_cells_write(&c, path, &x->err));
    const char *text = scratch_read(x, "candidates.csv");
    size_t lines = 0;
    for (const char *s = text; (s = strchr(s, '\n')); s++) lines++;
    assert_int_equal(lines, 1 + c.plan.n);
    assert_non_null(strstr(text, "\"d_model 16, 5.12k tokens\","));
    /* Of a run of 10 steps that share a trunk with longer ones, the shared part. */
    const PlanRow *r = &c.plan.rows[0];
    assert_true(r->keeps);
    const double share = (double)branch_step(&r->run.config) / 10;
    char shared[64];
    snprintf(shared, sizeof shared, ",%s,%.17g", r->run.trunk, r->seconds * share);
    assert_non_null(strstr(text, arena_strndup(x->arena, shared, 20)));
    assert_ok(x, planner_cells_write(&c, path, &x->err));
    scratch_write(x, "candidates.csv", "mine\n");
    assert_fails(x, planner_cells_write(&c, path, &x->err), "candidates.csv");
    assert_string_equal(scratch_read(x, "candidates.csv"), "mine\n");
    planner_cells_close(&c);
    close_plan(&p);
}

static Plan written_plan(Scratch *x, const Planned *p, Bytes text, Spec *spec) {
    Plan plan;
    assert_ok(x, spec_open_text(spec, x->arena, "written", text, &x->err));
    assert_ok(x, plan_make(&plan, x->arena, spec, p->corpus, &x->err));
    return plan;
}

/* What is written reads back as the chosen runs, each with a seed of its own. */
static void test_chosen(void **state) {
    Scratch *x = *state;
    static const ChosenCell CHOSEN[] = {{16, 5120, 2}, {24, 20480, 1}};
    Planned p = plan_of(x, arena_printf(x->arena, "%s%s", GRID, HERO));
    PlannerTarget t;
    Spec spec;
    assert_ok(x, target(x, &p, "d_model=64,tokens=102400", &t));
    Plan plan = written_plan(
        x, &p, planner_spec_chosen(&p.spec, x->arena, CHOSEN, COUNT_OF(CHOSEN), &t, NULL), &spec);
    assert_int_equal(plan.n, 4);
    assert_int_equal(plan.n_grid, 3);
    assert_int_equal(plan.n_merged, 0);
    assert_int_equal(plan.rows[1].run.config.seed % 1000, 2);
    assert_int_equal(plan.rows[3].run.config.d_model, 64);
    spec_close(&spec);
    /* By the side of the runs that are there, which stay as they are, all are new; so is the hero
     * only if it was asked for. */
    plan = written_plan(
        x, &p, planner_spec_chosen(&p.spec, x->arena, CHOSEN, COUNT_OF(CHOSEN), NULL, &p.plan),
        &spec);
    assert_int_equal(plan.n_grid, 4 + 3);
    assert_int_equal(plan.n_merged, 0);
    for (size_t i = 0; i < 4; i++) assert_string_equal(plan.rows[i].run.id, p.plan.rows[i].run.id);
    assert_int_equal(plan.rows[4].run.config.seed % 1000, 2);
    assert_int_equal(plan.rows[5].run.config.seed % 1000, 3);
    assert_int_equal(plan.rows[6].run.config.seed % 1000, 1); // no run was 24 wide
    assert_string_equal(plan.rows[7].run.id, p.plan.rows[4].run.id);
    spec_close(&spec);
    close_plan(&p);
}

#define PLANNER_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_open, scratch_close)

int main(void) {
    const struct CMUnitTest tests[] = {
        PLANNER_TEST(test_targets), PLANNER_TEST(test_ladder), PLANNER_TEST(test_ladder_refusals),
        PLANNER_TEST(test_table),   PLANNER_TEST(test_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
