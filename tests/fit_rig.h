/* fit_rig.h: what `tinyscale fit` prints of tables that a test makes. */
#ifndef TESTS_FIT_RIG_H
#define TESTS_FIT_RIG_H

#include <math.h>
#include <unistd.h>

#include "tests/scratch_dir.h"

#include "base/commands.h"
#include "base/rng.h"
#include "base/text.h"

/* What `tinyscale fit` prints with these arguments, NULL-terminated. */
static inline char *fit_rig_prints(Scratch *x, const char *const args[], const char *extra) {
    const char *argv[40] = {"fit"}, *path = scratch_path(x, "stdout");
    int argc = 1;
    for (; args[argc - 1]; argc++) argv[argc] = args[argc - 1];
    argv[argc++] = "--starts=4";
    if (extra) argv[argc++] = extra;
    fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    assert_true(dup2(fileno(to), STDOUT_FILENO) >= 0);
    const Status status = cmd_fit(argc, (char **)argv, &x->err);
    fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    close(kept);
    fclose(to);
    assert_ok(x, status);
    return scratch_read(x, "stdout");
}

/* Runs on L = .9 + 19 N^-.3 + 84 D^-.35, two of each trunk; with experts, models that are worth
 * dense ones of twice their size. */
static inline const char *fit_rig_table(Scratch *x, bool experts) {
    const Stream noise = stream_open(3, "noise", 0);
    Text t = {0};
    text_add(&t, "params,tokens,loss,trunk,cpu_s,d_model,lr%s\n",
             experts ? ",experts,top_k,params_active,flops" : "");
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 4; j++)
            for (int e = 1; e <= (experts ? 8 : 1); e *= 2) {
                const double n = 2e4 * pow(2, i), d = 2e5 * pow(3, j);
                const double loss = 0.9 + 19 * pow(e > 1 ? 2 * n : n, -0.3) + 84 * pow(d, -0.35);
                text_add(&t, "%.0f,%.0f,%.6f,t%d,%.4f,%d,0.004", n * e, d,
                         loss * exp(0.003 * stream_normal(&noise, (uint64_t)(8 * i + j + 100 * e))),
                         2 * i + j / 2 + 100 * e, 1e-9 * pow(n * d, 0.95), 16 * (i + 1));
                if (experts) text_add(&t, ",%d,1,%.0f,%.6g", e, n, 6 * n * d * (e > 1 ? 1.02 : 1));
                text_add(&t, "\n");
            }
    const char *path = scratch_write(x, experts ? "experts.csv" : "dense.csv", t.s);
    text_close(&t);
    return path;
}

#endif
