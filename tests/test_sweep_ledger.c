/* test_sweep_ledger.c: append and read back, torn lines, a disk that is full in the middle of a
 * line. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "base/crc.h"
#include "base/ledger.h"
#include "tests/scratch_dir.h"

#define OPEN   "{\"event\":\"open\",\"name\":\"t\"}"
#define RUN_A  "{\"event\":\"run\",\"id\":\"a\",\"status\":\"failed\"}"
#define RUN_A2 "{\"event\":\"run\",\"id\":\"a\",\"status\":\"done\",\"loss\":1.5}"
#define RUN_B  "{\"event\":\"run\",\"id\":\"b\",\"status\":\"done\"}"

static Ledger *opened(Scratch *x, bool repair, bool *torn) {
    Ledger *l = NULL;
    assert_ok(x, ledger_open(x->dir, repair, &l, torn, &x->err));
    return l;
}

static void missing_file_is_an_empty_ledger(void **state) {
    bool torn = true;
    Ledger *l = opened(*state, false, &torn);
    assert_false(torn);
    assert_int_equal(ledger_size(l), 0);
    assert_null(ledger_last(l, "open"));
    assert_null(ledger_run(l, "a"));
    ledger_close(l);
}

static void what_is_appended_is_read_back(void **state) {
    Scratch *x = *state;
    bool torn;
    Ledger *l = opened(x, true, &torn);
    const char *const lines[] = {OPEN, RUN_A, RUN_B, RUN_A2};
    char *whole = "";
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_ok(x, ledger_append(l, lines[i], &x->err));
        whole = arena_printf(x->arena, "%s%s\n", whole, crc_sealed_line(x->arena, lines[i]));
    }
    assert_string_equal(scratch_read(x, "ledger.jsonl"), whole);
    assert_int_equal(ledger_unchecked(l), 0);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(ledger_size(l), 4);
        assert_string_equal(ledger_kind(l, 0), "open");
        assert_true(json_number_or(ledger_run(l, "a"), "loss", 0) ==
                    1.5); // the newest row of an id
        assert_ptr_equal(ledger_last(l, "run"), ledger_event(l, 3));
        assert_null(ledger_run(l, "c"));
        ledger_close(l);
        l = opened(x, false, &torn);
    }
    ledger_close(l);
}

static void more_events_than_one_block_holds(void **state) {
    Scratch *x = *state;
    bool torn;
    Ledger *l = opened(x, true, &torn);
    for (int i = 0; i < 200; i++)
        assert_ok(x, ledger_append(
                         l,
                         arena_printf(x->arena,
                                      "{\"event\":\"run\",\"id\":\"%d\",\"status\":\"done\"}", i),
                         &x->err));
    assert_int_equal(ledger_size(l), 200);
    for (int i = 0; i < 200; i++) assert_non_null(ledger_run(l, arena_printf(x->arena, "%d", i)));
    ledger_close(l);
}

static void torn_last_line_is_dropped_and_said(void **state) {
    Scratch *x = *state;
    const char *const tails[] = {"{\"event\":\"ru", RUN_B, "{\"event\":\"run\",\"id\":\n", "[]\n"};
    for (size_t i = 0; i < COUNT_OF(tails); i++) {
        bool torn = false;
        scratch_write(x, "ledger.jsonl",
                      arena_printf(x->arena, "%s\n%s\n%s", OPEN, RUN_A, tails[i]));
        Ledger *l = opened(x, false, &torn);
        assert_true(torn);
        assert_int_equal(ledger_size(l), 2);
        ledger_close(l);
        assert_non_null(
            strstr(scratch_read(x, "ledger.jsonl"), tails[i])); // a reader repairs nothing
    }
}

static void repair_cuts_the_torn_line_and_appending_goes_on(void **state) {
    Scratch *x = *state;
    bool torn = false;
    scratch_write(x, "ledger.jsonl", OPEN "\n" RUN_A "\n{\"event\":\"run\",\"id\"");
    Ledger *l = opened(x, true, &torn);
    assert_true(torn);
    assert_ok(x, ledger_append(l, RUN_B, &x->err));
    ledger_close(l);
    assert_string_equal(
        scratch_read(x, "ledger.jsonl"),
        arena_printf(x->arena, OPEN "\n" RUN_A "\n%s\n", crc_sealed_line(x->arena, RUN_B)));
    assert_string_equal(scratch_read(x, "ledger.torn"), "{\"event\":\"run\",\"id\"\n");
}

/* Each byte of a line but its newline made another one: the line is damaged, wherever the damage
 * is, its checksum included. */
static void a_flipped_byte_is_found(void **state) {
    Scratch *x = *state;
    bool torn;
    Ledger *l = opened(x, true, &torn);
    assert_ok(x, ledger_append(l, OPEN, &x->err));
    assert_ok(x, ledger_append(l, RUN_A2, &x->err));
    assert_ok(x, ledger_append(l, RUN_B, &x->err));
    ledger_close(l);
    char *text = scratch_read(x, "ledger.jsonl"), *second = strchr(text, '\n') + 1;
    const size_t n = (size_t)(strchr(second, '\n') - second);
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            second[i] ^= (char)(1 << bit);
            if (second[i]) { // a zero would end the text that is written here
                scratch_write(x, "ledger.jsonl", text);
                assert_fails(x, ledger_open(x->dir, false, &l, &torn, &x->err), "line 2");
            }
            second[i] ^= (char)(1 << bit);
        }
}

static void lines_from_before_checksums_are_read_and_counted(void **state) {
    Scratch *x = *state;
    bool torn;
    scratch_write(x, "ledger.jsonl", OPEN "\n" RUN_A "\n");
    Ledger *l = opened(x, true, &torn);
    assert_false(torn);
    assert_int_equal(ledger_unchecked(l), 2);
    assert_ok(x, ledger_append(l, RUN_B, &x->err));
    ledger_close(l);
    l = opened(x, false, &torn);
    assert_int_equal(ledger_size(l), 3);
    assert_int_equal(ledger_unchecked(l), 2);
    assert_null(json_get(ledger_event(l, 2), "crc32")); // no part of the event
    ledger_close(l);
}

static void torn_line_elsewhere_is_an_error_with_its_number(void **state) {
    Scratch *x = *state;
    const char *const bad[] = {"{\"event\":\"ru", "", "[]",
                               "{\"event\":\"run\",\"status\":\"done\"}", "{\"event\":1}"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        Ledger *l = NULL;
        bool torn = false;
        scratch_write(x, "ledger.jsonl",
                      arena_printf(x->arena, "%s\n%s\n%s\n", OPEN, bad[i], RUN_B));
        assert_fails(x, ledger_open(x->dir, true, &l, &torn, &x->err), "ledger.jsonl: line 2");
        assert_int_equal(x->err.status, E_FORMAT);
    }
}

/* The file may grow by ten bytes more: the line that does not fit must leave nothing behind. */
static void full_disk_leaves_no_torn_line(void **state) {
    Scratch *x = *state;
    bool torn;
    Ledger *l = opened(x, true, &torn);
    assert_ok(x, ledger_append(l, OPEN, &x->err));
    struct rlimit old, tight;
    getrlimit(RLIMIT_FSIZE, &old);
    const char *open = arena_printf(x->arena, "%s\n", crc_sealed_line(x->arena, OPEN));
    tight = (struct rlimit){strlen(open) + 10, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const Status status = ledger_append(l, RUN_A, &x->err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, E_IO);
    assert_int_equal(ledger_size(l), 1);
    assert_string_equal(scratch_read(x, "ledger.jsonl"), open);
    assert_ok(x, ledger_append(l, RUN_B, &x->err));
    assert_string_equal(scratch_read(x, "ledger.jsonl"),
                        arena_printf(x->arena, "%s%s\n", open, crc_sealed_line(x->arena, RUN_B)));
    ledger_close(l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(missing_file_is_an_empty_ledger),
        TEST(what_is_appended_is_read_back),
        TEST(more_events_than_one_block_holds),
        TEST(torn_last_line_is_dropped_and_said),
        TEST(repair_cuts_the_torn_line_and_appending_goes_on),
        TEST(a_flipped_byte_is_found),
        TEST(lines_from_before_checksums_are_read_and_counted),
        TEST(torn_line_elsewhere_is_an_error_with_its_number),
        TEST(full_disk_leaves_no_torn_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
