/* Optimal sizes read off equal-compute bowls: Akima's curve against its definition, each way of
 * finding the lowest point on exact surfaces, the full parabola's known bias, what is refused. */
#include <string.h>

#include "analysis/questions/returns.h"
#include "analysis/questions/approaches.h"
#include "analysis/laws/akima.h"
#include "analysis/laws/envelope.h"
#include "analysis/laws/isoflop.h"
#include "planted.h"

/* The byte-like surface of a small sweep: L = .9 + .6 (N/1e5)^-.3 + .67 (D/1e6)^-.35. */
static Surface byte_like(void) {
    return (Surface){
        .E = 0.9, .A = 0.6 * pow(1e5, 0.3), .alpha = 0.3, .B = 0.67 * pow(1e6, 0.35), .beta = 0.35};
}

static const Surface CHINCHILLA = {1.8172, 482.01, 0.3478, 2085.43, 0.3658};

static double true_a(const Surface *s) {
    return s->beta / (s->alpha + s->beta);
}

static double true_size(const Surface *s, double flops) {
    const double g = pow(s->alpha * s->A / (s->beta * s->B), 1 / (s->alpha + s->beta));
    return g * pow(flops / 6, true_a(s));
}

/* Budgets a decade apart, sizes evenly over a factor `reach` to both sides of the optimum times
 * `off`, which grows to off * drift at the largest budget. */
typedef struct {
    Surface surface;
    int budgets, sizes;
    double flops, reach, off, drift, noise;
    uint64_t seed;
} Bowls;

static Points bowls(Arena *arena, const Bowls *b) {
    Points points =
        planted_points(arena, &(Planted){b->surface, 1, 2, 1, 2, b->budgets, b->sizes, 0, b->seed});
    const Stream s = stream_open(b->seed, "bowls", 0);
    for (size_t i = 0; i < points.n; i++) {
        Point *p = &points.rows[i];
        const size_t budget = i / (size_t)b->sizes, size = i % (size_t)b->sizes;
        const double u = 2 * (double)size / (b->sizes - 1) - 1;
        const double along = b->budgets > 1 ? (double)budget / (b->budgets - 1) : 0;
        p->flops = b->flops * pow(10, (double)budget);
        p->params =
            true_size(&b->surface, p->flops) * b->off * pow(b->drift, along) * pow(b->reach, u);
        p->tokens = p->flops / (6 * p->params);
        p->loss =
            planted_loss(&b->surface, p->params, p->tokens) * exp(b->noise * stream_normal(&s, i));
    }
    return points;
}

/* A budget's vertex over the true one, less 1. */
static double vertex_error(Arena *arena, const Surface *s, int sizes, double reach,
                           const char *how) {
    const Points p = bowls(arena, &(Bowls){*s, 1, sizes, 1e12, reach, 1, 1, 0, 1});
    const IsoFlops iso = isoflop_optima(arena, &p, NULL, how);
    assert_int_equal(iso.n, 1);
    return iso.rows[0].params / true_size(s, iso.rows[0].flops) - 1;
}

static void test_akima_is_akima(void **state) {
    (void)state;
    /* Slopes by hand from eq. 1: chords 0 0 1 1, at the third point both sides are straight. */
    const double x[] = {0, 1, 2, 3, 4}, y[] = {0, 0, 0, 1, 2};
    double t[5];
    akima_slopes(5, x, y, t);
    const double want[] = {0, 0, 0.5, 1, 1};
    for (int i = 0; i < 5; i++) assert_near(t[i], want[i], 1e-12);
    assert_near(akima_at(5, x, y, t, 2.5), 0.5 + (0.5 - 1) / 8, 1e-12); // Hermite's midpoint
    /* Uneven knots, against SciPy 1.17's Akima1DInterpolator. */
    const double u[] = {0, 0.7, 1.1, 2.5, 3, 4.2}, v[] = {3, 1.4, 1.1, 0.9, 1.3, 2.9};
    double s[6];
    akima_slopes(6, u, v, s);
    assert_near(akima_at(6, u, v, s, 0.35), 2.03651041666667, 1e-12);
    assert_near(akima_at(6, u, v, s, 1.8), 0.871742884130604, 1e-12);
    assert_near(akima_at(6, u, v, s, 4.2), 2.9, 1e-12);
    const AkimaLeast least = akima_least(6, u, v, s);
    assert_near(least.x, 2.1207736451149, 1e-6);
    assert_near(least.y, 0.83568346812512, 1e-12);
}

static void test_three_even_points_are_a_parabola(void **state) {
    (void)state;
    const double x[] = {1, 2, 3},
                 y[] = {3 + 4 * 0.49, 3 + 4 * 0.09, 3 + 4 * 1.69}; // 3 + 4 (x-1.7)^2
    double t[3];
    akima_slopes(3, x, y, t);
    const AkimaLeast least = akima_least(3, x, y, t);
    assert_near(least.x, 1.7, 1e-12);
    assert_near(least.y, 3, 1e-12);
}

static void test_exact_surfaces(void **state) {
    const Surface surfaces[] = {byte_like(), CHINCHILLA, {1.7, 400, 0.46, 90, 0.15}};
    for (size_t k = 0; k < COUNT_OF(surfaces); k++)
        for (int how = 0; how < 2; how++) { // akima, local
            const Points p = bowls(*state, &(Bowls){surfaces[k], 4, 9, 1e12, 4, 1.17, 1, 0, 1});
            const IsoFlops iso = isoflop_optima(*state, &p, NULL, ISOFLOP_HOWS[how]);
            assert_int_equal(iso.n_used, 4);
            for (size_t i = 0; i < iso.n; i++) {
                assert_int_equal(iso.rows[i].n_points, 9);
                assert_close(iso.rows[i].params, true_size(&surfaces[k], iso.rows[i].flops), 0.01);
            }
            assert_near(iso.exponent, true_a(&surfaces[k]), 0.002);
            assert_near(iso.ln_g + iso.exponent * log(1e13 / 6), log(true_size(&surfaces[k], 1e13)),
                        0.01);
        }
}

/* A parabola through all sizes is pulled to smaller ones by the steeper side of the bowl: by 1.2 %
 * over +-4x and 4.9 % over +-16x; when the sizes' middle drifts from 1x to 3x of the optimum within
 * two decades, it tilts the line too, by .010 to .015. Akima's and the local vertex do not. */
static void test_bias_of_the_full_parabola(void **state) {
    const Surface s = byte_like();
    assert_near(vertex_error(*state, &s, 9, 4, "parabola"), -0.012, 0.003);
    assert_near(vertex_error(*state, &s, 9, 16, "parabola"), -0.049, 0.006);
    assert_near(vertex_error(*state, &s, 9, 16, "akima"), 0, 0.008);
    for (double reach = 4; reach <= 16; reach *= 4) {
        const Points p = bowls(*state, &(Bowls){s, 3, 9, 1e11, reach, 1, 3, 0, 1});
        const double tilt = isoflop_optima(*state, &p, NULL, "parabola").exponent - true_a(&s);
        assert_near(tilt, 0.0125, 0.004);
        assert_near(isoflop_optima(*state, &p, NULL, "akima").exponent, true_a(&s), 0.003);
        assert_near(isoflop_optima(*state, &p, NULL, "local").exponent, true_a(&s), 0.006);
    }
}

/* A vertex beyond the sizes is an extrapolation: such a budget is shown and not used. */
static void test_unbracketed_budgets(void **state) {
    const Surface s = byte_like();
    Points p = bowls(*state, &(Bowls){s, 4, 9, 1e11, 4, 0.8, 6, 0, 1});
    const IsoFlops iso = isoflop_optima(*state, &p, NULL, "akima");
    assert_int_equal(iso.n, 4);
    assert_true(iso.rows[0].bracketed);
    assert_false(iso.rows[3].bracketed); // its smallest size is 1.2 times the optimum
    assert_int_equal(iso.n_used, 3);
    assert_near(iso.exponent, true_a(&s), 0.005);
    assert_non_null(strstr(isoflop_doubt(*state, &p, "akima"), "1 of 4 budgets"));
    const char *trap = isoflop_doubt(*state, &p, "parabola");
    assert_non_null(strstr(trap, "full parabola off-centre"));
    assert_non_null(strstr(trap, "1 of 4 beyond the sizes"));
    /* The optimum lies between the two smallest sizes, nearer to the smallest. */
    const Points edge = bowls(*state, &(Bowls){s, 4, 9, 1e11, 4, 0.8, 4.5, 0, 1});
    assert_false(isoflop_optima(*state, &edge, NULL, "akima").rows[3].bracketed);
    for (size_t i = 0; i < p.n; i++) p.rows[i].loss = 5 + 1e-9 * p.rows[i].params; // to one edge
    assert_true(isnan(isoflop_optima(*state, &p, NULL, "akima").exponent));
    assert_true(isnan(isoflop_optima(*state, &p, NULL, "local").exponent));
}

/* Seeds of a size become their mean, rows count by their weight, one of weight 0 is not there. */
static void test_seeds_and_weights(void **state) {
    const Surface s = byte_like();
    Points p = bowls(*state, &(Bowls){s, 3, 7, 1e11, 4, 1, 1, 0, 1});
    const double alone = isoflop_optima(*state, &p, NULL, "akima").rows[1].params;
    Points twice = p;
    twice.rows = ARENA_ARRAY(*state, Point, 2 * p.n);
    double *weights = ARENA_ARRAY(*state, double, 2 * p.n);
    twice.n = 2 * p.n;
    for (size_t i = 0; i < p.n; i++) {
        twice.rows[2 * i] = twice.rows[2 * i + 1] = p.rows[i];
        twice.rows[2 * i].loss *= 1.03;
        twice.rows[2 * i + 1].loss *= 0.97;
        weights[2 * i] = i % 2 ? 0 : 3;
        weights[2 * i + 1] = i % 2 ? 2 : 3;
    }
    weights[0] = weights[1] = 0;
    assert_int_equal(isoflop_optima(*state, &twice, weights, "akima").rows[0].n_points, 6);
    weights[0] = weights[1] = 3;
    const IsoFlops mean = isoflop_optima(*state, &twice, NULL, "akima");
    assert_int_equal(mean.rows[1].n_points, 7);
    assert_close(mean.rows[1].params, alone, 1e-9);
    for (size_t i = 0; i < p.n; i++) p.rows[i].loss *= i % 2 ? 0.97 : 1;
    const double as_weighed = isoflop_optima(*state, &p, NULL, "parabola").rows[1].params;
    for (size_t i = 0; i < p.n; i++) p.rows[i].weight = i % 2 ? 2 : 6;
    assert_true(fabs(as_weighed / isoflop_optima(*state, &p, NULL, "parabola").rows[1].params - 1) >
                1e-3);
    assert_close(isoflop_optima(*state, &twice, weights, "parabola").rows[1].params,
                 isoflop_optima(*state, &p, NULL, "parabola").rows[1].params, 1e-9);
}

static void test_a_grid_has_no_budgets(void **state) {
    const Points grid =
        planted_points(*state, &(Planted){CHINCHILLA, 1e4, 1e5, 1e5, 3e5, 2, 5, 0, 1});
    assert_int_equal(isoflop_optima(*state, &grid, NULL, "akima").n, 0);
    FitOptions o = fit_options_default();
    o.law = "isoflop";
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &grid, NULL, &o, &fit, &err), E_FAILED);
}

/* As a law: theta, interval and frontier agree with the surface; nothing is fixed, no loss told. */
static void test_as_a_law(void **state) {
    const Surface s = byte_like();
    const Points p = bowls(*state, &(Bowls){s, 5, 9, 1e11, 4, 1, 1, 0.002, 3});
    FitOptions o = fit_options_default();
    o.law = "isoflop";
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &p, NULL, &o, &fit, &err), OK);
    assert_string_equal(fit.estimator, "akima");
    assert_int_equal(fit.status, FIT_OK);
    assert_true(fit.split.a.lo < true_a(&s) && true_a(&s) < fit.split.a.hi &&
                fit.split.a.hi - fit.split.a.lo < 0.1);
    assert_near(fit.split.a.value + fit.split.b.value, 1, 1e-12);
    const FitOptimum best = fit_optimum(&fit, 1e13);
    assert_close(best.params.value, true_size(&s, 1e13), 0.1);
    assert_close(best.params.value * best.tokens.value, 1e13 / 6, 1e-9);
    assert_true(isnan(best.loss.value) && isnan(fit.rms_log_residual));
    const ReturnsOptions returns = returns_options_default();
    assert_int_equal(returns_table(*state, &fit, RETURNS_FLOPS, 2, &returns).n, 0);
    o.fix = "a=.5";
    assert_int_equal(fit_points(*state, &p, NULL, &o, &fit, &err), E_USAGE);
    o.fix = NULL, o.how = "akina";
    assert_int_equal(fit_points(*state, &p, NULL, &o, &fit, &err), E_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'akima'"));
}

/* Sizes 1.9 times apart, lengths 2 times: the staircase of an exact surface. */
static void test_envelope_of_exact_surfaces(void **state) {
    const Surface surfaces[] = {byte_like(), CHINCHILLA};
    const double d_lo[] = {1e5, 1.5e5};
    for (size_t k = 0; k < COUNT_OF(surfaces); k++) {
        const Points p = planted_points(
            *state, &(Planted){surfaces[k], 1e4, 1e6, d_lo[k], d_lo[k] * 512, 8, 10, 0, 1});
        const Envelope e = envelope_of(*state, &p, NULL, "treads");
        assert_true(e.n_used >= 4 && e.n_used < e.n);
        assert_false(e.rows[0].whole || e.rows[e.n - 1].whole);
        for (size_t i = 0; i < e.n; i++) {
            const double middle = sqrt(e.rows[i].from * e.rows[i].to);
            if (e.rows[i].whole)
                assert_close(e.rows[i].params, true_size(&surfaces[k], middle), 0.02);
        }
        /* The paper's line is tilted, by 1/n^2 of the slope and by the ends. */
        const double paper = envelope_of(*state, &p, NULL, "values").exponent;
        assert_true(fabs(paper - true_a(&surfaces[k])) > 0.001);
        assert_near(e.exponent, true_a(&surfaces[k]), 0.0005);
        assert_near(e.ln_g + e.exponent * log(1e13 / 6), log(true_size(&surfaces[k], 1e13)), 0.01);
        assert_non_null(strstr(envelope_doubt(*state, &p, "values"), "whole treads"));
    }
}

/* A size that was not run for long enough: its tread ends with its curve and not at a crossing, and
 * the next one begins there. */
static void test_cut_off_treads(void **state) {
    Points p = planted_points(*state, &(Planted){byte_like(), 1e4, 1e6, 1e5, 5.12e7, 8, 10, 0, 1});
    const EnvelopeTread third = envelope_of(*state, &p, NULL, "treads").rows[2];
    assert_true(third.whole);
    for (size_t i = 0; i < p.n; i++)
        if (fabs(p.rows[i].params / third.params - 1) < 1e-9)
            p.rows[i].weight = p.rows[i].flops < sqrt(third.from * third.to);
    const Envelope e = envelope_of(*state, &p, NULL, "treads");
    assert_close(e.rows[2].params, third.params, 1e-9);
    assert_true(e.rows[1].whole && e.rows[4].whole);
    assert_false(e.rows[2].whole || e.rows[3].whole);
    assert_near(e.exponent, true_a(&(Surface){.alpha = 0.3, .beta = 0.35}), 0.02);
}

static void test_envelope_as_a_law(void **state) {
    Points p =
        planted_points(*state, &(Planted){byte_like(), 1e4, 1e6, 1e5, 5.12e7, 8, 10, 0.002, 7});
    FitOptions o = fit_options_default();
    o.law = "envelope";
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &p, NULL, &o, &fit, &err), OK);
    assert_true(fit.split.a.lo < 0.5385 && 0.5385 < fit.split.a.hi &&
                fit.split.a.hi - fit.split.a.lo < 0.3);
    assert_null(strstr(envelope_doubt(*state, &p, "treads"), "trunk"));
    for (size_t i = 0; i < p.n; i++) p.rows[i].group = (int)i / 10, p.rows[i].trunk = "t";
    p.n_groups = 8;
    assert_non_null(strstr(envelope_doubt(*state, &p, "treads"), "along one trunk"));
    p.n = 10; // one size
    assert_int_equal(envelope_of(*state, &p, NULL, "treads").n, 0);
    assert_true(isnan(envelope_of(*state, &p, NULL, "treads").exponent));
}

/* Repetitions at the same compute count as their weighted mean. */
static void test_envelope_weights(void **state) {
    const Points p =
        planted_points(*state, &(Planted){byte_like(), 1e4, 1e6, 1e5, 5.12e7, 8, 10, 0, 7});
    Points twice = p;
    twice.n = 2 * p.n;
    twice.rows = ARENA_ARRAY(*state, Point, twice.n);
    double *weights = ARENA_ARRAY(*state, double, twice.n);
    for (size_t i = 0; i < twice.n; i++) {
        twice.rows[i] = p.rows[i / 2];
        twice.rows[i].loss *= i % 2 ? 1.5 : 1;
        weights[i] = i % 2 ? 0 : 1;
    }
    assert_close(envelope_of(*state, &twice, weights, "treads").exponent,
                 envelope_of(*state, &p, NULL, "treads").exponent, 1e-12);
    for (size_t i = 0; i < twice.n; i++) {
        twice.rows[i].loss = p.rows[i / 2].loss * exp(i % 2 ? 0.03 : -0.01);
        weights[i] = i % 2 ? 1 : 3;
    }
    assert_close(envelope_of(*state, &twice, weights, "treads").exponent,
                 envelope_of(*state, &p, NULL, "treads").exponent, 1e-12);
}

/* Sizes and lengths in the same steps: a grid's diagonals are budgets, and all approaches apply. */
static void test_three_approaches(void **state) {
    const Surface surface = byte_like();
    const Points p =
        planted_points(*state, &(Planted){surface, 1e4, 1.28e6, 1e5, 5.12e7, 8, 10, 0.001, 3});
    FitOptions o = fit_options_default();
    Fit fit;
    Err err = {0};
    assert_int_equal(fit_points(*state, &p, NULL, &o, &fit, &err), OK);
    Rival rival = {.fit = fit};
    const Comparison c = {.rivals = &rival, .n = 1};
    const Approaches *all = approaches_of(*state, &fit, &c, &o);
    assert_int_equal(all->n, 6);
    assert_close(all->flops, 6 * 1.28e6 * 5.12e7, 1e-9);
    for (int i = 0; i < all->n; i++) {
        const Approach *r = &all->rows[i];
        assert_null(r->why);
        assert_true((strstr(r->name, "trap") != NULL) ==
                    (strstr(r->name, "parabola") || strstr(r->name, "values")));
        assert_near(r->a.value, 0.5385, 0.03);
        assert_true(r->a.lo < r->a.value && r->a.value < r->a.hi);
        assert_close(r->params.value, true_size(&surface, all->flops), 0.15);
    }
    assert_string_equal(all->rows[5].name, "chinchilla");
    assert_non_null(strstr(all->says, "do not contradict"));
    Points few = p;
    few.n = 20; // two sizes: nothing can be read off
    fit.points = &few;
    all = approaches_of(*state, &fit, &c, &o);
    for (int i = 0; i < 5; i++) assert_true(all->rows[i].why && isnan(all->rows[i].a.value));
    assert_non_null(strstr(all->says, "no two approaches"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_akima_is_akima),
        TEST(test_three_even_points_are_a_parabola),
        TEST(test_exact_surfaces),
        TEST(test_bias_of_the_full_parabola),
        TEST(test_unbracketed_budgets),
        TEST(test_seeds_and_weights),
        TEST(test_a_grid_has_no_budgets),
        TEST(test_as_a_law),
        TEST(test_envelope_of_exact_surfaces),
        TEST(test_envelope_as_a_law),
        TEST(test_cut_off_treads),
        TEST(test_three_approaches),
        TEST(test_envelope_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
