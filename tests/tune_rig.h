/* tune_rig.h: for tests of a sweep that tunes itself: its spec, and a worker whose losses are
 * planted. */
#ifndef TESTS_TUNE_RIG_H
#define TESTS_TUNE_RIG_H

#include "sweep/sweep.h"
#include "tests/sweep_rig.h"

/* A worker whose loss is a parabola in ln lr about 0.016 (d_model / 16)^0.1 (tokens / 20000)^-0.2
 * (batch / 512)^0.5, and diverges above 0.2. The mode plants a best batch, too: "batches" 256
 * (tokens / 20000)^0.4, "small" 40, "large" 100000. */
static const char PLANTED[] =
    "#!/bin/sh\n"
    "case $1 in fit) id=${5%%,*}\n"
    "echo \"{\\\"predictions\\\":[{\\\"id\\\":\\\"${id#id=}\\\"}]}\" > $2/prediction.json; exit "
    "0;; esac\n"
    "read -r mode < \"${0%/*}/mode\"\n"
    "[ \"$mode\" = fail ] && { echo 'disk on fire' >&2; exit 1; }\n"
    "case $* in *--keep-trunk*) mkdir -p $4/trunk/checkpoint; : > "
    "$4/trunk/checkpoint/optimizer.safetensors;; esac\n"
    "awk -F'[:,]' -v mode=$mode '/\"lr\"/ {lr=$2} /\"d_model\"/ {d=$2} /\"batch_tok\"/ {b=$2} "
    "/\"tokens\"/ {t=$2}\n"
    "END { best = log(.016) + .1*log(d/16) - .2*log(t/20000); if (mode == \"far\" && t > 50000) "
    "best -= 2; x = log(lr) - best - .5*log(b/512)\n"
    "y = mode == \"batches\" ? log(b/256) - .4*log(t/20000) : mode == \"small\" ? log(b/40) : "
    "mode == \"large\" ? log(b/100000) : 0\n"
    "printf \"{\\\"end\\\":\\\"%s\\\",\\\"steps\\\":97,\\\"tokens\\\":%d,\\\"unique_tokens\\\":%d,"
    "\\\"loss\\\":%.12g,\\\"loss_se\\\":0.01,\\\"train_loss\\\":2.4,\\\"flops\\\":1e9,"
    "\\\"clipped\\\":0,"
    "\\\"wall_s\\\":0.5,\\\"cpu_s\\\":0.5,\\\"tok_per_s\\\":1e5,\\\"peak_bytes\\\":1000000}\\n\", "
    "(lr > .2 ? \"diverged\" : \"done\"), t, t, 2.5*exp(.03*x*x + .03*y*y) }' $2 > $4/tmp\n"
    "mv $4/tmp $4/result.json\n";

#define TUNE_SPEC(seeding, grid)                                                                   \
    "{\"name\":\"t\",\"data\":{\"source\":\"markov\",\"symbols\":8,\"order\":1,\"tokens\":200000," \
    "\"heldout_tok\":20000},\"base\":{\"layers\":1,\"d_head\":8,\"ctx\":32,\"batch_tok\":512,"     \
    "\"eval_tok\":4096,\"warmup\":5,\"lr\":0.004}," seeding                                        \
    "\"axes\":{\"d_model\":[16,32],\"tokens\":[20000,40000,80000]},"                               \
    "\"runs\":[{\"d_model\":16,\"tokens\":30000,\"lr\":0.003}],"                                   \
    "\"tune\":{\"lr\":{\"at\":{\"d_model\":[16,32],\"tokens\":[10000,40000]}" grid "}},"           \
    "\"hero\":{\"d_model\":32,\"tokens\":160000}}"

static inline int open_tuned(void **state) {
    if (open_sweep(state) != 0) return -1;
    Scratch *x = *state;
    scratch_write(x, "spec.json", TUNE_SPEC("", ",\"check\":0.9"));
    return chmod(scratch_write(x, "fake", PLANTED), 0755);
}
#define TUNE_TEST(name) cmocka_unit_test_setup_teardown(name, open_tuned, scratch_close)

static inline void look(Scratch *x, Sweep *s) {
    assert_ok(
        x, sweep_open(s, scratch_path(x, "spec.json"), scratch_path(x, "t"), SWEEP_LOOK, &x->err));
}

#endif
