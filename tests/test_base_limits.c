/* test_base_limits.c: what a process may use, read from made-up trees of /proc and /sys; and how it
 * ends when memory is refused. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/proc.h"
#include "tests/scratch_dir.h"

/* --- made-up trees ---------------------------------------------------------------------------- */

/* A file of the tree, with the directories that it lies in. */
static void put(Scratch *x, const char *path, const char *text) {
    char *dir = scratch_path(x, path);
    *strrchr(dir, '/') = 0;
    assert_ok(x, dir_make(dir, &x->err));
    scratch_write(x, path, text);
}

static void put_machine(Scratch *x, const char *cgroup, const char *mounts) {
    put(x, "proc/meminfo",
        "MemTotal:       33554432 kB\nMemFree:  1 kB\n"
        "MemAvailable:   16777216 kB\nBuffers: 7 kB\n");
    put(x, "proc/self/cgroup", cgroup);
    put(x, "proc/self/mountinfo", mounts);
}

static const uint64_t AVAILABLE = 16777216ull * 1024;

static void memory_is(Scratch *x, uint64_t bytes, const char *name) {
    const MemoryLimit limit = memory_limit_of_all(x->dir);
    assert_int_equal(limit.bytes, bytes);
    assert_string_equal(limit.name, name);
}

static void processors_are(Scratch *x, int n, int left) {
    assert_int_equal(cpu_count_within_quota(x->dir, n), left);
}

#define PROC_MOUNT "22 27 0:21 / /proc rw,relatime - proc proc rw\n"
#define V2_MOUNT                                                                                   \
    PROC_MOUNT "31 23 0:28 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"

static void test_a_machine_without_cgroups(void **state) {
    Scratch *x = *state;
    put_machine(x, "", PROC_MOUNT);
    memory_is(x, AVAILABLE, "MemAvailable");
    processors_are(x, 8, 8);
}

/* Of the own cgroup and all above it the narrowest counts, wherever it stands. */
static void test_nested_cgroups_of_version_2(void **state) {
    Scratch *x = *state;
    put_machine(x, "0::/slice/job/step\n", V2_MOUNT);
    memory_is(x, AVAILABLE, "MemAvailable");
    put(x, "sys/fs/cgroup/slice/job/step/memory.max", "max\n");
    put(x, "sys/fs/cgroup/slice/job/step/cpu.max", "max 100000\n");
    put(x, "sys/fs/cgroup/slice/job/memory.max", "3000000000\n");
    put(x, "sys/fs/cgroup/slice/job/cpu.max", "150000 100000\n");
    put(x, "sys/fs/cgroup/slice/memory.max", "4000000000\n");
    put(x, "sys/fs/cgroup/slice/cpu.max", "400000 100000\n");
    put(x, "sys/fs/cgroup/other/memory.max", "5\n");
    memory_is(x, 3000000000, "/sys/fs/cgroup/slice/job/memory.max");
    processors_are(x, 8, 2);
    processors_are(x, 1, 1);
    put(x, "sys/fs/cgroup/memory.max", "2000000000\n");
    put(x, "sys/fs/cgroup/cpu.max", "1000 100000\n");
    memory_is(x, 2000000000, "/sys/fs/cgroup/memory.max");
    processors_are(x, 8, 1);
}

/* Each controller has a tree of its own, which need not be mounted under its name. */
static void test_nested_cgroups_of_version_1(void **state) {
    Scratch *x = *state;
    put_machine(x, "4:memory:/a/b\n3:cpu,cpuacct:/c/d\n1:name=systemd:/a/b\n",
                "35 31 0:32 / /cg/mem rw - cgroup cgroup rw,memory\n"
                "33 31 0:30 / /cg/cpuacct,cpu rw master:3 shared:9 - cgroup none rw,cpuacct,cpu\n");
    put(x, "cg/mem/a/b/memory.limit_in_bytes", "9223372036854771712\n");
    put(x, "cg/mem/a/memory.limit_in_bytes", "1000000000\n");
    put(x, "cg/mem/memory.limit_in_bytes", "9223372036854771712\n");
    put(x, "cg/cpuacct,cpu/c/d/cpu.cfs_quota_us", "-1\n");
    put(x, "cg/cpuacct,cpu/c/d/cpu.cfs_period_us", "100000\n");
    put(x, "cg/cpuacct,cpu/c/cpu.cfs_quota_us", "125000\n");
    put(x, "cg/cpuacct,cpu/c/cpu.cfs_period_us", "50000\n");
    memory_is(x, 1000000000, "/cg/mem/a/memory.limit_in_bytes");
    processors_are(x, 8, 3);
}

/* Both versions beside each other: "unified" has no controllers, or has those that 1 has not. */
static void test_hybrid(void **state) {
    Scratch *x = *state;
    put_machine(x, "4:memory:/m\n0::/u\n",
                "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    put(x, "sys/fs/cgroup/memory/m/memory.limit_in_bytes", "700000000\n");
    put(x, "sys/fs/cgroup/unified/u/cpu.max", "200000 100000\n");
    memory_is(x, 700000000, "/sys/fs/cgroup/memory/m/memory.limit_in_bytes");
    processors_are(x, 8, 2);
    put(x, "sys/fs/cgroup/unified/u/memory.max", "600000000\n");
    memory_is(x, 600000000, "/sys/fs/cgroup/unified/u/memory.max");
}

/* A container that sees only its own part of a tree: under the host's path, under a path that its
 * namespace cannot name, or under "/". Blanks in names are escaped in mountinfo alone. */
static void test_containers(void **state) {
    static const struct {
        const char *path, *root;
    } cases[] = {{"/docker/ab c/in", "/docker/ab\\040c"},
                 {"/docker/elsewhere", "/docker/e"},
                 {"/../../in", "/"},
                 {"/", "/"},
                 {"/docker/abc", "/docker/abc"},
                 {"/", "/../.."}};
    Scratch *x = *state;
    put(x, "mnt/the cg/memory.max", "800000000\n");
    put(x, "mnt/the cg/in/memory.max", "900000000\n");
    put(x, "in/memory.max", "1\n");
    put(x, "mnt/memory.max", "2\n");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        put_machine(x, arena_printf(x->arena, "0::%s\n", cases[i].path),
                    arena_printf(x->arena,
                                 "41 31 0:38 %s /mnt/the\\040cg rw - cgroup2 cgroup2 rw\n",
                                 cases[i].root));
        memory_is(x, 800000000, "/mnt/the cg/memory.max");
    }
}

/* Of two mounts of one tree the one that shows more ancestors. */
static void test_the_mount_that_shows_most(void **state) {
    static const char *const MOUNTS[] = {"1 0 0:1 / /whole rw - cgroup2 c rw\n",
                                         "2 0 0:1 /a/b /part rw - cgroup2 c rw\n",
                                         "3 0 0:1 /z /strange rw - cgroup2 c rw\n"};
    Scratch *x = *state;
    put(x, "whole/a/memory.max", "500\n");
    put(x, "part/memory.max", "600\n");
    put(x, "strange/memory.max", "5\n");
    for (size_t i = 0; i < 6; i++) {
        const size_t first = i % 3, second = (first + 1 + i / 3) % 3, third = 3 - first - second;
        put_machine(x, "0::/a/b\n",
                    arena_printf(x->arena, "%s%s%s", MOUNTS[first], MOUNTS[second], MOUNTS[third]));
        memory_is(x, 500, "/whole/a/memory.max");
    }
}

/* What is no number limits nothing, and neither does what is not there. */
static void test_garbage(void **state) {
    static const char *const NO_BYTES[] = {"",      "\n",    "maximum\n", "-5\n",
                                           "12x\n", "nan\n", "\xff\n"};
    static const char *const NO_QUOTA[] = {
        "", "max\n", "100000\n", "100000 x\n", "1x 100000\n", "0 0\n", "100000 0\n", "-1 100000\n"};
    static const char *const LINES[] = {"",
                                        "\n",
                                        "::\n",
                                        "0:\n",
                                        "0::\n",
                                        "0::x\n",
                                        "a:b\n",
                                        " - \n",
                                        "1 2 3 4 5\n",
                                        "1 2 3 4 5 - cgroup2\n",
                                        "1 2 - cgroup2 a b\n",
                                        "1 2 3 / / - cgroup2 c\n"};
    Scratch *x = *state;
    put_machine(x, "0::/g\n", V2_MOUNT);
    for (size_t i = 0; i < COUNT_OF(NO_BYTES); i++) {
        put(x, "sys/fs/cgroup/g/memory.max", NO_BYTES[i]);
        memory_is(x, AVAILABLE, "MemAvailable");
    }
    for (size_t i = 0; i < COUNT_OF(NO_QUOTA); i++) {
        put(x, "sys/fs/cgroup/g/cpu.max", NO_QUOTA[i]);
        processors_are(x, 8, 8);
    }
    put(x, "sys/fs/cgroup/g/memory.max", "7\n");
    for (size_t i = 0; i < COUNT_OF(LINES); i++) {
        put_machine(x, LINES[i], V2_MOUNT);
        memory_is(x, AVAILABLE, "MemAvailable");
        put_machine(x, "0::/g\n", LINES[i]);
        memory_is(x, AVAILABLE, "MemAvailable");
    }
}

static void test_unreadable(void **state) {
    Scratch *x = *state;
    memory_is(x, memory_bytes(), "physical memory"); // no /proc at all
    processors_are(x, 8, 8);
    put_machine(x, "0::/a/b\n", V2_MOUNT);
    put(x, "proc/meminfo", "MemTotal: 5 kB\nMemAvailable: lots\n");
    put(x, "sys/fs/cgroup/a/b/memory.max/is/a_directory", "");
    put(x, "sys/fs/cgroup/a/b/cpu.max/is/a_directory", "");
    put(x, "sys/fs/cgroup/a/memory.max", "300\n");
    put(x, "sys/fs/cgroup/a/cpu.max", "300000 100000\n");
    memory_is(x, 300, "/sys/fs/cgroup/a/memory.max");
    processors_are(x, 8, 3);
}

/* The system itself: no more than it has, and the narrower of all limits. */
static void test_this_machine(void **state) {
    (void)state;
    const MemoryLimit all = memory_limit_of_all(""), narrowest = memory_limit();
    assert_true(all.bytes > 0 && all.bytes <= memory_bytes() && all.name[0]);
    assert_true(narrowest.bytes <= memory_limit_of_process().bytes);
    assert_true(cpu_count() >= 1);
}

/* --- when memory is refused ------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

enum { ROOM = 64 << 20 };

static void limit_address_space(void) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu", &pages) != 1) _exit(77);
    fclose(f);
    const rlim_t most = pages * (rlim_t)sysconf(_SC_PAGESIZE) + ROOM;
    setrlimit(RLIMIT_AS, &(struct rlimit){most, most});
}

/* What a process that does this under a limit says on stderr; it must end with exit code 1. */
static char *refused(Scratch *x, void (*work)(void), bool limited) {
    char *said = scratch_path(x, "said");
    const pid_t child = fork();
    if (child == 0) {
        if (!freopen(said, "w", stderr)) _exit(2);
        if (limited) limit_address_space();
        work();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77) skip();
    const char *line = scratch_read(x, "said");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1)
        fail_msg("status %x, '%s'", (unsigned)status, line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1); // one line
    assert_null(strstr(line, "bug"));
    return arena_strdup(x->arena, line);
}

static void a_large_piece(void) {
    arena_alloc(arena_open(), 1200000000);
}
static void a_reserve(void) {
    arena_reserve(arena_open(), 1200000000);
}
static void beyond_all_addresses(void) {
    arena_alloc(arena_open(), SIZE_MAX - 5);
}
static void a_product_beyond_all(void) {
    arena_array(arena_open(), (size_t)1 << 62, 1 << 20);
}
static void many_pieces(void) {
    for (Arena *arena = arena_open();;) arena_alloc(arena, 1000);
}
static void a_text(void) {
    static char much[1 << 20];
    for (Text t = {0};;) text_add_bytes(&t, much, sizeof much);
}
static void a_table(void) {
    columns_row(columns_open(1 << 28), "a"); // refused before it asks for the other cells
}
/* Values take cJSON some 80 bytes each, the text 2: the text fits. */
static void a_document(void) {
    static char many[6 << 20];
    JsonDoc *doc;
    Err err = {0};
    for (size_t i = 0; i + 1 < sizeof many; i++) many[i] = i % 2 ? '1' : ',';
    many[0] = '[';
    many[sizeof many - 2] = ']';
    if (json_open(many, "many.json", &doc, &err) != OK) dprintf(2, "%s\n", err.message);
}

static void test_out_of_memory(void **state) {
    static const struct {
        void (*work)(void);
        const char *says;
        bool limited;
    } cases[] = {
        {beyond_all_addresses, "tinyscale: out of memory: 18 EB more were wanted", false},
        {a_product_beyond_all, "tinyscale: out of memory: 18 EB more were wanted", false},
        {a_large_piece, "tinyscale: out of memory: 1.2 GB more were wanted (ulimit -v allows ",
         true},
        {a_reserve, "tinyscale: out of memory: 1.2 GB more were wanted (ulimit -v allows ", true},
        {many_pieces, "tinyscale: out of memory: 262 kB more were wanted (", true},
        {a_text, "tinyscale: out of memory: ", true},
        {a_table, "tinyscale: out of memory: ", true},
        {a_document, "tinyscale: out of memory: ", true},
    };
    Scratch *x = *state;
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
#ifdef SANITIZED
        if (cases[i].limited) continue; // its shadow is larger than any limit
#endif
        const char *line = refused(x, cases[i].work, cases[i].limited);
        if (strncmp(line, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("case %zu: '%s' does not begin '%s'", i, line, cases[i].says);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_machine_without_cgroups),
        TEST(test_nested_cgroups_of_version_2),
        TEST(test_nested_cgroups_of_version_1),
        TEST(test_hybrid),
        TEST(test_containers),
        TEST(test_the_mount_that_shows_most),
        TEST(test_garbage),
        TEST(test_unreadable),
        TEST(test_this_machine),
        TEST(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
