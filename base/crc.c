/* crc.c: see crc.h. Digits are compared as they are written, in lower case, all eight of them. */
#include "base/crc.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/gzip.h"

enum { DIGITS = 8 };
static const char ZEROS[] = "00000000";

typedef struct {
    char hex[DIGITS + 1];
} Digits;

/* Compute the checksum of a text whose digits stand at `at`. */
static Digits crc_of(const char *text, size_t size, size_t at) {
    uint32_t crc = gzip_crc32(text, at, 0);
    crc = gzip_crc32(ZEROS, DIGITS, crc);
    crc = gzip_crc32(text + at + DIGITS, size - at - DIGITS, crc);
    Digits d;
    snprintf(d.hex, sizeof d.hex, "%08x", crc);
    return d;
}

/* --- at the end of a JSON text ---------------------------------------------------------------- */

/* What the member looks like at the end of a text on one line, and of one that is indented. */
static const char *const TAILS[] = {
    ",\"crc32\":\"00000000\"}",
    ",\n  \"crc32\": \"00000000\"\n}",
};

typedef struct {
    size_t content; // bytes before the member's comma
    size_t digits;  // where the digits begin
    size_t end;     // bytes up to the last brace
    bool exact;     // every fixed character of the tail is as it should be
} Seal;

/* Find the member at the end of a text. A tail that is wrong in a few characters counts as a
 * damaged member, not as none: otherwise one flipped bit in the word crc32 would switch the test
 * off. */
static bool find_seal(const char *text, size_t size, Seal *out) {
    if (size > 0 && text[size - 1] == '\n') size--;
    for (size_t t = 0; t < COUNT_OF(TAILS); t++) {
        const size_t n = strlen(TAILS[t]), digits = (size_t)(strchr(TAILS[t], '0') - TAILS[t]);
        if (size < n) continue;
        size_t same = 0;
        for (size_t i = 0; i < n; i++)
            if (i < digits || i >= digits + DIGITS) same += text[size - n + i] == TAILS[t][i];
        if (same < (n - DIGITS) * 3 / 4) continue;
        *out = (Seal){size - n, size - n + digits, size, same == n - DIGITS};
        return true;
    }
    return false;
}

CrcState crc_state(const char *text, size_t size) {
    Seal s;
    if (!find_seal(text, size, &s)) return CRC_ABSENT;
    const Digits should_be = crc_of(text, s.end, s.digits);
    return s.exact && memcmp(text + s.digits, should_be.hex, DIGITS) == 0 ? CRC_GOOD : CRC_BAD;
}

Status crc_check(const char *name, const char *text, size_t size, Err *err) {
    if (crc_state(text, size) != CRC_BAD) return OK;
    FAIL(err, E_FORMAT,
         "%s: damaged or edited: its contents do not have the CRC-32 that it ends in", name);
}

size_t crc_content(const char *text, size_t size) {
    Seal s;
    return find_seal(text, size, &s) ? s.content : size;
}

void crc_end(JsonOut *j) {
    Seal s;
    json_put_string(j, "crc32", ZEROS);
    json_end(j);
    MUST(find_seal(j->text.s, j->text.size, &s) && s.exact);
    memcpy(j->text.s + s.digits, crc_of(j->text.s, s.end, s.digits).hex, DIGITS);
}

char *crc_sealed_line(Arena *arena, const char *object) {
    const size_t n = strlen(object);
    MUST(n > 2 && object[n - 1] == '}');
    char *line = arena_printf(arena, "%.*s%s", (int)(n - 1), object, TAILS[0]);
    Seal s;
    MUST(find_seal(line, strlen(line), &s) && s.exact);
    memcpy(line + s.digits, crc_of(line, s.end, s.digits).hex, DIGITS);
    return line;
}

static Status open_content(Arena *arena, const char *path, JsonDoc **out, Err *err) {
    Bytes file;
    TRY(file_read(arena, path, &file, err));
    if (strlen(file.data) != file.size)
        FAIL(err, E_FORMAT, "%s: not JSON: byte %zu is zero", path, strlen(file.data));
    TRY(crc_check(path, file.data, file.size, err));
    const size_t content = crc_content(file.data, file.size);
    if (content < file.size) strcpy(file.data + content, "}"); // the member is longer than that
    return json_open(file.data, path, out, err);
}

Status crc_open_json(const char *path, JsonDoc **out, Err *err) {
    *out = NULL;
    Arena *arena = arena_open();
    const Status status = open_content(arena, path, out, err);
    arena_close(arena);
    return status;
}

/* --- anywhere --------------------------------------------------------------------------------- */

#define KEY "\"crc32\":\""

/* Where the digits begin; size when there are none. */
static size_t digits_inside(const char *bytes, size_t size) {
    const char *at = memmem(bytes, size, KEY, strlen(KEY));
    const size_t digits = at ? (size_t)(at - bytes) + strlen(KEY) : size;
    return digits + DIGITS <= size ? digits : size;
}

void crc_seal_inside(char *bytes, size_t size) {
    const size_t digits = digits_inside(bytes, size);
    MUST(digits < size);
    memcpy(bytes + digits, crc_of(bytes, size, digits).hex, DIGITS);
}

Status crc_check_inside(const char *path, const char *bytes, size_t size, Err *err) {
    const size_t digits = digits_inside(bytes, size);
    if (digits == size)
        FAIL(err, E_FORMAT, "%s: holds no crc32: not written by tinyscale, or torn", path);
    const Digits should_be = crc_of(bytes, size, digits);
    if (memcmp(bytes + digits, should_be.hex, DIGITS) != 0)
        FAIL(err, E_FORMAT,
             "%s: damaged: its CRC-32 is %s, and it says otherwise itself; restore a copy or train "
             "anew",
             path, should_be.hex);
    return OK;
}
