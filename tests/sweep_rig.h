/* sweep_rig.h: for tests of sweeps: the plan of a small spec; and for those of the driver a scratch
 * directory with a spec and a worker that pretends, the driver run on it, and what it left
 * behind. */
#ifndef TESTS_SWEEP_RIG_H
#define TESTS_SWEEP_RIG_H

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ledger.h"
#include "sweep/drive.h"
#include "sweep/plan.h"
#include "tests/scratch_dir.h"

/* ---- plans ---------------------------------------------------------------------------------- */

typedef struct {
    Spec spec;
    Corpus *corpus;
    Plan plan;
} Planned;

/* Plan a spec of these members beside its name, data and base. */
static inline Planned plan_of(Scratch *x, const char *members) {
    Planned p;
    const char *text = arena_printf(
        x->arena,
        "{\"name\":\"t\",\"data\":{\"source\":\"markov\",\"symbols\":8,\"order\":1,"
        "\"tokens\":100000,\"heldout_tok\":20000},\"base\":{\"layers\":1,\"d_head\":8,\"ctx\":32,"
        "\"batch_tok\":512,\"eval_tok\":4096,\"tokens\":50000,\"schedule\":\"wsd\",\"warmup\":2},%"
        "s}",
        members);
    assert_ok(x, spec_open(&p.spec, x->arena, scratch_write(x, "s.json", text), &x->err));
    assert_ok(x, corpus_prepare(&p.spec.data, scratch_path(x, "c.tok"), &p.corpus, NULL, &x->err));
    assert_ok(x, plan_make(&p.plan, x->arena, &p.spec, p.corpus, &x->err));
    return p;
}

static inline void close_plan(Planned *p) {
    corpus_close(p->corpus);
    spec_close(&p->spec);
}

/* ---- the driver ----------------------------------------------------------------------------- */

/* train CONFIG --out DIR ...: does what the file "mode" says, or writes a result. fit DIR ...:
 * seals. fit --expect RUNS --save-choice ANSWER: keeps the runs as "runs.csv" and expects 2 %. */
static const char FAKE[] =
    "#!/bin/sh\n"
    "case $1 in\n"
    "fit) case $2 in --expect)\n"
    "echo asked >> ${0%/*}/asks; cp \"$3\" \"${0%/*}/runs.csv\"\n"
    "[ -e \"${0%/*}/no expectation\" ] && { echo 'no law in sight' >&2; exit 1; }\n"
    "set -- $(grep -m 1 ^hero \"$3\" | tr , ' ') \"$5\"\n"
    "echo \"{\\\"level\\\":0.9,\\\"noise\\\":0.003,\\\"trunk_noise\\\":0.004,\\\"half_width_of_"
    "noise\\\":0.0082,\\\"heroes\\\":[{\\\"params\\\":$2,\\\"tokens\\\":$3,\\\"cost\\\":4.36,"
    "\\\"half_width\\\":0.02,\\\"lo\\\":0.0149,\\\"hi\\\":0.104}]}\" > \"$6\"; exit 0;; esac\n"
    "id=${5%%,*}; echo fit >> ${0%/*}/fits\n"
    "read -r fits < \"${0%/*}/fit mode\"\n"
    "case $fits in\n"
    "fail) echo 'no law in sight' >&2; exit 1;;\n"
    "crash) kill -9 $$;;\n"
    "none) exit 0;;\n"
    "other) id=id=0123456789ab;;\n"
    "esac\n"
    "n=${5#*params=} d=${5#*tokens=}\n"
    "echo "
    "\"{\\\"predictions\\\":[{\\\"id\\\":\\\"${id#id=}\\\",\\\"params\\\":${n%%,*},\\\"tokens\\\":"
    "${d%%,*},\\\"loss\\\":2,\\\"lo\\\":1.9,\\\"hi\\\":2.1}]}\" > $2/prediction.json; exit 0;;\n"
    "esac\n"
    "dir=$4\n"
    "echo \"$*\" >> \"${0%/*}/args\"\n"
    "read -r mode < \"${0%/*}/mode\"\n"
    "case $mode in\n"
    "fail) echo 'first words' >&2; echo 'disk on fire' >&2; exit 1;;\n"
    "crash) kill -9 $$;;\n"
    "slow) trap 'echo > $dir/saved; exit 1' TERM; echo $$ > $dir/pid; echo 1 >&3; while :; do "
    "sleep 0.05; done;;\n"
    "torn) echo '{\"end\":' > $dir/result.json; exit 0;;\n"
    "full) echo \"tinyscale: cannot write 'x': No space left on device\" >&2; exit 1;;\n"
    "branches) case $* in *--branch-from*) echo 'rotten trunk' >&2; exit 1;; esac;;\n"
    "short) grep -q '\"tokens\": 20000,' $2 && exit 1;;\n"
    "fail16) grep -q '\"d_model\": 16' $2 && { echo 'disk on fire' >&2; exit 1; };;\n"
    "esac\n"
    "case $* in *--keep-trunk*) mkdir -p $dir/trunk/checkpoint; : > "
    "$dir/trunk/checkpoint/optimizer.safetensors;; esac\n"
    "cat > $dir/tmp <<EOF\n"
    "{\"end\":\"done\",\"steps\":97,\"tokens\":49664,\"unique_tokens\":49664,\"loss\":2.5,\"loss_"
    "se\":0.01,\"train_loss\":2.4,"
    "\"flops\":1e9,\"clipped\":0,\"wall_s\":0.5,\"cpu_s\":0.5,\"tok_per_s\":1e5,\"peak_bytes\":"
    "1000000}\n"
    "EOF\n"
    "mv $dir/tmp $dir/result.json\n";

#define SPEC(name, symbols, axis)                                                                  \
    "{\"name\":\"" name "\",\"data\":{\"source\":\"markov\",\"symbols\":" symbols                  \
    ",\"order\":1,\"tokens\":100000,\"heldout_tok\":20000},"                                       \
    "\"base\":{\"layers\":1,\"d_head\":8,\"ctx\":32,\"batch_tok\":512,\"eval_tok\":4096,"          \
    "\"tokens\":50000},"                                                                           \
    "\"axes\":{\"d_model\":" axis "},\"hero\":{\"d_model\":32}}"

static inline void set_mode(Scratch *x, const char *mode) {
    scratch_write(x, "mode", arena_printf(x->arena, "%s\n", mode));
}

static inline void set_fit_mode(Scratch *x, const char *mode) {
    scratch_write(x, "fit mode", arena_printf(x->arena, "%s\n", mode));
}

static inline int open_sweep(void **state) {
    if (scratch_open(state) != 0) return -1;
    Scratch *x = *state;
    setenv("TINYSCALE_QUIET", "1", 1);
    scratch_write(x, "spec.json", SPEC("t", "8", "[8, 16, 24]"));
    set_mode(x, "work");
    set_fit_mode(x, "work");
    return chmod(scratch_write(x, "fake", FAKE), 0755);
}

/* The driver's words for people go nowhere. */
static inline Status drive_with(Scratch *x, const char *spec, double budget_s) {
    const DriveOptions o = {.spec = scratch_path(x, spec),
                            .out = scratch_path(x, "t"),
                            .jobs = 2,
                            .budget_s = budget_s,
                            .program = scratch_path(x, "fake")};
    fflush(stdout);
    const int keep = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    const Status status = drive_sweep(&o, &x->err);
    fflush(stdout);
    dup2(keep, STDOUT_FILENO);
    close(keep);
    close(null);
    return status;
}

static inline Status drive(Scratch *x) {
    return drive_with(x, "spec.json", 0);
}

/* How many events of a kind (and, for runs, of a status) the ledger holds. */
static inline int count(Scratch *x, const char *kind, const char *status) {
    Ledger *l = NULL;
    bool torn;
    int n = 0;
    scratch_path(x, "t");
    assert_ok(x, ledger_open(scratch_path(x, "t"), false, &l, &torn, &x->err));
    for (size_t i = 0; i < ledger_size(l); i++)
        n += strcmp(ledger_kind(l, i), kind) == 0 &&
             (!status || strcmp(json_string_or(ledger_event(l, i), "status", ""), status) == 0);
    ledger_close(l);
    return n;
}

/* points.csv without its timing columns, which are the last seven. */
static inline char *points(Scratch *x) {
    char *csv = scratch_read(x, "t/points.csv"), *out = csv;
    for (char *line = csv, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        char *cut = end;
        for (int comma = 0; comma < 7; comma += *cut == ',') cut--;
        memmove(out, line, (size_t)(cut - line));
        out += cut - line;
        *out++ = '\n';
    }
    *out = '\0';
    return csv;
}

#define DRIVE_TEST(name) cmocka_unit_test_setup_teardown(name, open_sweep, scratch_close)

#endif
