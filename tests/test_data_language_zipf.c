/* test_data_language_zipf.c: zipf-memory's entropies against enumeration of every string, and
 * against its own text. The enumeration knows the language only by its definition: p(rank), the key
 * of a rank, the value of a key. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/rng.h"
#include "data/language.h"

static const LanguageKind *const ZIPF = &LANGUAGE_ZIPF_MEMORY;

static void near(double found, double expected, double tolerance) {
    if (!(fabs(found - expected) <= tolerance)) fail_msg("%.17g, expected %.17g", found, expected);
}

static void *open_language(Arena *arena, const DataSpec *spec) {
    Err err;
    void *language = NULL;
    assert_int_equal(data_spec_check(spec, &err), OK);
    assert_int_equal(ZIPF->open(arena, spec, &language, &err), OK);
    return language;
}

static DataSpec small_spec(int symbols, int key_len, int value_len, double noise) {
    DataSpec spec = data_spec_default();
    spec.symbols = symbols;
    spec.key_len = key_len;
    spec.value_len = value_len;
    spec.noise = noise;
    return spec;
}

typedef struct {
    double p;
    int symbols[8]; // the whole record without noise; value symbols from S on
} Record;

typedef struct {
    Record records[256];
    int n, length;
    DataSpec spec;
} Definition;

static Definition define(const DataSpec *spec) {
    Definition d = {.n = (int)pow(spec->symbols, spec->key_len),
                    .length = spec->key_len + spec->value_len,
                    .spec = *spec};
    const Stream ranks = stream_open(spec->seed, "zipf-memory ranks", 0);
    const Stream values = stream_open(spec->seed, "zipf-memory values", 0);
    double sum = 0;
    for (int r = 0; r < d.n; r++) sum += pow(r + 1, -spec->zipf);
    for (int r = 0; r < d.n; r++) {
        const uint64_t key = stream_permute(&ranks, (uint64_t)r, (uint64_t)d.n);
        Record *record = &d.records[key];
        record->p = pow(r + 1, -spec->zipf) / sum;
        uint64_t left = key;
        for (int i = spec->key_len - 1; i >= 0; i--, left /= (uint64_t)spec->symbols)
            record->symbols[i] = (int)(left % (uint64_t)spec->symbols);
        for (int i = 0; i < spec->value_len; i++) {
            const uint64_t index = key * (uint64_t)spec->value_len + (uint64_t)i;
            record->symbols[spec->key_len + i] =
                spec->symbols + (int)stream_below(&values, index, (uint64_t)spec->symbols);
        }
    }
    return d;
}

/* p(string | phase): record by record, the sum over all keys that could have made this piece. */
static double string_probability(const Definition *d, const int *string, int n, int phase) {
    const double S = d->spec.symbols, noise = d->spec.noise;
    double product = 1;
    for (int i = 0; i < n;) {
        const int from = i == 0 ? phase : 0;
        const int to = from + n - i < d->length ? from + n - i : d->length;
        double sum = 0;
        for (int k = 0; k < d->n; k++) {
            double p = d->records[k].p;
            for (int at = from; at < to; at++) {
                const int x = string[i + at - from], truth = d->records[k].symbols[at];
                if (at < d->spec.key_len)
                    p *= x == truth;
                else
                    p *= x < S ? 0 : (1 - noise) * (x == truth) + noise / S;
            }
            sum += p;
        }
        product *= sum;
        i += to - from;
    }
    return product;
}

static double enumerate(const Definition *d, int n) {
    const int alphabet = 2 * d->spec.symbols;
    const long strings = lround(pow(alphabet, n));
    double entropy = 0, total = 0;
    for (long code = 0; code < strings; code++) {
        int string[16];
        long left = code;
        for (int i = 0; i < n; i++, left /= alphabet) string[i] = (int)(left % alphabet);
        double p = 0;
        for (int phase = 0; phase < d->length; phase++)
            p += string_probability(d, string, n, phase) / d->length;
        entropy += language_entropy_term(p);
        total += p;
    }
    near(total, 1, 1e-12);
    return entropy;
}

static void blocks_equal_enumeration(void **state) {
    (void)state;
    const struct {
        int symbols, key_len, value_len, longest;
        double noise;
    } cases[] = {
        {2, 2, 1, 8, .1}, {2, 2, 1, 8, 0}, {3, 2, 1, 5, .1}, {2, 1, 3, 7, .3},
        {2, 3, 2, 7, .1}, {2, 3, 2, 8, 0}, {2, 1, 1, 6, 1},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        Arena *arena = arena_open();
        const DataSpec spec =
            small_spec(cases[i].symbols, cases[i].key_len, cases[i].value_len, cases[i].noise);
        const void *language = open_language(arena, &spec);
        const Definition d = define(&spec);
        const double first = enumerate(&d, 1);
        near(ZIPF->block_entropy(language, 1), first, 1e-10);
        double block = 0;
        for (int n = ZIPF->min_block(language); n <= cases[i].longest; n++) {
            block = enumerate(&d, n);
            near(ZIPF->block_entropy(language, n), block, 1e-10);
        }
        near(language_floor(ZIPF, language, cases[i].longest - 1),
             (block - first) / (cases[i].longest - 1), 1e-10);
        arena_close(arena);
    }
}

/* h is what a whole record adds to a long block. */
static void rate_is_the_slope_of_blocks(void **state) {
    (void)state;
    const double noises[] = {0, .05};
    for (size_t i = 0; i < COUNT_OF(noises); i++) {
        Arena *arena = arena_open();
        const DataSpec spec = small_spec(8, 3, 2, noises[i]);
        const void *language = open_language(arena, &spec);
        const double slope =
            (ZIPF->block_entropy(language, 105) - ZIPF->block_entropy(language, 100)) / 5;
        near(slope, ZIPF->entropy_rate(language), 1e-10);
        assert_true(language_floor(ZIPF, language, 64) > ZIPF->entropy_rate(language));
        assert_true(isnan(language_floor(ZIPF, language, 2)));
        arena_close(arena);
    }
}

static void default_language(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const DataSpec spec = data_spec_default();
    const void *language = open_language(arena, &spec);
    near(ZIPF->entropy_rate(language), 1.2586, 5e-5);
    assert_int_equal(ZIPF->vocab(language), 64);
    arena_close(arena);
}

/* Find the phase of a text, then check its keys and values one by one. */
static void text_follows_the_definition(void **state) {
    (void)state;
    enum { N = 300000 };
    Arena *arena = arena_open();
    const DataSpec spec = small_spec(6, 3, 2, .2);
    const Definition d = define(&spec);
    const void *language = open_language(arena, &spec);
    uint16_t *text = ARENA_ARRAY(arena, uint16_t, N);
    for (int part = 0; part < 2; part++) {
        ZIPF->write(language, part, N, text);
        int start = 1;
        while (!(text[start] < 6 && text[start - 1] >= 6)) start++;
        double seen[256] = {0}, wrong = 0, surprise = 0;
        const int records = (N - start) / 5;
        for (int r = 0; r < records; r++) {
            const uint16_t *x = text + start + 5 * r;
            assert_true(x[0] < 6 && x[1] < 6 && x[2] < 6 && x[3] >= 6 && x[4] >= 6 && x[3] < 12 &&
                        x[4] < 12);
            const Record *record = &d.records[x[0] * 36 + x[1] * 6 + x[2]];
            seen[record - d.records] += 1.0 / records;
            surprise -= log(record->p) / records;
            wrong +=
                ((x[3] != record->symbols[3]) + (x[4] != record->symbols[4])) / (2.0 * records);
        }
        double key_entropy = 0;
        for (int k = 0; k < d.n; k++) {
            near(seen[k], d.records[k].p, 5 * sqrt(d.records[k].p / records));
            key_entropy += language_entropy_term(d.records[k].p);
        }
        near(surprise, key_entropy, .03);
        near(wrong, .2 * 5 / 6, .006);
    }
    arena_close(arena);
}

static void longer_begins_with_shorter(void **state) {
    (void)state;
    Arena *arena = arena_open();
    const DataSpec spec = small_spec(8, 3, 2, 0);
    const void *language = open_language(arena, &spec);
    uint16_t a[100], b[1000], heldout[100];
    ZIPF->write(language, 0, 100, a);
    ZIPF->write(language, 0, 1000, b);
    ZIPF->write(language, 1, 100, heldout);
    assert_memory_equal(a, b, sizeof a);
    for (int i = 0; i < 25; i++) // not the same records after all, in another phase
        assert_memory_not_equal(a + i / 5, heldout + i % 5, 90 * sizeof *a);
    arena_close(arena);
}

static void large_tables_are_refused(void **state) {
    (void)state;
    Err err;
    DataSpec spec = small_spec(32, 5, 2, 0);
    assert_int_equal(data_spec_check(&spec, &err), E_USAGE);
    assert_non_null(strstr(err.message, "keys"));
    spec = small_spec(32, 3, 4, .1);
    assert_int_equal(data_spec_check(&spec, &err), E_USAGE);
    assert_non_null(strstr(err.message, "noise"));
    spec = small_spec(32, 3, 40, 0);
    assert_int_equal(data_spec_check(&spec, &err), E_USAGE);
    spec = small_spec(32, 3, 4, 0);
    assert_int_equal(data_spec_check(&spec, &err), OK);
}

static void every_language_is_a_source(void **state) {
    (void)state;
    const char *const *choices = field_find(&DATA_FIELDS, "source")->choices;
    for (const LanguageKind *const *kind = LANGUAGES; *kind; kind++) {
        size_t i = 0;
        while (choices[i] && strcmp(choices[i], (*kind)->name) != 0) i++;
        assert_non_null(choices[i]);
        assert_ptr_equal(language_find((*kind)->name), *kind);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_equal_enumeration),   cmocka_unit_test(rate_is_the_slope_of_blocks),
        cmocka_unit_test(default_language),           cmocka_unit_test(text_follows_the_definition),
        cmocka_unit_test(longer_begins_with_shorter), cmocka_unit_test(large_tables_are_refused),
        cmocka_unit_test(every_language_is_a_source),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
