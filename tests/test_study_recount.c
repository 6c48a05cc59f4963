/* test_study_recount.c: how the exponent of the optimal size moves when only the counting
 * changes, on exact surfaces without noise; and which ways of counting stand in the table. */
#include <string.h>

#include "tests/planted.h"

#include "analysis/questions/recount_table.h"

static const Surface SURFACE = {0.9, 18.9737, 0.3, 84.348,
                                0.35}; // a = .35 / .65 = .5385 in total N
enum { SIZES = 11, LENGTHS = 7 };

/* Models of width 16 to 512 that are `aspect` times as wide as deep, with a vocabulary of V, head
 * and lookup table apart, each trained for an eighth to eight times its best number of tokens. */
static Points ladder(Arena *arena, double vocab, double aspect) {
    const Planted plan = {SURFACE, 1, 2, 1, 2, SIZES, LENGTHS, 0, 1};
    const Surface *s = &SURFACE;
    Points p = planted_points(arena, &plan);
    for (int i = 0; i < SIZES * LENGTHS; i++) {
        Point *row = &p.rows[i];
        const double width = 16 * pow(2, 5.0 * (i / LENGTHS) / (SIZES - 1));
        row->params_hidden = 12 * pow(width, 3) / aspect;
        row->params_matmul = row->params_hidden + vocab * width;
        row->params = row->params_given = row->params_total = row->params_matmul + vocab * width;
        const double slope = s->alpha * s->A * pow(row->params, -s->alpha);
        const double best = pow(slope / (s->beta * s->B), -1 / s->beta);
        row->tokens = best * pow(2, i % LENGTHS - 3);
        row->loss = planted_loss(s, row->params, row->tokens);
        row->flops = 6 * row->params * row->tokens;
        row->params_active = row->flops_given = row->experts = NAN;
        row->d_model = width;
        row->layers = width / aspect;
        row->vocab = vocab;
        row->ctx = 128;
    }
    return p;
}

static RecountTable table_of(Arena *arena, const Points *p, const char *said, int resamples) {
    RecountShape shape;
    RecountTable t;
    Err err = {0};
    FitOptions o = fit_options_default();
    o.resamples = resamples;
    assert_int_equal(recount_shape(arena, said, &shape, &err), OK);
    if (recount_table(arena, p, &shape, &o, &t, &err) != OK) fail_msg("%s", err.message);
    return t;
}

static const RecountRow *row_of(const RecountTable *t, const char *n, const char *c) {
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].n, n) == 0 && strcmp(t->rows[i].c, c) == 0) return &t->rows[i];
    return NULL;
}

static double a_of(const RecountTable *t, const char *n, const char *c) {
    const RecountRow *row = row_of(t, n, c);
    if (!row) fail_msg("no row of N %s, C %s", n, c);
    return row->a.value;
}

/* With bytes: counting all gives .539, without the lookup table .585, without the head too .671; a
 * larger vocabulary drives it to Kaplan's exponent and beyond. */
static void test_the_exponent_is_a_matter_of_counting(void **state) {
    const Points bytes = ladder(*state, 256, 32);
    const RecountTable t = table_of(*state, &bytes, NULL, 0);
    assert_near(a_of(&t, "total", "6nd"), 0.35 / 0.65, 1e-4);
    assert_near(a_of(&t, "matmul", "6nd"), 0.585, 0.008);
    assert_near(a_of(&t, "hidden", "6nd"), 0.671, 0.012);
    const Points few = ladder(*state, 64, 32), many = ladder(*state, 1024, 32);
    const RecountTable tf = table_of(*state, &few, NULL, 0), tm = table_of(*state, &many, NULL, 0);
    assert_near(a_of(&tf, "total", "6nd"), 0.35 / 0.65, 1e-4);
    assert_near(a_of(&tm, "total", "6nd"), 0.35 / 0.65, 1e-4);
    assert_in_range((uint64_t)(1e3 * a_of(&tf, "hidden", "6nd")), 560, 600);
    assert_in_range((uint64_t)(1e3 * a_of(&tm, "hidden", "6nd")), 750, 860);
}

/* C as kappa N^q D: with the head left out, the same sizes look cheaper the smaller they are. */
static void test_the_cost_moves_it_too(void **state) {
    const Points bytes = ladder(*state, 256, 32);
    const RecountTable t = table_of(*state, &bytes, NULL, 0);
    const RecountRow *bare = row_of(&t, "total", "bare"), *all = row_of(&t, "total", "6nd");
    assert_true(bare->q > 1.1 && bare->a.value < all->a.value - 0.03);
    assert_near(bare->a.value, 0.35 / (0.3 + bare->q * 0.35), 1e-4);
    assert_near(all->q, 1, 1e-9);
    assert_true(all->flops_error < 1e-9 && bare->flops_error > 0.1);
    assert_near(bare->alpha.value, all->alpha.value, 0); // one fit for each N
    /* 6 N D of the matmul parameters is what it costs without attention, and stands there once. */
    assert_non_null(row_of(&t, "matmul", "6nd"));
    assert_null(row_of(&t, "matmul", "no-attention"));
    assert_null(row_of(&t, "hidden", "bare"));
    assert_null(row_of(&t, "given", "6nd")); // given is the total
}

static void test_only_what_rows_tell(void **state) {
    const Planted plan = {SURFACE, 1e4, 1e8, 1e6, 1e10, 6, 5, 0.002, 1};
    Points p = planted_points(*state, &plan);
    const RecountTable t = table_of(*state, &p, NULL, 40);
    assert_int_equal(t.n, 1);
    assert_string_equal(t.rows[0].n, "given");
    assert_true(t.rows[0].a.lo < 0.5385 && t.rows[0].a.hi > 0.5385);
    assert_non_null(strstr(t.says, "one way to count only"));
    const RecountTable said = table_of(*state, &p, "params=hidden,vocab=1000,aspect=20", 0);
    assert_non_null(row_of(&said, "hidden", "6nd"));
    assert_non_null(row_of(&said, "total", "6nd"));
    assert_null(row_of(&said, "total", "exact")); // no word of the context
    assert_near(a_of(&said, "hidden", "6nd"), t.rows[0].a.value, 1e-9);
    assert_true(a_of(&said, "total", "6nd") < t.rows[0].a.value - 0.005);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_the_exponent_is_a_matter_of_counting),
        TEST(test_the_cost_moves_it_too),
        TEST(test_only_what_rows_tell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
