/* test_study_returns.c: diminishing returns against the closed forms of the law, their identities,
 * deadweight, prices. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/questions/returns.h"

static const Planted GRID = {{0.9, 18.97, 0.3, 84.37, 0.35}, 1e4, 3e5, 1e5, 6e6, 6, 4, 0.005, 1};

static Fit fit_of(Arena *arena, const Points *points, const char *law, const char *x) {
    FitOptions o = fit_options_default();
    o.starts = 8, o.resamples = 50, o.law = law, o.x = x;
    Fit fit;
    Err err = {0};
    if (fit_points(arena, points, NULL, &o, &fit, &err) != OK) fail_msg("%s", err.message);
    return fit;
}

static bool inside(Interval v) {
    return v.lo <= v.value && v.value <= v.hi && v.lo < v.hi;
}

/* A table whose loss is floor + r x^-p, row by row. */
static void assert_power_law(const Returns *t, double floor, double p) {
    for (size_t i = 0; i < t->n; i++) {
        const ReturnsRow *r = &t->rows[i];
        const double reducible = r->loss.value - floor;
        assert_close(r->elasticity.value, p * (1 - floor / r->loss.value), 1e-9);
        assert_close(r->nat_per_unit.value, p * reducible / r->x, 1e-9);
        assert_close(r->unit_per_millinat.value * r->nat_per_unit.value, 1e-3, 1e-9);
        assert_close(r->doublings.value, 1 / p, 1e-9);
        assert_true(inside(r->loss) && inside(r->elasticity) && inside(r->flop_per_millinat));
        if (i == 0) {
            assert_true(isnan(r->gain.value) && isnan(r->removed.value));
            assert_near(r->removed_so_far.value, 0, 0);
            continue;
        }
        const ReturnsRow *before = &t->rows[i - 1];
        assert_close(r->x / before->x, t->factor, 1e-9);
        assert_close(r->gain.value, before->loss.value - r->loss.value, 1e-6);
        assert_close(r->removed.value, 1 - pow(t->factor, -p), 1e-9);
        assert_close(r->removed_so_far.value, 1 - pow(t->factor, -p * (double)i), 1e-9);
        assert_true(inside(r->gain) && inside(r->removed));
        if (i > 1) // a geometric series
            assert_close(r->gain.value / before->gain.value, pow(t->factor, -p), 1e-9);
    }
    assert_close(t->doublings_to_halve.value, 1 / p, 1e-9);
}

static void test_compute(void **state) {
    const Points points = planted_points(*state, &GRID);
    const Fit fit = fit_of(*state, &points, "chinchilla", "flops");
    const ReturnsOptions o = returns_options_default();
    const double al = fit.params[2].value, be = fit.params[4].value, E = fit.params[0].value;
    for (double factor = 2; factor <= 10; factor += 8) {
        const Returns t = returns_table(*state, &fit, RETURNS_FLOPS, factor, &o);
        size_t measured = 0;
        assert_power_law(&t, E, al * be / (al + fit.cost.q * be));
        for (size_t i = 0; i < t.n; i++) {
            const ReturnsRow *r = &t.rows[i];
            measured += r->measured;
            assert_true(r->measured == (r->flops <= 6 * 3e5 * 6e6 * (1 + 1e-9)));
            assert_close(r->flop_per_millinat.value, r->unit_per_millinat.value, 1e-12);
            assert_close(fit_predict(&fit, r->params.value, r->tokens.value, false).value,
                         r->loss.value, 1e-9);
            assert_close(6 * r->params.value * r->tokens.value, r->flops, 1e-9);
            assert_true(isnan(r->worth.value) && isnan(r->cpu_s));
        }
        assert_int_equal(t.n - measured, factor == 2 ? 2 : 1);
    }
}

static void test_size_and_data(void **state) {
    Points points = planted_points(*state, &GRID);
    for (size_t i = 0; i < points.n; i++) // a cost that is no 6 N D
        points.rows[i].flops = 20 * pow(points.rows[i].params, 0.9) * points.rows[i].tokens;
    const Fit fit = fit_of(*state, &points, "chinchilla", "flops");
    ReturnsOptions o = returns_options_default();
    const double E = fit.params[0].value, A = fit.params[1].value, al = fit.params[2].value,
                 B = fit.params[3].value, be = fit.params[4].value;
    Returns t = returns_table(*state, &fit, RETURNS_PARAMS, 2, &o);
    assert_close(t.at, 6e6, 1e-12);
    assert_power_law(&t, E + B * pow(6e6, -be), al);
    assert_int_equal(t.n, 5 + 2);
    for (size_t i = 1; i < t.n; i++) {
        const ReturnsRow *r = &t.rows[i];
        assert_close(r->params.value, 1e4 * pow(2, (double)i), 1e-9);
        assert_close(r->flops, 20 * pow(r->x, 0.9) * 6e6, 1e-6);
        /* dC/dN = q C / N, and with it by the millinat */
        assert_close(r->flop_per_millinat.value,
                     1e-3 * fit.cost.q * r->flops / (r->nat_per_unit.value * r->x), 1e-9);
        /* the frontier's own compute for the losses at both ends of the step */
        const Frontier f = fit_frontier(&fit, fit.theta);
        const double from = log(t.rows[i - 1].loss.value - f.E), to = log(r->loss.value - f.E);
        assert_close(r->worth.value, exp((from - to) / f.eta), 1e-6);
    }
    o.at_params = 50000;
    t = returns_table(*state, &fit, RETURNS_TOKENS, 10, &o);
    assert_close(t.at, 50000, 0);
    assert_power_law(&t, E + A * pow(5e4, -al), be);
    assert_close(t.rows[1].loss.value, fit_predict(&fit, 5e4, 1e6, false).value, 1e-12);
    assert_close(t.rows[1].flop_per_millinat.value,
                 1e-3 * t.rows[1].flops / (t.rows[1].nat_per_unit.value * 1e6), 1e-9);
}

/* On the frontier the factor of compute that a step costs is what it is worth; off it, less. */
static void test_worth(void **state) {
    const Points points = planted_points(*state, &GRID);
    const Fit fit = fit_of(*state, &points, "chinchilla", "flops");
    ReturnsOptions o = returns_options_default();
    const double best = fit_optimum(&fit, 6e11).params.value;
    o.at_tokens = (uint64_t)(6e11 / (6 * best));
    const Returns t = returns_table(*state, &fit, RETURNS_PARAMS, 2, &o);
    for (size_t i = 1; i < t.n; i++) {
        const double from = t.rows[i - 1].x / best, to = t.rows[i].x / best;
        if (to < 0.9) assert_true(t.rows[i].worth.value > 2); // too small: size is cheap
        if (from > 1.1) assert_true(t.rows[i].worth.value < 2);
    }
}

static void test_laws_of_one_variable(void **state) {
    const Points points = planted_points(*state, &GRID);
    const ReturnsOptions o = returns_options_default();
    const char *const NAMES[] = {"flops", "params", "tokens"};
    for (ReturnsOf own = 0; own < RETURNS_KINDS; own++) {
        const Fit fit = fit_of(*state, &points, "power-offset", NAMES[own]);
        for (ReturnsOf of = 0; of < RETURNS_KINDS; of++) {
            const Returns t = returns_table(*state, &fit, of, 10, &o);
            assert_true((t.n > 0) == (of == own));
            if (of == own) assert_power_law(&t, fit.params[0].value, fit.params[2].value);
        }
        assert_int_equal(returns_deadweight(*state, &fit).n, 0);
    }
}

static void test_deadweight(void **state) {
    Points points = planted_points(*state, &GRID);
    points.rows[5] = points.rows[4]; // two runs of one cell
    const Fit fit = fit_of(*state, &points, "chinchilla", "flops");
    for (size_t i = 6; i < points.n; i++) { // now every other run lies on the frontier
        if (i % 2) continue;
        Point *p = &points.rows[i];
        const FitOptimum best = fit_optimum(&fit, p->flops);
        p->params = best.params.value, p->tokens = best.tokens.value;
    }
    const ReturnsDeadweights d = returns_deadweight(*state, &fit);
    assert_int_equal(d.n, points.n - 1);
    double flops = 0, wasted = 0;
    for (size_t i = 0; i < d.n; i++) {
        const ReturnsDeadweight *r = &d.rows[i];
        const size_t at = (size_t)(r->run - points.rows);
        assert_close(r->flops, 6 * r->run->params * r->run->tokens, 1e-9);
        assert_close(r->needed.value + r->wasted.value, r->flops, 1e-9);
        assert_close(r->ratio.value * r->needed.value, r->flops, 1e-9);
        assert_true(r->wasted.value >= -1e-9 * r->flops && r->wasted.lo >= -1e-9 * r->flops);
        assert_int_equal(r->runs, at == 4 || at == 5 ? 2 : 1);
        if (at >= 6 && at % 2 == 0) {
            assert_near(r->wasted.value / r->flops, 0, 1e-9);
            assert_close(r->best_params.value, r->run->params, 1e-6);
        }
        /* so much compute, spent well, has the loss of the run */
        assert_close(fit_optimum(&fit, r->needed.value).loss.value,
                     fit_predict(&fit, r->run->params, r->run->tokens, false).value, 1e-9);
        flops += (double)r->runs * r->flops;
        wasted += (double)r->runs * r->wasted.value;
    }
    assert_close(d.flops, flops, 1e-12);
    assert_close(d.wasted_share.value, wasted / flops, 1e-9);
    assert_true(d.wasted_share.value > 0.01 && inside(d.wasted_share));
}

static void test_prices(void **state) {
    Points points = planted_points(*state, &GRID);
    for (size_t i = 0; i < points.n; i++) points.rows[i].cpu_s = NAN;
    const Fit fit = fit_of(*state, &points, "chinchilla", "flops");
    ReturnsOptions o = returns_options_default();
    o.price = 0.36, o.watts = 20;
    ReturnsSet set;
    Err err = {0};
    assert_int_equal(returns_of(*state, &fit, &o, &set, &err), E_FAILED);
    assert_non_null(strstr(err.message, "--price needs a column cpu_s"));
    for (size_t i = 0; i < points.n - 1; i++) // 1e10 FLOP/s at 1e10, faster above
        points.rows[i].cpu_s = pow(points.rows[i].flops / 1e10, 0.9);
    assert_int_equal(returns_of(*state, &fit, &o, &set, &err), OK);
    assert_int_equal(set.rate.n, points.n - 1);
    assert_close(set.rate.power, 0.9, 1e-9);
    const Returns *t = &set.tables[RETURNS_FLOPS][0];
    for (size_t i = 0; i < t->n; i++) {
        const ReturnsRow *r = &t->rows[i];
        assert_close(r->cpu_s, pow(r->flops / 1e10, 0.9), 1e-9);
        /* d cpu / dC times dC / dL */
        const double marginal = 0.9 * r->cpu_s / r->flops;
        assert_close(r->cpu_s_per_millinat.value, marginal * r->flop_per_millinat.value, 1e-9);
        assert_close(r->cpu_s_per_millinat.hi, marginal * r->flop_per_millinat.hi, 1e-9);
        assert_close(r->price_per_millinat.value, 0.36 / 3600 * r->cpu_s_per_millinat.value, 1e-9);
        assert_close(r->joule_per_millinat.value, 20 * r->cpu_s_per_millinat.value, 1e-9);
    }
    assert_int_equal(set.tables[RETURNS_PARAMS][0].n + set.deadweight.n, 0); // not asked for
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_compute),    TEST(test_size_and_data),
        TEST(test_worth),      TEST(test_laws_of_one_variable),
        TEST(test_deadweight), TEST(test_prices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
