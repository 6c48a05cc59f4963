/* test_sweep_tune.c: a driver that finds the rule for its learning rate, with workers whose losses
 * are planted. */
#include <math.h>

#include "sweep/tune_rule.h"
#include "sweep/tune_tell.h"
#include "tests/tune_rig.h"

/* From rates of .002 to .008 the grid goes on to .032, where optima lie inside; each run that does
 * not name its rate has the planted one to rounding. */
static void the_grid_of_rates_extends_until_the_optimum_is_inside(void **state) {
    Scratch *x = *state;
    Sweep s;
    assert_ok(x, drive(x));
    look(x, &s);
    assert_int_equal(s.tune.n_cells, 4);
    assert_int_equal(s.tune.n_settled, 4);
    assert_true(s.tune.recorded && !s.tune.doubt && s.tune.check.ended && !s.tune.check_doubt);
    assert_true(fabs(s.tune.rule.coef[1] + 0.2) < 0.03); // priors pull a little
    assert_int_equal(s.plan.n_tuning, 4 * 5 + 2);
    for (size_t i = 0; i < 4; i++) assert_int_equal(s.tune.cells[i].curve.n, 5);
    for (size_t i = s.plan.n_tuning; i < s.plan.n; i++) {
        const RunConfig *c = &s.plan.rows[i].run.config;
        const double want =
            0.016 * pow(c->d_model / 16.0, 0.1) * pow((double)c->tokens / 20000, -0.2);
        if (c->tokens == 30000)
            assert_true(c->lr == 0.003 && !s.plan.rows[i].run.tuned);
        else if (!(fabs(log(c->lr / want)) < 0.15))
            fail_msg("%d x %d: lr %g", c->d_model, (int)c->tokens, c->lr);
        for (size_t k = 0; k < s.plan.n_tuning; k++)
            assert_string_not_equal(s.plan.rows[k].run.id, s.plan.rows[i].run.id);
    }
    sweep_close(&s);
    assert_int_equal(count(x, "tuned", NULL), 1);
    assert_int_equal(count(x, "checked", NULL), 1);
    assert_int_equal(count(x, "start", NULL), 4 * 5 + 2 + 7 + 1);
    const char *ledger = scratch_read(x, "t/ledger.jsonl");
    const char *tuned = strstr(ledger, "\"tuned\"");
    const char *named = strstr(ledger, "\"role\":\"grid\""); // the one run that need not wait
    assert_true(tuned < strstr(named + 1, "\"role\":\"grid\""));
    assert_true(strstr(ledger, "\"checked\"") < strstr(ledger, "\"prediction\""));
    assert_null(strstr(scratch_read(x, "t/points.csv"), "tuning"));
    assert_null(strstr(scratch_read(x, "t/tuning.csv"), "grid"));
}

/* Whichever line the ledger ends with, and whichever of the results are there: the same rows, and
 * no run that ended is started again. */
static void cut_anywhere_the_same_rule_is_found_and_nothing_is_run_twice(void **state) {
    Scratch *x = *state;
    assert_ok(x, drive(x));
    const char *calm = points(x), *ledger = scratch_read(x, "t/ledger.jsonl");
    const char *rule = strstr(ledger, "\"rule\"");
    for (const char *cut = ledger; cut; cut = strchr(cut + 1, '\n')) {
        scratch_write(x, "t/ledger.jsonl",
                      arena_strndup(x->arena, ledger, (size_t)(cut - ledger) + (cut > ledger)));
        remove(scratch_path(x, "t/points.csv"));
        set_mode(x, "fail"); // no worker is needed
        assert_ok(x, drive(x));
        assert_string_equal(points(x), calm);
        const char *again = strstr(scratch_read(x, "t/ledger.jsonl"), "\"rule\"");
        assert_memory_equal(again, rule, strchr(rule, '}') - rule);
        assert_int_equal(count(x, "tuned", NULL), 1);
        assert_int_equal(count(x, "checked", NULL), 1);
    }
}

/* A rule that stands is taken as it is, even where another fit would find another one; another
 * "tune" finds its own, from the runs that are there. */
static void the_rule_in_the_ledger_stands(void **state) {
    Scratch *x = *state;
    Sweep s;
    assert_ok(x, drive(x));
    char *ledger = scratch_read(x, "t/ledger.jsonl");
    char *at = strstr(ledger, "\"coefficients\":[-") + strlen("\"coefficients\":[-");
    *at = '3'; // ln lr from -4.1 to -3.1
    char *crc = strstr(at, ",\"crc32\"");
    memmove(crc, strchr(crc, '\n') - 1, strlen(strchr(crc, '\n') - 1) + 1);
    scratch_write(x, "t/ledger.jsonl", ledger);
    look(x, &s);
    assert_true(s.tune.recorded && s.tune.rule.coef[0] > -3.5);
    assert_true(s.plan.rows[s.plan.n - 1].run.config.lr > 0.02);
    sweep_close(&s);
    const int starts = count(x, "start", NULL);
    scratch_write(x, "spec.json", TUNE_SPEC("", ",\"check\":0,\"extend\":3"));
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "tuned", NULL), 2);
    assert_int_equal(count(x, "start", NULL), starts); // the first rule's runs were right
}

static void an_optimum_at_an_edge_is_said(void **state) {
    Scratch *x = *state;
    Sweep s;
    scratch_write(x, "spec.json", TUNE_SPEC("", ",\"extend\":1"));
    assert_ok(x, drive(x));
    look(x, &s);
    assert_int_equal(s.tune.cells[0].curve.n, 4);
    assert_non_null(s.tune.doubt);
    assert_non_null(
        strstr(s.tune.doubt, "the best of 4 learning rates is the highest tried (0.016"));
    assert_non_null(strstr(scratch_read(x, "t/ledger.jsonl"), "\"untuned\":\"untuned: at d_model"));
    assert_int_equal(count(x, "prediction", NULL), 1); // said, and the sweep goes on
    sweep_close(&s);
}

/* A run of an earlier grid that now tunes (40000 tokens at 0.004, of both sizes) is not run again,
 * and is no row of a fit any more. */
static void a_run_of_the_grid_may_become_a_tuning_run(void **state) {
    Scratch *x = *state;
    Sweep s;
    char *spec = arena_strdup(x->arena, TUNE_SPEC("", ",\"seeds\":[1]"));
    char *tune = strstr(spec, "\"tune\""), *hero = strstr(spec, "\"hero\"");
    scratch_write(x, "spec.json",
                  arena_printf(x->arena, "%.*s%s", (int)(tune - spec), spec, hero)); // lr 0.004
    assert_ok(x, drive(x));
    const int starts = count(x, "start", NULL);
    scratch_write(x, "spec.json", spec);
    assert_ok(x, drive(x));
    look(x, &s);
    assert_int_equal(count(x, "start", NULL) - starts, 4 * 5 - 2 + 2 + 6 + 1);
    for (size_t i = 0; i < s.plan.n_tuning; i++)
        assert_string_equal(json_string_or(ledger_run(s.ledger, s.plan.rows[i].run.id), "role", ""),
                            "tuning");
    sweep_close(&s);
}

/* All grid rates diverge, and the first that does not is found below them. */
static void rates_that_diverge_are_left_below(void **state) {
    Scratch *x = *state;
    Sweep s;
    scratch_write(x, "spec.json", TUNE_SPEC("", ",\"grid\":[0.3,0.6,1.2],\"extend\":6"));
    assert_ok(x, drive(x));
    look(x, &s);
    assert_null(s.tune.doubt);
    assert_true(fabs(log(s.plan.rows[s.plan.n_tuning].run.config.lr / 0.016)) < 0.12);
    sweep_close(&s);
    scratch_write(x, "spec.json", TUNE_SPEC("", ",\"grid\":[0.3,0.6,1.2],\"extend\":0"));
    assert_fails(x, drive(x), "every run diverged");
}

static void a_check_that_disagrees_is_said(void **state) {
    Scratch *x = *state;
    Sweep s;
    set_mode(x, "far"); // optima of long runs lie elsewhere
    assert_ok(x, drive(x));
    look(x, &s);
    assert_null(s.tune.doubt);
    assert_int_equal(s.tune.check.run[1].config.tokens, 80000);
    assert_non_null(s.tune.check_doubt);
    assert_non_null(strstr(s.tune.check_doubt, "half the rule's learning rate"));
    assert_non_null(strstr(scratch_read(x, "t/ledger.jsonl"), "% that noise explains"));
    sweep_close(&s);
}

/* A check costs at most its share of the grid; where nothing is cheap enough there is none. */
static void the_check_is_the_costliest_that_is_affordable(void **state) {
    static const struct {
        const char *check;
        int d_model, tokens;
    } cases[] = {{",\"check\":1", 32, 80000},
                 {",\"check\":0.45", 32, 40000},
                 {",\"check\":0.22", 32, 20000},
                 {",\"check\":0.02", 0, 0},
                 {",\"check\":0", 0, 0}};
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Sweep s;
        scratch_write(x, "spec.json", arena_printf(x->arena, TUNE_SPEC("", "%s"), cases[i].check));
        look(x, &s);
        assert_int_equal(s.tune.has_check, cases[i].d_model > 0);
        if (s.tune.has_check) {
            assert_int_equal(s.tune.check.run[1].config.d_model, cases[i].d_model);
            assert_int_equal(s.tune.check.run[1].config.tokens, cases[i].tokens);
        }
        assert_int_equal(s.plan.n_tuning, s.tune.has_check ? 14 : 12);
        sweep_close(&s);
    }
}

/* All lengths of a trunk, the hero's too, have the rate of the grid's geometric middle. */
static void runs_of_a_trunk_share_a_rate(void **state) {
    Scratch *x = *state;
    Sweep s;
    scratch_write(x, "spec.json", TUNE_SPEC("\"seeding\":\"trunk\",", ""));
    assert_ok(x, drive(x));
    look(x, &s);
    for (size_t i = s.plan.n_tuning; i < s.plan.n; i++) {
        const PlanRow *r = &s.plan.rows[i];
        if (!r->run.tuned) continue;
        const double own = tune_rule_ln(&s.tune.rule, (double)r->params.total, 40000, 512);
        assert_true(r->run.config.lr == tune_round(exp(own)));
    }
    assert_int_equal(s.plan.rows[s.plan.n - 1].parent, s.plan.n - 3); // the named rate is between
    /* The hero is farthest from its own rate, by 0.2 ln 4; the parabola has curvature 0.06. */
    JsonOut j = json_out(0);
    JsonDoc *doc = NULL;
    json_begin(&j, NULL, '{');
    tune_plan_to_json(&s.tune, &s.plan, &j);
    json_end(&j);
    assert_ok(x, json_open(j.text.s, "plan", &doc, &x->err));
    const double percent =
        json_number_or(json_get(json_root(doc), "tune"), "most_percent_of_trunks", 0);
    assert_true(fabs(percent - 100 * 0.03 * pow(0.2 * log(4), 2)) < 0.08);
    json_close(doc);
    text_close(&j.text);
    sweep_close(&s);
}

/* What a spec says of the best per cell reaches whoever reads the ledger. */
static void best_is_handed_on(void **state) {
    Scratch *x = *state;
    char *spec = arena_strdup(x->arena, SPEC("t", "8", "[8, 16, 24]"));
    scratch_write(x, "spec.json",
                  arena_printf(x->arena, "{\"best\":[\"lr\",\"warmup\"],%s", spec + 1));
    assert_ok(x, drive(x));
    assert_non_null(strstr(scratch_read(x, "t/ledger.jsonl"), ",\"best\":\"lr,warmup\","));
}

static void a_failed_tuning_run_stops_before_the_grid(void **state) {
    Scratch *x = *state;
    set_mode(x, "fail");
    assert_fails(x, drive(x), "13 of 22 runs failed");
    assert_int_equal(count(x, "tuned", NULL), 0);
    assert_int_equal(count(x, "prediction", NULL), 0);
    set_mode(x, "work");
    assert_ok(x, drive(x));
    assert_int_equal(count(x, "tuned", NULL), 1);
}

static void what_a_spec_may_not_say(void **state) {
    static const struct {
        const char *tune, *says;
    } cases[] = {
        {"{\"lt\":{}}", "tune.lt: no such key, did you mean 'lr'?"},
        {"{}", "tune: needs 'lr', an object"},
        {"{\"lr\":{}}", "tune.lr: needs 'at', an object"},
        {"{\"lr\":{\"at\":{}}}", "tune.lr.at: needs at least one axis"},
        {"{\"lr\":{\"at\":{\"d_modle\":[16]}}}",
         "tune.lr.at.d_modle: no such key, did you mean 'd_model'?"},
        {"{\"lr\":{\"at\":{\"lr\":[1]}}}", "tune.lr.at.lr: no such key"},
        {"{\"lr\":{\"at\":{\"d_model\":[17]}}}", "not a multiple of d_head"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]},\"extent\":2}}", "did you mean 'extend'?"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]},\"extend\":17}}", "tune.lr.extend"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]},\"check\":2}}", "tune.lr.check"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]},\"grid\":[1,2]}}",
         "grid: needs 3 to 16 values, not 2"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]},\"grid\":[1,2,2]}}", "grid[2]: rates are above 0"},
        {"{\"lr\":{\"at\":{\"batch_tok\":[512]}},\"batch_tok\":{}}",
         "tune.batch_tok: tunes what is an axis of tune.lr.at"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]}},\"batch_tok\":{\"grid\":[512,1000,2048]}}",
         "batch_tok.grid[1]: batches are multiples of lanes x ctx"},
        {"{\"lr\":{\"at\":{\"d_model\":[16]},\"seeds\":[1,1]}}", "seeds[1]: stands there already"},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Spec s;
        const char *text = arena_printf(x->arena,
                                        "{\"name\":\"t\",\"data\":{\"source\":\"markov\"},\"axes\":"
                                        "{\"d_model\":[16]},\"tune\":%s}",
                                        cases[i].tune);
        assert_fails(x, spec_open(&s, x->arena, scratch_write(x, "bad.json", text), &x->err),
                     cases[i].says);
    }
    Spec s;
    const char *both = "{\"name\":\"t\",\"data\":{\"source\":\"markov\"},\"axes\":{\"lr\":[0.1]},"
                       "\"tune\":{\"lr\":{\"at\":{\"d_model\":[16]}}}}";
    assert_fails(x, spec_open(&s, x->arena, scratch_write(x, "bad.json", both), &x->err),
                 "axes.lr: \"tune\" chooses it");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TUNE_TEST(the_grid_of_rates_extends_until_the_optimum_is_inside),
        TUNE_TEST(cut_anywhere_the_same_rule_is_found_and_nothing_is_run_twice),
        TUNE_TEST(the_rule_in_the_ledger_stands),
        TUNE_TEST(an_optimum_at_an_edge_is_said),
        TUNE_TEST(a_run_of_the_grid_may_become_a_tuning_run),
        TUNE_TEST(rates_that_diverge_are_left_below),
        TUNE_TEST(a_check_that_disagrees_is_said),
        TUNE_TEST(the_check_is_the_costliest_that_is_affordable),
        TUNE_TEST(runs_of_a_trunk_share_a_rate),
        TUNE_TEST(best_is_handed_on),
        TUNE_TEST(a_failed_tuning_run_stops_before_the_grid),
        TUNE_TEST(what_a_spec_may_not_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
