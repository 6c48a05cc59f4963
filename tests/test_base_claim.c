/* test_base_claim.c: what tinyscale wrote may be replaced, what anybody else wrote may not. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/claim.h"
#include "tests/scratch_dir.h"

static const FileMark MARK = {"made by us", 8, "one of those", "another --out"};

static void refused(Scratch *x, Status status, const char *word) {
    assert_int_equal(status, E_USAGE);
    if (!strstr(x->err.message, word)) fail_msg("'%s' lacks '%s'", x->err.message, word);
}

static void test_marks(void **state) {
    Scratch *x = *state;
    static const struct {
        const char *text;
        bool ours;
    } CASES[] = {{"", true},
                 {"made by us", true},
                 {"12345678made by us and more", true},
                 {"123456789made by us", false},
                 {"made by u", false},
                 {"theirs", false}};
    assert_ok(x, claim_file(scratch_path(x, "nothing"), &MARK, &x->err));
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const char *path = scratch_write(x, "a", CASES[i].text);
        if (CASES[i].ours)
            assert_ok(x, claim_file(path, &MARK, &x->err));
        else
            refused(x, claim_file(path, &MARK, &x->err), "not one of those that tinyscale wrote");
    }
    assert_ok(x, claim_file("/dev/null", &MARK, &x->err));
    assert_ok(x, claim_file("/dev/stdout", &MARK, &x->err));
    assert_int_equal(claim_file(x->dir, &MARK, &x->err), E_IO);
}

static void test_lists(void **state) {
    Scratch *x = *state;
    const char *const names[] = {"a.csv", "b.csv"}, *const more[] = {"b.csv", "c.csv"};
    const char *dir = scratch_path(x, "new");
    assert_ok(x, claim_files(dir, names, 2, &x->err));
    scratch_write(x, "new/b.csv", "ours");
    assert_ok(x, claim_files(dir, more, 2, &x->err));
    assert_string_equal(scratch_read(x, "new/" CLAIM_LIST), "a.csv\nb.csv\nc.csv\n");
    scratch_write(x, "new/d.csv", "theirs");
    const char *const theirs[] = {"a.csv", "d.csv"};
    refused(x, claim_files(dir, theirs, 2, &x->err), "new/d.csv: exists");
    scratch_write(x, "new/a.c", "theirs"); // the beginning of a name that is listed
    const char *const part[] = {"a.c"};
    refused(x, claim_files(dir, part, 1, &x->err), "new/a.c: exists");

    const char *old = scratch_path(x, "old");
    assert_ok(x, dir_make(old, &x->err));
    scratch_write(x, "old/b.csv", "theirs");
    refused(x, claim_files(old, names, 2, &x->err), "old/b.csv: exists");
    assert_false(file_exists(scratch_path(x, "old/" CLAIM_LIST)));
    scratch_write(x, "old/b.csv", ""); // nothing to lose
    assert_ok(x, claim_files(old, names, 2, &x->err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_marks, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(test_lists, scratch_open, scratch_close),
    };
    return cmocka_run_group_tests_name("base: claim", tests, NULL, NULL);
}
