/* test_base_rng.c: the generator against its published vectors, what is drawn against its moments.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/rng.h"

/* Random123 1.14, tests/kat_vectors, philox4x32 with 10 rounds. */
static void philox_gives_the_published_vectors(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } KNOWN[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         {0xffffffff, 0xffffffff},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < COUNT_OF(KNOWN); i++) {
        uint32_t out[4];
        philox4x32(KNOWN[i].counter, KNOWN[i].key, out);
        assert_memory_equal(out, KNOWN[i].out, sizeof out);
    }
}

/* Frozen: every recorded run depends on these. A change here is a new numerics version. */
static void streams_are_the_same_for_ever(void **state) {
    (void)state;
    const Stream s = stream_open(1234, "order", 5);
    assert_int_equal(stream_u64(&s, 0), 0xe2476383708b0df1);
    assert_int_equal(stream_u64(&s, 1ull << 40), 0xa11dc4048e0eb085);
    assert_int_equal(hash_bytes("tinyscale", 9, 0), 0x6fd0c632c3db9ee5);
    assert_int_equal(stream_permute(&s, 3, 1000), 801);
}

static void seed_name_and_substream_all_matter(void **state) {
    (void)state;
    const Stream s[] = {stream_open(1, "init", 0),
                        stream_open(2, "init", 0),
                        stream_open(1, "order", 0),
                        stream_open(1, "init", 1),
                        stream_open(1ull << 32 | 1, "init", 0),
                        stream_open(1, "init", 1ull << 32)};
    for (size_t i = 0; i < COUNT_OF(s); i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(stream_u64(&s[i], 7), stream_u64(&s[j], 7));
    assert_int_not_equal(hash_bytes("ab", 2, 0), hash_bytes("b", 1, hash_bytes("a", 1, 1)));
    assert_int_not_equal(hash_bytes("", 0, 1), hash_bytes("", 0, 2));
}

enum { DRAWS = 200000 };

typedef double (*Draw)(const Stream *, uint64_t);

/* Mean and variance within five standard errors; kurtosis is the fourth central moment over
 * variance squared. */
static void moments_are(Draw draw, double mean, double variance, double kurtosis) {
    const Stream s = stream_open(99, "moments", 0);
    double sum = 0, squares = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const double x = draw(&s, i);
        sum += x;
        squares += (x - mean) * (x - mean);
    }
    assert_true(fabs(sum / DRAWS - mean) < 5 * sqrt(variance / DRAWS));
    assert_true(fabs(squares / DRAWS - variance) < 5 * variance * sqrt((kurtosis - 1) / DRAWS));
}

static void draws_have_their_moments(void **state) {
    (void)state;
    moments_are(stream_uniform, 0.5, 1.0 / 12, 1.8);
    moments_are(stream_normal, 0, 1, 3);
    moments_are(stream_exponential, 1, 1, 9);
}

static void normals_have_their_tails(void **state) {
    (void)state;
    const Stream s = stream_open(3, "tails", 0);
    double beyond = 0;
    for (uint64_t i = 0; i < DRAWS; i++) beyond += fabs(stream_normal(&s, i)) > 2;
    const double p = 0.04550026389635842; // 2 (1 - Phi(2))
    assert_true(fabs(beyond / DRAWS - p) < 5 * sqrt(p * (1 - p) / DRAWS));
}

static double second_of_pair(const Stream *s, uint64_t index) {
    double pair[2];
    stream_normal_pair(s, index, pair);
    return pair[1];
}

/* The product of two independent ones has mean 0, variance 1 and kurtosis 9. */
static double product_of_pair(const Stream *s, uint64_t index) {
    double pair[2];
    stream_normal_pair(s, index, pair);
    return pair[0] * pair[1];
}

static void normals_come_in_independent_pairs(void **state) {
    (void)state;
    const Stream s = stream_open(5, "pairs", 0);
    double pair[2];
    stream_normal_pair(&s, 17, pair);
    assert_true(pair[0] == stream_normal(&s, 17));
    moments_are(second_of_pair, 0, 1, 3);
    moments_are(product_of_pair, 0, 1, 9);
}

static void below_is_uniform(void **state) {
    (void)state;
    const Stream s = stream_open(4, "below", 0);
    double hits[7] = {0}, chi2 = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const uint64_t k = stream_below(&s, i, 7);
        assert_true(k < 7);
        hits[k]++;
    }
    for (int k = 0; k < 7; k++) chi2 += pow(hits[k] - DRAWS / 7.0, 2) / (DRAWS / 7.0);
    assert_true(chi2 < 27.9); // chi-squared with 6 degrees, p = 1e-4
    assert_int_equal(stream_below(&s, 0, 1), 0);
    assert_true(stream_below(&s, 0, UINT64_MAX) < UINT64_MAX);
}

/* An outcome comes as often as its probability says, one of probability 0 never, and the last where
 * rounding has left the sum below the number drawn. */
static void pick_follows_probabilities(void **state) {
    (void)state;
    const Stream s = stream_open(6, "pick", 0);
    const double cumulative[] = {0.2, 0.2, 0.7, 1}, p[] = {0.2, 0, 0.5, 0.3}, short_sum[] = {0, 0};
    double hits[4] = {0}, chi2 = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        const size_t k = stream_pick(&s, i, cumulative, 4);
        const double u = stream_uniform(&s, i);
        assert_true(u < cumulative[k] && (k == 0 || u >= cumulative[k - 1]));
        hits[k]++;
    }
    assert_true(hits[1] == 0);
    for (int k = 0; k < 4; k++)
        if (p[k] > 0) chi2 += pow(hits[k] - DRAWS * p[k], 2) / (DRAWS * p[k]);
    assert_true(chi2 < 18.4); // chi-squared with 2 degrees, p = 1e-4
    assert_int_equal(stream_pick(&s, 0, short_sum, 2), 1);
    assert_int_equal(stream_pick(&s, 0, short_sum, 1), 0);
}

static void is_permutation(uint64_t n) {
    const Stream s = stream_open(5, "order", n);
    bool *hit = calloc(n, sizeof *hit);
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t to = stream_permute(&s, i, n);
        assert_true(to < n);
        assert_false(hit[to]);
        hit[to] = true;
    }
    free(hit);
}

static void permute_is_a_bijection(void **state) {
    (void)state;
    for (uint64_t n = 1; n <= 200; n++) is_permutation(n);
    const uint64_t larger[] = {255, 256, 257, 1023, 1025, 4096, 4097, 65536, 65537, 100003};
    for (size_t i = 0; i < COUNT_OF(larger); i++) is_permutation(larger[i]);
    const Stream s = stream_open(5, "order", 0);
    assert_true(stream_permute(&s, UINT64_MAX - 1, UINT64_MAX) < UINT64_MAX);
}

/* Where index 0 goes is uniform over substreams, and order is not kept: no correlation of place
 * with index. */
static void permute_is_random(void **state) {
    (void)state;
    enum { N = 10, TRIES = 20000 };
    double hits[N] = {0}, chi2 = 0, product = 0;
    for (uint64_t t = 0; t < TRIES; t++) {
        const Stream s = stream_open(6, "order", t);
        hits[stream_permute(&s, 0, N)]++;
    }
    for (int k = 0; k < N; k++) chi2 += pow(hits[k] - (double)TRIES / N, 2) * N / TRIES;
    assert_true(chi2 < 33.7); // 9 degrees, p = 1e-4
    const Stream s = stream_open(6, "order", 0);
    for (uint64_t i = 0; i < TRIES; i++) {
        const double centre = (TRIES - 1) / 2.0;
        product += ((double)i - centre) * ((double)stream_permute(&s, i, TRIES) - centre);
    }
    const double correlation = product / (TRIES * ((double)TRIES * TRIES - 1) / 12);
    assert_true(fabs(correlation) < 4 / sqrt(TRIES));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_the_published_vectors),
        cmocka_unit_test(streams_are_the_same_for_ever),
        cmocka_unit_test(seed_name_and_substream_all_matter),
        cmocka_unit_test(draws_have_their_moments),
        cmocka_unit_test(normals_have_their_tails),
        cmocka_unit_test(normals_come_in_independent_pairs),
        cmocka_unit_test(below_is_uniform),
        cmocka_unit_test(pick_follows_probabilities),
        cmocka_unit_test(permute_is_a_bijection),
        cmocka_unit_test(permute_is_random),
    };
    return cmocka_run_group_tests_name("base: rng", tests, NULL, NULL);
}
