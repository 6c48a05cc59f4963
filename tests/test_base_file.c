/* test_base_file.c: files whole or not there, gzip good and bad, what is no file,
 * directories, locks. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "base/err.h"
#include "base/file.h"
#include "base/gzip.h"
#include "base/text.h"
#include "tests/scratch_dir.h"

/* Some tests take away the right to write. */
static int tear_down(void **state) {
    Scratch *x = *state;
    if (system(arena_printf(x->arena, "chmod -R u+w %s", x->dir)) != 0) return -1;
    return scratch_close(state);
}

static size_t files_in(Scratch *x, const char *dir) {
    char **paths;
    size_t n;
    assert_int_equal(dir_files(x->arena, dir, &paths, &n, &x->err), OK);
    return n;
}

static void put(Scratch *x, const char *path, const void *data, size_t size) {
    assert_int_equal(file_write(path, data, size, &x->err), OK);
}

static void reads(Scratch *x, const char *path, const void *want, size_t size) {
    Bytes got;
    if (file_read(x->arena, path, &got, &x->err) != OK) fail_msg("%s", x->err.message);
    assert_int_equal(got.size, size);
    assert_memory_equal(got.data, want, size);
    assert_int_equal(got.data[size], 0);
}

static void fails(Scratch *x, Status got, Status want, const char *part) {
    assert_int_equal(got, want);
    if (!strstr(x->err.message, part)) fail_msg("no '%s' in '%s'", part, x->err.message);
}

static void written_is_read(void **state) {
    Scratch *x = *state;
    const char *path = scratch_path(x, "a");
    put(x, path, "one", 3);
    put(x, path, "zero \0 inside", 13);
    reads(x, path, "zero \0 inside", 13);
    put(x, path, "", 0);
    reads(x, path, "", 0);
    assert_int_equal(files_in(x, x->dir), 1);
    Bytes got;
    fails(x, file_read(x->arena, scratch_path(x, "no"), &got, &x->err), E_IO, "No such file");
    fails(x, file_read(x->arena, x->dir, &got, &x->err), E_IO, "is a directory; a regular file");
}

/* One gzip member. */
static void add_member(Text *out, const char *data, size_t size) {
    Bytef packed[4096];
    z_stream z = {.next_in = (Bytef *)data,
                  .avail_in = (uInt)size,
                  .next_out = packed,
                  .avail_out = sizeof packed};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    text_add_bytes(out, (char *)packed, sizeof packed - z.avail_out);
    deflateEnd(&z);
}

static void gzip_is_unpacked(void **state) {
    Scratch *x = *state;
    char *large = calloc(1, 300000); // more than one chunk
    Text packed = {0};
    add_member(&packed, large, 300000);
    put(x, scratch_path(x, "large.gz"), packed.s, packed.size);
    reads(x, scratch_path(x, "large.gz"), large, 300000);
    text_close(&packed);
    free(large);
    add_member(&packed, "first ", 6);
    add_member(&packed, "", 0);
    add_member(&packed, "second", 6);
    put(x, scratch_path(x, "two"), packed.s, packed.size);
    reads(x, scratch_path(x, "two"), "first second", 12);
    text_add_bytes(&packed, "\0\0\0\0", 4); // padding
    put(x, scratch_path(x, "two.dz"), packed.s, packed.size);
    reads(x, scratch_path(x, "two.dz"), "first second", 12);
    text_close(&packed);
}

static void bad_gzip_is_named(void **state) {
    Scratch *x = *state;
    Text packed = {0};
    Bytes got;
    const char *path = scratch_path(x, "bad.gz");
    add_member(&packed, "some text that is packed", 24);
    for (size_t cut = 2; cut < packed.size; cut++) {
        put(x, path, packed.s, cut);
        fails(x, file_read(x->arena, path, &got, &x->err), E_FORMAT, "torn");
    }
    packed.s[packed.size - 6] ^= 1; // of the CRC
    put(x, path, packed.s, packed.size);
    fails(x, file_read(x->arena, path, &got, &x->err), E_FORMAT, "not valid gzip");
    packed.s[packed.size - 6] ^= 1;
    text_add_bytes(&packed, "\0junk", 5);
    put(x, path, packed.s, packed.size);
    fails(x, file_read(x->arena, path, &got, &x->err), E_FORMAT, "not valid gzip");
    put(x, path, "just text", 9);
    fails(x, file_read(x->arena, path, &got, &x->err), E_FORMAT, "named like gzip");
    put(x, path, "", 0);
    fails(x, file_read(x->arena, path, &got, &x->err), E_FORMAT, "named like gzip");
    text_close(&packed);
}

static void full_disk_leaves_the_old_file(void **state) {
    Scratch *x = *state;
    const char *path = scratch_path(x, "kept");
    fails(x, file_write("/dev/full", "abc", 3, &x->err), E_IO, "No space left");
    fails(x, file_append_line("/dev/full", "abc", &x->err), E_IO, "No space left");
    assert_int_equal(file_write("/dev/null", "abc", 3, &x->err), OK);
    assert_false(file_exists("/dev/null"));
    put(x, path, "old", 3);
    const struct rlimit small = {1000, RLIM_INFINITY};
    struct rlimit before;
    char new[5000] = "new";
    getrlimit(RLIMIT_FSIZE, &before);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    const Status written = file_write(path, new, sizeof new, &x->err);
    memset(new, 'x', sizeof new - 1);
    new[sizeof new - 1] = 0;
    Err second = {0};
    const Status appended = file_append_line(path, new, &second);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    fails(x, written, E_IO, "File too large");
    assert_int_equal(appended, E_IO);
    reads(x, path, "old", 3); // neither replaced nor left with part of a line
    assert_int_equal(files_in(x, x->dir), 1);
}

static void no_permission_is_named(void **state) {
    Scratch *x = *state;
    if (geteuid() == 0) skip(); // root may write anywhere
    const char *dir = scratch_path(x, "closed");
    assert_int_equal(dir_make(dir, &x->err), OK);
    assert_int_equal(chmod(dir, 0555), 0);
    fails(x, file_write(scratch_path(x, "closed/a"), "a", 1, &x->err), E_IO, "Permission denied");
    fails(x, dir_make(scratch_path(x, "closed/b/c"), &x->err), E_IO, "Permission denied");
}

static void lines_are_appended(void **state) {
    Scratch *x = *state;
    const char *path = scratch_path(x, "log");
    assert_int_equal(file_append_line(path, "one", &x->err), OK);
    assert_int_equal(file_append_line(path, "", &x->err), OK);
    assert_int_equal(file_append_line(path, "two", &x->err), OK);
    reads(x, path, "one\n\ntwo\n", 9);
    fails(x, file_append_line(scratch_path(x, "no/log"), "x", &x->err), E_IO, "No such file");
}

static void mappings(void **state) {
    Scratch *x = *state;
    FileMapping m = {0};
    file_unmap(&m);
    put(x, scratch_path(x, "a"), "abc", 3);
    put(x, scratch_path(x, "empty"), "", 0);
    assert_int_equal(file_map(scratch_path(x, "a"), &m, &x->err), OK);
    assert_int_equal(m.size, 3);
    assert_memory_equal(m.data, "abc", 3);
    file_unmap(&m);
    assert_null(m.data);
    assert_int_equal(file_map(scratch_path(x, "empty"), &m, &x->err), OK);
    assert_int_equal(m.size, 0);
    file_unmap(&m);
    fails(x, file_map(scratch_path(x, "no"), &m, &x->err), E_IO, "No such file");
    fails(x, file_map(x->dir, &m, &x->err), E_IO, "a directory; a regular file is needed");
}

/* Nobody is at the other end of the FIFO: a test that waits there is ended by the alarm. */
static void what_is_no_file_is_refused(void **state) {
    Scratch *x = *state;
    const char *fifo = scratch_path(x, "fifo"), *sock = scratch_path(x, "socket");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int s = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", sock);
    assert_int_equal(bind(s, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    const struct {
        const char *path, *kind;
    } cases[] = {{fifo, "a FIFO (named pipe)"}, {sock, "a socket"}, {x->dir, "a directory"}};
    alarm(20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const char *path = cases[i].path, *kind = cases[i].kind;
        Bytes b;
        FileMapping m;
        FileSum sum = {0};
        Lock *lock = (Lock *)x;
        fails(x, file_read(x->arena, path, &b, &x->err), E_IO, kind);
        fails(x, file_read(x->arena, path, &b, &x->err), E_IO, "'-' where standard input will do");
        assert_null(b.data);
        fails(x, file_sum(path, &sum, &x->err), E_IO, kind);
        fails(x, file_map(path, &m, &x->err), E_IO, kind);
        fails(x, file_write(path, "a", 1, &x->err), E_IO, kind);
        fails(x, file_append_line(path, "a", &x->err), E_IO, kind);
        fails(x, file_check_output(path, &x->err), E_IO, kind);
        fails(x, lock_open(path, "x", &lock, &x->err), E_IO, kind);
        assert_null(lock);
    }
    Bytes b;
    fails(x, file_read(x->arena, "/dev/zero", &b, &x->err), E_IO, "a device");
    fails(x, dir_make(fifo, &x->err), E_IO, "it is a FIFO");
    alarm(0);
    close(s);
}

/* What is open already is read and written as it is, a pipe too; nothing is made beside it. */
static void open_descriptors(void **state) {
    Scratch *x = *state;
    int ends[2];
    put(x, scratch_path(x, "a"), "of a file", 9);
    const int file = open(scratch_path(x, "a"), O_RDWR);
    assert_true(file >= 0 && pipe(ends) == 0);
    const char *by_file = arena_printf(x->arena, "/dev/fd/%d", file);
    const char *from = arena_printf(x->arena, "/proc/self/fd/%d", ends[0]);
    const char *to = arena_printf(x->arena, "/dev/fd/%d", ends[1]);
    assert_true(file_is_descriptor(from) && file_is_descriptor("/dev/stdin"));
    assert_false(file_is_descriptor("-") || file_is_descriptor("/dev/fd/") ||
                 file_is_descriptor("/dev/fd/x") || file_is_descriptor("/dev/null"));
    reads(x, by_file, "of a file", 9);
    put(x, by_file, "in place", 8);
    reads(x, scratch_path(x, "a"), "in placee", 9);
    put(x, to, "through a pipe", 14);
    close(ends[1]);
    reads(x, from, "through a pipe", 14);
    FileMapping m;
    fails(x, file_map(from, &m, &x->err), E_IO, "a FIFO (named pipe)");
    close(ends[0]);
    close(file);
    assert_int_equal(files_in(x, x->dir), 1);
}

static void sums(void **state) {
    Scratch *x = *state;
    const char *path = scratch_path(x, "a");
    FileSum sum = {0}, read = {0};
    Bytes b;
    put(x, path, "12345", 5);
    assert_int_equal(file_sum(path, &sum, &x->err), OK);
    put(x, path, "6789", 4);
    assert_int_equal(file_sum(path, &sum, &x->err), OK);
    assert_true(sum.bytes == 9 && sum.crc32 == 0xCBF43926);
    gzFile packed = gzopen(path, "wb");
    gzputs(packed, "12345");
    gzclose(packed);
    sum = (FileSum){0};
    assert_int_equal(file_sum(path, &sum, &x->err), OK);
    assert_int_equal(file_read_sum(x->arena, path, &b, &read, &x->err), OK);
    assert_string_equal(b.data, "12345"); // unpacked, but summed as it stands
    assert_true(sum.bytes == read.bytes && sum.crc32 == read.crc32 && sum.bytes > 5);
    fails(x, file_sum(scratch_path(x, "no"), &sum, &x->err), E_IO, "No such file");
}

static void directories(void **state) {
    Scratch *x = *state;
    const char *names[] = {"d/a", "d/b/c/z", "d/b/y", "d/b.txt"};
    char **paths;
    size_t n;
    assert_int_equal(dir_make(scratch_path(x, "d/b/c/"), &x->err), OK);
    assert_int_equal(dir_make(scratch_path(x, "d/b/c"), &x->err), OK);
    assert_int_equal(dir_make(scratch_path(x, "d/empty"), &x->err), OK);
    for (size_t i = 0; i < COUNT_OF(names); i++) put(x, scratch_path(x, names[i]), "", 0);
    assert_int_equal(symlink("a", scratch_path(x, "d/link")), 0);
    assert_int_equal(symlink("..", scratch_path(x, "d/b/loop")), 0);
    assert_int_equal(dir_files(x->arena, scratch_path(x, "d"), &paths, &n, &x->err), OK);
    assert_int_equal(n, COUNT_OF(names));
    assert_string_equal(paths[0], scratch_path(x, "d/a"));
    assert_string_equal(paths[1], scratch_path(x, "d/b.txt"));
    assert_string_equal(paths[2], scratch_path(x, "d/b/c/z"));
    assert_string_equal(paths[3], scratch_path(x, "d/b/y"));
    assert_int_equal(files_in(x, scratch_path(x, "d/empty")), 0);
    assert_true(dir_exists(scratch_path(x, "d")) && !dir_exists(scratch_path(x, "d/a")) &&
                !dir_exists(scratch_path(x, "no")));
    assert_true(file_exists(scratch_path(x, "d/a")) && !file_exists(scratch_path(x, "d")) &&
                !file_exists(scratch_path(x, "no")));
    fails(x, dir_files(x->arena, scratch_path(x, "no"), &paths, &n, &x->err), E_IO, "No such file");
    assert_true(paths == NULL && n == 0);
    fails(x, dir_make(scratch_path(x, "d/a/b"), &x->err), E_IO, "d/a': it is a regular file");
}

static void a_lock_has_one_owner(void **state) {
    Scratch *x = *state;
    Lock *lock = NULL, *second = NULL;
    const char *path = scratch_path(x, "lock");
    assert_int_equal(lock_open(path, "sweep run", &lock, &x->err), OK);
    second = lock;
    fails(x, lock_open(path, "sweep run", &second, &x->err), E_FAILED,
          arena_printf(x->arena, "%s: another tinyscale is at work here (sweep run)", x->dir));
    assert_null(second);
    lock_close(lock);
    assert_int_equal(lock_open(path, "sweep run", &second, &x->err), OK);
    lock_close(second);
    lock_close(NULL);
    const pid_t child = fork(); // a lock ends with its owner
    if (child == 0) {
        raise(lock_open(path, "child", &lock, &x->err) == OK ? SIGKILL : SIGTERM);
        _exit(0);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(WTERMSIG(how), SIGKILL);
    assert_int_equal(lock_open(path, "parent", &lock, &x->err), OK);
    lock_close(lock);
}

static void checksums_and_sizes(void **state) {
    (void)state;
    assert_int_equal(gzip_crc32("123456789", 9, 0),
                     0xCBF43926); // the check value of CRC-32/ISO-HDLC
    assert_int_equal(gzip_crc32("6789", 4, gzip_crc32("12345", 5, 0)), 0xCBF43926);
    assert_int_equal(gzip_crc32(NULL, 0, 7), 7);
    Bytef packed[1000];
    uLongf size = sizeof packed;
    static const char text[200000];
    assert_int_equal(compress2(packed, &size, (const Bytef *)text, sizeof text, 9), Z_OK);
    assert_int_equal(gzip_packed_size(text, sizeof text), size);
    size = sizeof packed;
    assert_int_equal(compress2(packed, &size, (const Bytef *)"", 0, 9), Z_OK);
    assert_int_equal(gzip_packed_size("", 0), size);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, scratch_open, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(written_is_read),
        WITH_FIXTURE(gzip_is_unpacked),
        WITH_FIXTURE(bad_gzip_is_named),
        WITH_FIXTURE(full_disk_leaves_the_old_file),
        WITH_FIXTURE(no_permission_is_named),
        WITH_FIXTURE(lines_are_appended),
        WITH_FIXTURE(mappings),
        WITH_FIXTURE(what_is_no_file_is_refused),
        WITH_FIXTURE(open_descriptors),
        WITH_FIXTURE(sums),
        WITH_FIXTURE(directories),
        WITH_FIXTURE(a_lock_has_one_owner),
        cmocka_unit_test(checksums_and_sizes),
    };
    return cmocka_run_group_tests_name("base: file", tests, NULL, NULL);
}
