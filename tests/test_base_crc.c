/* test_base_crc.c: a text that ends in its checksum: every flipped bit is found, a text from before
 * there were checksums is not taken for a damaged one. */
#include <string.h>

#include "base/crc.h"
#include "tests/scratch_dir.h"

static const char LINE[] = "{\"event\":\"run\",\"loss\":1.5}";

static char *indented(Scratch *x) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    json_put_string(&j, "end", "done");
    json_put_number(&j, "loss", 1.5);
    crc_end(&j);
    text_add(&j.text, "\n");
    char *text = arena_strdup(x->arena, j.text.s);
    text_close(&j.text);
    return text;
}

static void any_flipped_bit_is_found(void **state) {
    Scratch *x = *state;
    char *const texts[] = {crc_sealed_line(x->arena, LINE), indented(x)};
    for (size_t t = 0; t < COUNT_OF(texts); t++) {
        const size_t n = strlen(texts[t]), lines_end = texts[t][n - 1] == '\n';
        assert_int_equal(crc_state(texts[t], n), CRC_GOOD);
        for (size_t i = 0; i < n - lines_end; i++)
            for (int bit = 0; bit < 8; bit++) {
                texts[t][i] ^= (char)(1 << bit);
                assert_int_equal(crc_state(texts[t], n), CRC_BAD);
                assert_fails(x, crc_check("name", texts[t], n, &x->err), "name: damaged");
                texts[t][i] ^= (char)(1 << bit);
            }
    }
}

/* Digits in upper case are the same number and other bytes than were written. */
static void all_eight_digits_are_compared_as_written(void **state) {
    Scratch *x = *state;
    for (int i = 0; i < 20; i++) {
        char *line = crc_sealed_line(x->arena, arena_printf(x->arena, "{\"loss\":%d}", i));
        char *digits = strstr(line, "crc32\":\"") + 8;
        for (int k = 0; k < 8; k++) {
            const char was = digits[k];
            if (was < 'a') continue;
            digits[k] = (char)(was - 'a' + 'A');
            assert_int_equal(crc_state(line, strlen(line)), CRC_BAD);
            digits[k] = was;
        }
    }
}

static void content_is_the_object_without_its_checksum(void **state) {
    Scratch *x = *state;
    const char *line = crc_sealed_line(x->arena, LINE);
    assert_int_equal(crc_content(line, strlen(line)), strlen(LINE) - 1);
    assert_memory_equal(line, LINE, strlen(LINE) - 1);
    assert_int_equal(crc_content(LINE, strlen(LINE)), strlen(LINE));
}

static void texts_without_one_are_not_damaged(void **state) {
    static const char *const texts[] = {
        "",
        "{}",
        "}",
        "{\"event\":\"open\"}",
        "{\"cpu_path\":\"avx512\"}",
        "{\n  \"loss\": 1.5,\n  \"cpu_path\": \"avx512\"\n}\n",
        "{\"event\":\"prediction\",\"sealed\":{\"predictions\":[{\"id\":\"0123456789ab\"}]}}",
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(crc_state(texts[i], strlen(texts[i])), CRC_ABSENT);
        assert_ok(x, crc_check("name", texts[i], strlen(texts[i]), &x->err));
    }
}

static void a_file_opens_with_and_without(void **state) {
    Scratch *x = *state;
    const char *const texts[] = {indented(x), "{\n  \"end\": \"done\",\n  \"loss\": 1.5\n}\n"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        JsonDoc *doc;
        assert_ok(x, crc_open_json(scratch_write(x, "a.json", texts[i]), &doc, &x->err));
        assert_true(json_number_or(json_root(doc), "loss", 0) == 1.5);
        assert_null(json_get(json_root(doc), "crc32"));
        json_close(doc);
    }
    JsonDoc *doc = (JsonDoc *)x;
    char *text = indented(x);
    *strchr(text, '5') = '7';
    assert_fails(x, crc_open_json(scratch_write(x, "a.json", text), &doc, &x->err), "damaged");
    assert_null(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(any_flipped_bit_is_found),
        TEST(all_eight_digits_are_compared_as_written),
        TEST(content_is_the_object_without_its_checksum),
        TEST(texts_without_one_are_not_damaged),
        TEST(a_file_opens_with_and_without),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
