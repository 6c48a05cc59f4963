/* test_base_json.c: JSON read with its places in errors, written, and read back. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/err.h"
#include "base/json.h"

static void bad_json_is_located(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } BAD[] = {
        {"", "f:1:1: the JSON ends too early"},
        {"{\n  \"a\": 1,\n  \"b\" 2\n}", "f:3:7: not JSON at '2 }'"},
        {"// one\n/* two\n three */ {\"a\": tru}", "f:3:17: not JSON at 'tru}'"},
        {"{\"a\": 1} x", "f:1:10: not JSON at 'x'"},
        {"{\"a\": 1} /* no end", "f:1:10: not JSON at '/* no end'"},
        {"[1, 2", "f:1:6: the JSON ends too early"},
        {"{\"a\": 1, \"b\": {\"c\": 1, \"d\": 2, \"c\": 3}}", "f: b.c: given twice"},
        {"{\"a\": [0, 1e999]}", "f: a[1]: too large a number"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]", "f: nested more than 24 deep"},
    };
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        Err err = {0};
        JsonDoc *doc = (JsonDoc *)&err; // nothing of it is left to close
        assert_int_equal(json_open(BAD[i].text, "f", &doc, &err), E_FORMAT);
        assert_string_equal(err.message, BAD[i].message);
        assert_null(doc);
    }
}

static JsonDoc *opened(const char *text) {
    Err err = {0};
    JsonDoc *doc = NULL;
    if (json_open(text, "sweep.json", &doc, &err) != OK) fail_msg("%s", err.message);
    return doc;
}

static void comments_are_blanks_but_not_in_strings(void **state) {
    (void)state;
    JsonDoc *doc =
        opened("{ // first\n \"url\": \"http://x/*y*/\", /* \"a\": 1, */ \"q\": \"\\\"//\" }//");
    const Json *root = json_root(doc);
    assert_int_equal(json_size(root), 2);
    assert_string_equal(json_string_or(root, "url", ""), "http://x/*y*/");
    assert_string_equal(json_string_or(root, "q", ""), "\"//");
    json_close(doc);
    json_close(NULL);
}

static void paths_and_needs(void **state) {
    (void)state;
    char path[64];
    double x;
    const char *s;
    const Json *v;
    Err err = {0};
    JsonDoc *doc =
        opened("{\"axes\": {\"d_model\": [16, 24, 32], \"none\": null}, \"name\": \"demo\"}");
    const Json *root = json_root(doc), *axes = json_get(root, "axes");
    const Json *third = json_next(json_next(json_first(json_get(axes, "d_model"))));
    assert_string_equal(json_path(doc, third, path, sizeof path), "sweep.json: axes.d_model[2]");
    assert_string_equal(json_path(doc, root, path, sizeof path), "sweep.json");
    assert_string_equal(json_path(doc, third, path, 12), "sweep.json:");
    assert_true(json_as_number(third) == 32);
    assert_null(json_next(third));
    assert_null(json_get(NULL, "a"));
    assert_null(json_get(third, "a"));
    assert_null(json_get(root, "NAME"));
    assert_string_equal(json_key(axes), "axes");
    assert_string_equal(json_key(third), "");
    assert_int_equal(json_need_string(doc, root, "name", &s, &err), OK);
    assert_string_equal(s, "demo");
    assert_int_equal(json_need_number(doc, root, "name", &x, &err), E_FORMAT);
    assert_string_equal(err.message, "sweep.json: name: needs a number, not a string");
    assert_int_equal(json_need_number(doc, axes, "lr", &x, &err), E_FORMAT);
    assert_string_equal(err.message, "sweep.json: axes: needs 'lr', a number");
    assert_int_equal(json_need(doc, axes, "d_model", JSON_ARRAY, &v, &err), OK);
    assert_int_equal(json_size(v), 3);
    assert_true(json_number_or(axes, "none", 7) == 7 && json_number_or(NULL, "x", 8) == 8);
    assert_null(json_string_or(root, "absent", NULL));
    json_close(doc);
}

static void written(int indent, const char *want) {
    JsonOut j = json_out(indent);
    json_begin(&j, NULL, '{');
    json_put_number(&j, "loss", 0.1);
    json_put_number(&j, "none", NAN);
    json_put_count(&j, "seed", UINT64_MAX);
    json_put_bool(&j, "ok", true);
    json_begin(&j, "tags", '[');
    json_put_string(&j, NULL, "a\"\\\n\x01\xC3\xA9\xFF");
    json_put_string(&j, NULL, NULL);
    json_begin(&j, NULL, '{');
    json_end(&j);
    json_end(&j);
    json_end(&j);
    assert_string_equal(j.text.s, want);
    text_close(&j.text);
}

static void writing(void **state) {
    (void)state;
    written(0, "{\"loss\":0.1,\"none\":null,\"seed\":18446744073709551615,\"ok\":true,"
               "\"tags\":[\"a\\\"\\\\\\n\\u0001\xC3\xA9\xEF\xBF\xBD\",null,{}]}");
    written(2, "{\n  \"loss\": 0.1,\n  \"none\": null,\n  \"seed\": 18446744073709551615,\n  "
               "\"ok\": true,\n"
               "  \"tags\": [\n    \"a\\\"\\\\\\n\\u0001\xC3\xA9\xEF\xBF\xBD\",\n    null,\n    "
               "{}\n  ]\n}");
}

/* Bytes of well-formed and malformed UTF-8 and what is written for them. */
static void only_utf8_is_written(void **state) {
    (void)state;
    static const char *const CASES[][2] = {
        {"\xE2\x82\xAC", "\xE2\x82\xAC"},
        {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
        {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xC0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char want[32];
        JsonOut j = json_out(0);
        json_put_string(&j, NULL, CASES[i][0]);
        snprintf(want, sizeof want, "\"%s\"", CASES[i][1]);
        assert_string_equal(j.text.s, want);
        text_close(&j.text);
    }
}

static void copies_are_equal(void **state) {
    (void)state;
    const char *text = "{\"a\":[1,2.5,-3e-7,\"x\\ty\",null,true,false,{\"b\":{}},[]],\"c\":0.1}";
    JsonDoc *doc = opened(text);
    JsonOut j = json_out(0);
    json_put_value(&j, NULL, json_root(doc));
    assert_string_equal(j.text.s, text);
    text_close(&j.text);
    json_close(doc);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_json_is_located),
        cmocka_unit_test(comments_are_blanks_but_not_in_strings),
        cmocka_unit_test(paths_and_needs),
        cmocka_unit_test(writing),
        cmocka_unit_test(only_utf8_is_written),
        cmocka_unit_test(copies_are_equal),
    };
    return cmocka_run_group_tests_name("base: json", tests, NULL, NULL);
}
