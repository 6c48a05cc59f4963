/* test_study_worth.c: what experts are worth: a planted gain is found again, to a percent without
 * noise and inside the interval with it; trends; what cannot be told is not told. */
#include "tests/worth_rig.h"

static void test_a_planted_gain_is_found(void **state) {
    Arena *arena = *state;
    const Points points = planted_gains(arena, &PLAN);
    const FitOptions o = options(20);
    const Worths g = worths(arena, &points, &o);
    const Surface *s = &GRID.surface;
    const double a = s->beta / (s->alpha + s->beta), w = 0.5 * a + 1 - a;
    assert_null(g.why);
    assert_string_equal(g.time, "wall_s");
    assert_close(g.time_exponent, w, 1e-3);
    assert_int_equal(g.n_settings, 3);
    assert_int_equal(g.n_cells, 72);
    for (size_t i = 0; i < g.n_cells; i++) {
        const WorthCell *c = &g.cells[i];
        const double want = planted_gain(s, c->params, c->tokens, WORTH[i / 24]);
        assert_near(g.settings[c->setting].row->experts, EXPERTS[i / 24], 0);
        assert_close(c->in_flops.value, want / 1.02, 0.01);
        assert_close(c->in_time.value, pow(want, w) / 1.3, 0.01);
        assert_close(c->in_tokens.value, pow(want, 1 - a), 0.01);
    }
    for (size_t e = 0; e < 3; e++) {
        const WorthSetting *x = &g.settings[e];
        assert_int_equal(x->n_scales, 6);
        for (int n = 0; n < 6; n++)
            assert_close(x->scales[n].in_flops.value,
                         planted_mean(&GRID, WORTH[e], n, n + 1) / 1.02, 0.01);
        assert_close(x->all.in_flops.value, planted_mean(&GRID, WORTH[e], 0, 6) / 1.02, 0.01);
        assert_near(x->in_flops.slope.value, 0, 0.01); // size and data together: always the same
        assert_string_equal(x->in_flops.verdict, "holds");
        assert_near(x->range, 30 * 60, 1e-6);
    }
}

/* 40 sweeps; wide bands, for 40 is few. */
static void test_intervals_cover(void **state) {
    (void)state;
    enum { SWEEPS = 40 };
    int all = 0, one = 0, cell = 0, time = 0, holds = 0;
    const double want_all = planted_mean(&GRID, WORTH[2], 0, 6) / 1.02,
                 want_one = planted_mean(&GRID, WORTH[2], 2, 3) / 1.02,
                 want_cell = planted_gain(&GRID.surface, 1e4, 1e5, WORTH[2]) / 1.02;
    double want_time = 0;
    const FitOptions o = options(100);
    for (int s = 0; s < SWEEPS; s++) {
        Arena *arena = arena_open();
        PlantedExperts plan = PLAN;
        plan.dense.noise = 0.004, plan.dense.seed = 300 + (uint64_t)s;
        const Points points = planted_gains(arena, &plan);
        const Worths g = worths(arena, &points, &o);
        const WorthSetting *x = &g.settings[2];
        const Interval *v = &x->all.in_flops, *u = &x->scales[2].in_flops,
                       *c = &g.cells[48].in_flops;
        all += want_all >= v->lo && want_all <= v->hi;
        one += want_one >= u->lo && want_one <= u->hi;
        cell += want_cell >= c->lo && want_cell <= c->hi;
        if (want_time == 0) want_time = pow(want_all * 1.02, g.time_exponent) / 1.3;
        time += x->all.in_time.lo > 0.9 * want_time && x->all.in_time.hi < 1.1 * want_time;
        holds += strcmp(x->in_flops.verdict, "holds") == 0;
        assert_true(v->hi / v->lo < 1.1 && c->hi / c->lo < 1.6);
        arena_close(arena);
    }
    print_message("covered: all %d, one scale %d, one cell %d; holds %d of %d\n", all, one, cell,
                  holds, SWEEPS);
    assert_true(all >= 0.75 * SWEEPS && one >= 0.75 * SWEEPS && cell >= 0.75 * SWEEPS);
    assert_true(all + one + cell < 3 * SWEEPS);
    assert_true(time >= 0.75 * SWEEPS && holds >= 0.75 * SWEEPS);
}

/* A worth that changes with size, by this power of it, 1.5 at 55k. */
static Worths with_trend(Arena *arena, double power) {
    PlantedExperts plan = PLAN;
    plan.dense.noise = 0.002, plan.n = 1;
    Points points = planted_gains(arena, &plan);
    for (size_t i = points.n / 2; i < points.n; i++) {
        Point *p = &points.rows[i];
        const double noise =
            p->loss / planted_loss(&GRID.surface, WORTH[0] * p->params_active, p->tokens);
        const double worth = 1.5 * pow(p->params_active / 55e3, power);
        p->loss = noise * planted_loss(&GRID.surface, worth * p->params_active, p->tokens);
    }
    const FitOptions o = options(100);
    return worths(arena, &points, &o);
}

static void test_trends(void **state) {
    const Worths up = with_trend(*state, 0.15), down = with_trend(*state, -0.15);
    assert_string_equal(up.settings[0].in_flops.verdict, "grows");
    assert_string_equal(down.settings[0].in_flops.verdict, "shrinks");
    assert_non_null(
        strstr(up.settings[0].sentence, "the gain grows with scale, size and data together"));
    assert_non_null(strstr(down.settings[0].sentence, "In time it shrinks"));
    const Worths level = with_trend(*state, 0);
    assert_string_equal(level.settings[0].in_flops.verdict, "holds");
    assert_non_null(strstr(level.settings[0].sentence, "as far as the runs tell"));
}

/* What the law leaves over at a place is in the twin as well, and cancels. */
static void test_a_bump_in_the_law_cancels(void **state) {
    Points points = planted_gains(*state, &PLAN);
    for (size_t i = 0; i < points.n; i++)
        if (points.rows[i].d_model == 3 && points.rows[i].tokens < 2e5) points.rows[i].loss *= 1.05;
    const FitOptions o = options(0);
    const Worths g = worths(*state, &points, &o);
    const WorthCell *c = &g.cells[48 + 2 * 4];
    assert_near(c->width, 3, 0);
    assert_close(c->in_flops.value,
                 planted_gain(&GRID.surface, c->params, c->tokens, WORTH[2]) / 1.02, 0.05);
    assert_true(isnan(c->in_flops.lo)); // without resamples no interval, and no verdict
    assert_string_equal(g.settings[2].in_flops.verdict, "unknown");
}

static void test_dense_rows_alone_say_nothing(void **state) {
    Points points = planted_points(*state, &GRID);
    const FitOptions o = options(10);
    assert_int_equal(worths(*state, &points, &o).n_settings, 0);
    for (size_t i = 0; i < points.n; i++) points.rows[i].experts = 8;
    assert_int_equal(worths(*state, &points, &o).n_settings, 0); // nor experts alone
}

static void test_no_twin_is_no_gain(void **state) {
    Points points = planted_gains(*state, &PLAN);
    const FitOptions o = options(20);
    points.rows[0].tokens *= 1.1; // the dense run of the first cell of each setting
    Worths g = worths(*state, &points, &o);
    assert_int_equal(g.cells[0].reach, WORTH_NO_TWIN);
    assert_true(isnan(g.cells[0].in_flops.value) && isnan(g.cells[0].in_flops.lo));
    assert_int_equal(g.settings[0].scales[0].n_cells, 4);
    assert_int_equal(g.settings[0].scales[0].n_told, 3);
    assert_true(noted(&g, "without a dense run of the same width"));

    for (size_t i = 0; i < points.n; i++) // a ladder of depth: one width, twins by size
        points.rows[i].d_model = 64;
    g = worths(*state, &points, &o);
    assert_int_equal(g.settings[0].n_scales, 6);
    assert_int_equal(g.cells[0].reach, WORTH_NO_TWIN);
    assert_int_equal(g.cells[1].n_twins, 1);
    assert_close(g.cells[1].params, 1e4, 1e-9);

    for (size_t i = 0; i < points.n; i++) // strangers without widths: by size
        points.rows[i].d_model = NAN;
    g = worths(*state, &points, &o);
    assert_int_equal(g.cells[0].reach, WORTH_NO_TWIN);
    assert_close(g.cells[1].in_flops.value,
                 planted_gain(&GRID.surface, g.cells[1].params, g.cells[1].tokens, WORTH[0]) / 1.02,
                 0.01);
}

/* A router adds to the parameters that a token meets; the width tells the twin all the same. */
static void test_a_router_hides_no_twin(void **state) {
    Points points = planted_gains(*state, &PLAN);
    const FitOptions o = options(0);
    for (size_t i = 0; i < points.n; i++)
        if (points.rows[i].experts > 1) points.rows[i].params_active *= 1.5;
    const Worths g = worths(*state, &points, &o);
    assert_close(g.cells[0].params, 1e4, 1e-9);
    assert_close(g.settings[2].all.in_flops.value, planted_mean(&GRID, WORTH[2], 0, 6) / 1.02,
                 0.01);
}

/* Where size and data were always grown together their proportion cannot be told apart from scale.
 */
static void test_runs_along_a_line(void **state) {
    Points points = planted_gains(*state, &PLAN);
    size_t n = 0;
    for (size_t i = 0; i < points.n; i++) { // one length at each size
        const Point *p = &points.rows[i];
        const double length = fmin(3, floor((p->d_model - 1) * 0.7));
        if (p->experts == 1 || fabs(p->tokens / (1e5 * pow(60, length / 3)) - 1) < 1e-6)
            points.rows[n++] = *p;
    }
    points.n = n;
    const FitOptions o = options(20);
    const Worths whole = worths(*state, &points, &o);
    assert_int_equal(whole.n_cells, 18);
    assert_true(whole.settings[0].proportioned);
    n = 0;
    for (size_t i = 0; i < points.n; i++)
        if (points.rows[i].experts == 1 || fmod(points.rows[i].d_model, 2) == 0)
            points.rows[n++] = points.rows[i];
    points.n = n; // three sizes
    const Worths few = worths(*state, &points, &o);
    assert_false(few.settings[0].proportioned);
    assert_non_null(strstr(few.settings[0].sentence, "as these runs go"));
}

static void test_too_few_sizes_or_lengths(void **state) {
    const FitOptions o = options(20);
    Points points = planted_gains(*state, &PLAN);
    size_t n = 0;
    for (size_t i = 0; i < points.n; i++) // one size of experts, all of the dense
        if (points.rows[i].experts == 1 || points.rows[i].d_model == 3)
            points.rows[n++] = points.rows[i];
    points.n = n;
    Worths g = worths(*state, &points, &o);
    assert_int_equal(g.settings[0].n_scales, 1);
    assert_close(g.settings[0].all.in_flops.value, planted_mean(&GRID, WORTH[0], 2, 3) / 1.02,
                 0.01);
    assert_true(isnan(g.settings[0].in_flops.slope.value));
    assert_string_equal(g.settings[0].in_flops.verdict, "unknown");
    assert_non_null(strstr(g.settings[0].sentence, "one scale cannot say"));

    for (n = 0; n < points.n && points.rows[n].experts == 1;) n++;
    for (size_t i = 0; i < n; i++) points.rows[i].tokens = 1e6; // one number of tokens
    g = worths(*state, &points, &o);
    assert_non_null(g.why);
    assert_true(noted(&g, "no law of the dense runs: chinchilla"));
    assert_true(isnan(g.settings[0].all.in_flops.value));
    assert_non_null(strstr(g.settings[0].sentence, "cannot be told"));
}

static void test_what_is_out_of_reach_is_not_told(void **state) {
    Points points = planted_gains(*state, &PLAN);
    const FitOptions o = options(50);
    const size_t last = points.n - 1; // 8 experts, largest size and length
    points.rows[last].loss = 0.8;     // below E
    Worths g = worths(*state, &points, &o);
    const WorthCell *c = &g.cells[g.n_cells - 1];
    assert_int_equal(c->reach, WORTH_TOO_FAR);
    assert_true(isnan(c->in_flops.value) && isnan(c->in_time.value));
    assert_true(noted(&g, "nowhere within ten times"));
    assert_int_equal(g.settings[2].all.n_told, 23);

    points.rows[last].loss = 1.1; // above E, but a hundred times the compute away
    g = worths(*state, &points, &o);
    assert_int_equal(g.cells[g.n_cells - 1].reach, WORTH_TOO_FAR);
    points.rows[last].loss = planted_loss(&GRID.surface, 3e5 * 1.8661, 6e6);
    g = worths(*state, &points, &o);
    assert_int_equal(g.cells[g.n_cells - 1].reach, WORTH_EXTRAPOLATED);
    assert_true(g.settings[2].all.extrapolated && noted(&g, "extrapolated"));
}

static void test_an_open_end_is_open(void **state) {
    PlantedExperts plan = PLAN;
    plan.dense.noise = 0.05; // so noisy that some resamples put E above the loss
    const Points points = planted_gains(*state, &plan);
    const FitOptions o = options(100);
    const Worths g = worths(*state, &points, &o);
    size_t open = 0;
    for (size_t i = 0; i < g.n_cells; i++) {
        const Interval *v = &g.cells[i].in_flops;
        open += isinf(v->hi);
        assert_true(isnan(v->hi) || isinf(v->hi) || v->hi < 1e4);
    }
    assert_true(open > 0 && noted(&g, "open there"));
}

static void test_few_dense_runs_are_noted(void **state) {
    const FitOptions o = options(20);
    PlantedExperts plan = PLAN;
    const Points many = planted_gains(*state, &plan);
    Worths g = worths(*state, &many, &o);
    assert_false(noted(&g, "only"));
    plan.dense.n_sizes = 4, plan.dense.n_lengths = 3;
    const Points few = planted_gains(*state, &plan);
    g = worths(*state, &few, &o);
    assert_true(noted(&g, "only 12 groups of dense runs"));
}

/* Whatever law is asked for, experts are worth what they were. */
static void test_experts_are_read_on_the_default_law(void **state) {
    const Points points = planted_gains(*state, &PLAN);
    FitOptions o = options(0);
    const Worths by_default = worths(*state, &points, &o);
    static const char *const LAWS_ASKED[] = {"skaling", "moe-clark", "all", "power"};
    for (size_t i = 0; i < COUNT_OF(LAWS_ASKED); i++) {
        o.law = LAWS_ASKED[i];
        const Worths g = worths(*state, &points, &o);
        assert_string_equal(g.base.law->name, "chinchilla");
        assert_null(g.law_note);
        for (size_t c = 0; c < g.n_cells; c++)
            assert_near(g.cells[c].in_flops.value, by_default.cells[c].in_flops.value, 0);
    }
}

static void test_seeds_are_one_cell(void **state) {
    Points points = planted_gains(*state, &PLAN);
    Points twice = points;
    twice.rows = ARENA_ARRAY(*state, Point, 2 * points.n);
    for (size_t i = 0; i < points.n; i++)
        for (size_t k = 0; k < 2; k++) {
            Point *p = &twice.rows[2 * i + k];
            *p = points.rows[i];
            p->loss *= k ? 1.001 : 1 / 1.001;
            p->seed = (double)k;
            p->group = (int)(2 * i + k);
        }
    twice.n = 2 * points.n, twice.n_groups = (int)twice.n;
    const FitOptions o = options(20);
    const Worths g = worths(*state, &twice, &o);
    assert_int_equal(g.n_cells, 72);
    assert_int_equal(g.cells[0].n, 2);
    assert_int_equal(g.cells[0].n_twins, 2);
    assert_close(g.settings[2].all.in_flops.value, planted_mean(&GRID, WORTH[2], 0, 6) / 1.02,
                 0.01);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_planted_gain_is_found),
        TEST(test_intervals_cover),
        TEST(test_trends),
        TEST(test_a_bump_in_the_law_cancels),
        TEST(test_dense_rows_alone_say_nothing),
        TEST(test_no_twin_is_no_gain),
        TEST(test_a_router_hides_no_twin),
        TEST(test_runs_along_a_line),
        TEST(test_too_few_sizes_or_lengths),
        TEST(test_what_is_out_of_reach_is_not_told),
        TEST(test_an_open_end_is_open),
        TEST(test_few_dense_runs_are_noted),
        TEST(test_experts_are_read_on_the_default_law),
        TEST(test_seeds_are_one_cell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
