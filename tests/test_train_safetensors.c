/* test_train_safetensors.c: sealed files that nobody here wrote: a header that leaves the tensors
 * misaligned and offsets that are none are refused, and all others are read as they stand. */
#include <string.h>

#include "base/crc.h"
#include "base/numbers.h"
#include "base/text.h"
#include "tests/scratch_dir.h"
#include "train/safetensors.h"

/* A sealed file whose one tensor "w" is described by `entry`, behind `padding` blanks too many. */
static Status read_strange(Scratch *x, const char *entry, int padding, const real **w) {
    Text file = {0};
    char *header = arena_printf(
        x->arena, "{\"__metadata__\":{\"crc32\":\"00000000\"},\"w\":{\"dtype\":\"F%zu\",%s}}",
        8 * sizeof(real), entry);
    while (strlen(header) % 8) header = arena_printf(x->arena, "%s ", header);
    header = arena_printf(x->arena, "%s%*s", header, padding, "");
    const uint64_t size = strlen(header);
    const real values[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    text_add_bytes(&file, (const char *)&size, sizeof size);
    text_add_bytes(&file, header, size);
    text_add_bytes(&file, (const char *)values, sizeof values);
    crc_seal_inside(file.s, file.size);
    const char *path = scratch_path(x, "strange.safetensors");
    assert_ok(x, file_write(path, file.s, file.size, &x->err));
    text_close(&file);
    SafeTensors s = {0};
    Status status = safetensors_open(x->arena, path, &s, &x->err);
    if (status == OK) status = safetensors_get(&s, "w", 0, 2, w, &x->err);
    safetensors_close(&s);
    return status;
}

/* Offsets in elements, so that the test is of floats and of doubles. */
static const char *entry_of(Scratch *x, double from, double to) {
    char start[32], end[32];
    return arena_printf(x->arena, "\"shape\":[2],\"data_offsets\":[%s,%s]",
                        real_to_text(start, from * sizeof(real)),
                        real_to_text(end, to * sizeof(real)));
}

static void test_strange_files(void **state) {
    Scratch *x = *state;
    const real *w;
    assert_ok(x, read_strange(x, entry_of(x, 3, 5), 0, &w));
    assert_true(w[0] == 4 && w[1] == 5);
    assert_ok(x, read_strange(x, entry_of(x, 6, 8), 16, &w));
    assert_true(w[1] == 8);
    for (int padding = 1; padding < 8; padding++)
        assert_fails(x, read_strange(x, entry_of(x, 0, 2), padding, &w),
                     "it should be padded with blanks to a multiple of 8");
    static const double OFFSETS[][2] = {{0.25, 2.25},    {0.1, 2.1},      {-1, 1}, {7, 9},
                                        {3, 2},          {0, 3},          {2, 0},  {1e300, 1e300},
                                        {-1e300, 1e300}, {0x1p60, 0x1p60}};
    for (size_t i = 0; i < COUNT_OF(OFFSETS); i++)
        assert_fails(x, read_strange(x, entry_of(x, OFFSETS[i][0], OFFSETS[i][1]), 0, &w),
                     "w: data_offsets should be multiples of");
    assert_fails(x, read_strange(x, "\"shape\":[2],\"data_offsets\":[\"0\",8]", 0, &w),
                 "data_offsets should be");
    assert_fails(x, read_strange(x, "\"shape\":[2.5],\"data_offsets\":[0,8]", 0, &w), "of shape");
    assert_fails(x, read_strange(x, "\"shape\":[2,1],\"data_offsets\":[0,8]", 0, &w), "of shape");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_strange_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
