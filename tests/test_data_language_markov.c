/* test_data_language_markov.c: the chain's entropies against closed forms, enumeration and its own
 * text. Sees the inside of the language, so it compiles its own copy. */
#define LANGUAGE_MARKOV LANGUAGE_MARKOV_UNDER_TEST
#include "data/language_markov.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

static DataSpec chain_spec(int symbols, int order, double concentration) {
    DataSpec spec = data_spec_default();
    spec.source = "markov";
    spec.symbols = symbols;
    spec.order = order;
    spec.concentration = concentration;
    return spec;
}

static Markov *open_chain(Arena *arena, const DataSpec *spec) {
    Err err;
    void *chain = NULL;
    assert_int_equal(markov_check(spec, &err), OK);
    assert_int_equal(markov_open(arena, spec, &chain, &err), OK);
    return chain;
}

static void near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.17g, expected %.17g", found, expected);
}

/* P = [1-a a; b 1-b] has pi = (b, a) / (a + b) and h = sum_s pi(s) H(P_s). */
static void two_states(void **state) {
    (void)state;
    const double flips[][2] = {{.3, .2}, {.9, .8}, {.001, .003}};
    for (size_t i = 0; i < COUNT_OF(flips); i++) {
        const double a = flips[i][0], b = flips[i][1];
        Arena *arena = arena_open();
        double rows[] = {1 - a, 1, b, 1};
        Markov m = {.symbols = 2, .contexts = 2, .order = 1, .cumulative = rows};
        const DataSpec spec = chain_spec(2, 1, 1);
        Err err;
        assert_int_equal(find_stationary(&m, arena, &spec, &err), OK);
        near(m.stationary[0], b / (a + b), 1e-10);
        near(m.stationary[1], a / (a + b), 1e-10);
        arena_close(arena);
    }
}

static void unmixed_chain_is_refused(void **state) {
    (void)state;
    Arena *arena = arena_open();
    double rows[] = {1 - 1e-9, 1, 2e-9, 1};
    Markov m = {.symbols = 2, .contexts = 2, .order = 1, .cumulative = rows};
    const DataSpec spec = chain_spec(2, 1, 1);
    Err err;
    /* Moves by 1e-9 a step: far from the end after every step allowed. */
    assert_int_equal(find_stationary(&m, arena, &spec, &err), E_USAGE);
    assert_non_null(strstr(err.message, "concentration"));
    arena_close(arena);
}

/* H(n) as the sum of -p ln p over all strings of length n, from the rows alone. */
static double enumerate(const Markov *m, int n) {
    size_t strings = 1;
    for (int i = 0; i < n; i++) strings *= m->symbols;
    double entropy = 0;
    for (size_t string = 0; string < strings; string++) {
        double sum = 0;
        for (size_t s = 0; s < m->contexts; s++) { // what stood before the block
            double p = m->stationary[s];
            size_t context = s, place = strings;
            for (int i = 0; i < n; i++) {
                place /= m->symbols;
                const size_t x = string / place % m->symbols;
                p *= probability(m, context, x);
                context = (context * m->symbols + x) % m->contexts;
            }
            sum += p;
        }
        entropy += language_entropy_term(sum);
    }
    return entropy;
}

static void blocks_equal_enumeration(void **state) {
    (void)state;
    const int shapes[][2] = {{2, 1}, {2, 3}, {3, 2}, {5, 1}}; // symbols, order
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        Arena *arena = arena_open();
        const DataSpec spec = chain_spec(shapes[i][0], shapes[i][1], 2);
        const Markov *m = open_chain(arena, &spec);
        near(markov_block(m, 1), enumerate(m, 1), 1e-10);
        for (int n = m->order; n <= 6; n++) near(markov_block(m, n), enumerate(m, n), 1e-10);
        near(enumerate(m, 7) - enumerate(m, 6), markov_rate(m), 1e-10);
        const double floor = (enumerate(m, 6) - enumerate(m, 1)) / 5;
        near(language_floor(&LANGUAGE_MARKOV, m, 5), floor, 1e-10);
        arena_close(arena);
    }
}

/* E[H(row)] = psi(c + 1) - psi(c/V + 1); here V = 4 and c = 2, then c = 8 (shapes 1/2 and 2). */
static void rows_are_dirichlet(void **state) {
    (void)state;
    const struct {
        double concentration, entropy;
    } cases[] = {{2, 0.9227843351 - 0.0364899740}, {8, 2.1406414779 - 0.9227843351}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Arena *arena = arena_open();
        const DataSpec spec = chain_spec(4, 6, cases[i].concentration);
        const Markov *m = open_chain(arena, &spec);
        double entropy = 0, mean[4] = {0}, square = 0;
        const double n = (double)m->contexts;
        for (size_t s = 0; s < m->contexts; s++)
            for (size_t x = 0; x < 4; x++) {
                const double p = probability(m, s, x);
                entropy += language_entropy_term(p) / n;
                mean[x] += p / n;
                square += (p - .25) * (p - .25) / (4 * n);
            }
        near(entropy, cases[i].entropy, .02);
        for (size_t x = 0; x < 4; x++) near(mean[x], .25, .02);
        near(square, .25 * .75 / (cases[i].concentration + 1), .004);
        arena_close(arena);
    }
}

/* E[G] = shape, Var G = shape, E[ln G] = psi(shape). */
static void gamma_variates_have_their_moments(void **state) {
    (void)state;
    enum { N = 200000 };
    const struct {
        double shape, psi;
    } cases[] = {{.5, -1.9635100260}, {1, -0.5772156649}, {4, 1.2561176684}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const Stream s = stream_open(3, "gamma", i);
        const double shape = cases[i].shape;
        double mean = 0, square = 0, ln = 0;
        for (uint64_t k = 0; k < N; k++) {
            const double ln_g = ln_gamma_variate(&s, k, shape), g = exp(ln_g);
            mean += g / N;
            square += (g - shape) * (g - shape) / N;
            ln += ln_g / N;
        }
        near(mean, shape, 3 * sqrt(shape / N));
        near(square, shape, 3 * sqrt((2 * shape * shape + 6 * shape) / N));
        near(ln, cases[i].psi, 3 * 2.25 / sqrt(N)); // sd of ln G is at most 2.22 here
    }
}

/* Shapes so small that a variate itself would underflow still give rows that sum to 1. */
static void tiny_concentration(void **state) {
    (void)state;
    double row[64];
    for (uint64_t r = 0; r < 100; r++) {
        const Stream s = stream_open(1, "markov row", r);
        draw_row(row, 64, 1e-3, &s);
        assert_true(row[63] == 1);
        for (size_t x = 1; x < 64; x++) assert_true(row[x] >= row[x - 1] && row[x - 1] >= 0);
    }
}

/* The mean of -ln p over the chain's own text is h within a few standard errors. */
static void text_has_the_entropy(void **state) {
    (void)state;
    enum { N = 400000 };
    Arena *arena = arena_open();
    const DataSpec spec = chain_spec(8, 2, 2);
    const Markov *m = open_chain(arena, &spec);
    uint16_t *text = ARENA_ARRAY(arena, uint16_t, N);
    double *counts = ARENA_ARRAY(arena, double, m->contexts);
    for (int part = 0; part < 2; part++) {
        markov_write(m, part, N, text);
        size_t context = (size_t)text[0] * 8 + text[1];
        double surprise = 0, square = 0;
        memset(counts, 0, m->contexts * sizeof *counts);
        for (size_t i = 2; i < N; i++) {
            const double nat = -log(probability(m, context, text[i]));
            surprise += nat / (N - 2);
            square += nat * nat / (N - 2);
            context = (context * 8 + text[i]) % m->contexts;
            counts[context] += 1.0 / (N - 2);
        }
        const double se = sqrt((square - surprise * surprise) / N);
        near(surprise, m->rate, 8 * se); // neighbours are correlated
        for (size_t s = 0; s < m->contexts; s++) near(counts[s], m->stationary[s], .006);
    }
    arena_close(arena);
}

static void longer_begins_with_shorter(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const DataSpec spec = chain_spec(16, 1, 4);
    const Markov *m = open_chain(arena, &spec);
    uint16_t a[100], b[1000], heldout[1000];
    markov_write(m, 0, 100, a);
    markov_write(m, 0, 1000, b);
    markov_write(m, 1, 1000, heldout);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_not_equal(b + 900, heldout + 900, sizeof a); // not the same draws after all
    DataSpec other = spec;
    other.seed++;
    markov_write(open_chain(arena, &other), 0, 100, b);
    assert_memory_not_equal(a, b, sizeof a);
    arena_close(arena);
}

static void large_table_is_refused(void **state) {
    (void)state;
    const DataSpec spec = chain_spec(64, 5, 1);
    Err err;
    assert_int_equal(data_spec_check(&spec, &err), E_USAGE);
    assert_non_null(strstr(err.message, "symbols^(order + 1)"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_states),
        cmocka_unit_test(unmixed_chain_is_refused),
        cmocka_unit_test(blocks_equal_enumeration),
        cmocka_unit_test(rows_are_dirichlet),
        cmocka_unit_test(gamma_variates_have_their_moments),
        cmocka_unit_test(tiny_concentration),
        cmocka_unit_test(text_has_the_entropy),
        cmocka_unit_test(longer_begins_with_shorter),
        cmocka_unit_test(large_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
