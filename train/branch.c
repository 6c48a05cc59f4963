/* branch.c: what runs of different lengths share, and how it is handed on. */
#include "train/branch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/proc.h"
#include "train/checkpoint.h"
#include "train/run_dir.h"

// --- what is shared ----------------------------------------------------------------------------

uint64_t branch_step(const RunConfig *c) {
    const uint64_t steps = run_config_steps(c), tail = trainer_tail(steps),
                   flat = schedule_flat(c->schedule, steps, c->warmup, c->decay);
    return flat < tail ? flat : tail;
}

/* Return the first field, other than tokens, in which two configs differ, or NULL. */
static const Field *difference(const RunConfig *a, const RunConfig *b) {
    char of_a[256], of_b[256];
    for (size_t i = 0; i < RUN_FIELDS.n; i++) {
        const Field *f = &RUN_FIELDS.rows[i];
        if (strcmp(f->name, "tokens") == 0) continue;
        field_to_text(f, a, of_a, sizeof of_a);
        field_to_text(f, b, of_b, sizeof of_b);
        if (strcmp(of_a, of_b) != 0) return f;
    }
    return NULL;
}

/* Warm-ups are alike when they are of equal length, or both over before the first step ends. */
static bool same_warmup(const RunConfig *a, const RunConfig *b) {
    const double x = schedule_warm(run_config_steps(a), a->warmup),
                 y = schedule_warm(run_config_steps(b), b->warmup);
    return x == y || (x <= 1 && y <= 1);
}

uint64_t branch_shared(const RunConfig *a, const RunConfig *b) {
    if (difference(a, b) || !same_warmup(a, b)) return 0;
    const uint64_t x = branch_step(a), y = branch_step(b);
    return x < y ? x : y;
}

Status branch_check_trunk(const RunConfig *c, Err *err) {
    if (branch_step(c) > 0) return OK;
    FAIL(err, E_USAGE,
         "--keep-trunk: with schedule %s, decay %g and %llu steps the rate depends on the length "
         "of the run from its first step on: no other run begins like it",
         SCHEDULE_NAMES[c->schedule], c->decay, (unsigned long long)run_config_steps(c));
}

// --- keeping -----------------------------------------------------------------------------------

enum { BEING_WRITTEN, WHOLE };
static const char *const NAMES[] = {[BEING_WRITTEN] = "trunk.next", [WHOLE] = "trunk"};

bool branch_kept(const char *run_dir) {
    char path[RUN_DIR_PATH];
    Err err;
    return run_dir_path(run_dir, NAMES[WHOLE], path, &err) == OK && checkpoint_exists(path);
}

Status branch_keep(const Trainer *t, const char *run_dir, Err *err) {
    char next[RUN_DIR_PATH], whole[RUN_DIR_PATH];
    if (branch_kept(run_dir)) return OK;
    TRY(branch_remove(run_dir, err)); // what is left of one whose removal was cut off
    TRY(run_dir_path(run_dir, NAMES[BEING_WRITTEN], next, err));
    TRY(run_dir_path(run_dir, NAMES[WHOLE], whole, err));
    TRY(run_dir_prepare(next, &t->config, err));
    TRY(run_dir_log_copy(run_dir, next, err));
    TRY(checkpoint_save(t, next, err));
    if (rename(next, whole) == 0) return OK;
    FAIL(err, E_IO, "%s: cannot be renamed: %s", next, strerror(errno));
}

/* Remove a trunk's files, first the one by which it is known to be whole, and its directories. What
 * is not ours stays. */
static Status remove_trunk(const char *dir, Err *err) {
    static const char *const FILES[] = {"checkpoint/optimizer.safetensors",
                                        "checkpoint/model.safetensors",
                                        "checkpoint/model.next.safetensors",
                                        "checkpoint/config.json",
                                        "log.jsonl",
                                        "config.json"};
    char path[RUN_DIR_PATH];
    for (size_t i = 0; i < COUNT_OF(FILES); i++) {
        TRY(run_dir_path(dir, FILES[i], path, err));
        if (unlink(path) != 0 && errno != ENOENT)
            FAIL(err, E_IO, "%s: cannot be removed: %s", path, strerror(errno));
    }
    TRY(run_dir_path(dir, "checkpoint", path, err));
    remove_leftovers(path); // of writers that were killed
    remove_leftovers(dir);
    rmdir(path);
    rmdir(dir);
    return OK;
}

Status branch_remove(const char *run_dir, Err *err) {
    char dir[RUN_DIR_PATH];
    for (size_t i = COUNT_OF(NAMES); i-- > 0;) {
        TRY(run_dir_path(run_dir, NAMES[i], dir, err));
        if (dir_exists(dir)) TRY(remove_trunk(dir, err));
    }
    return OK;
}

// --- branching ---------------------------------------------------------------------------------

/* Check by the trunk's config that this run begins like it. */
static Status check_configs(const RunConfig *mine, const RunConfig *theirs, const char *dir,
                            Err *err) {
    char my_value[64], their_value[64];
    const Field *f = difference(mine, theirs);
    if (f)
        FAIL(err, E_USAGE, "%s: is of a run with %s %s, not %s: a branch differs in tokens only",
             dir, f->name, field_to_text(f, theirs, their_value, sizeof their_value),
             field_to_text(f, mine, my_value, sizeof my_value));
    if (!same_warmup(mine, theirs))
        FAIL(err, E_USAGE,
             "%s: warmup %g is a share of each run's own steps, so that a run of %llu steps does "
             "not begin like this one of %llu: a warmup above 1 is a number of steps",
             dir, mine->warmup, (unsigned long long)run_config_steps(theirs),
             (unsigned long long)run_config_steps(mine));
    return OK;
}

static Status check_step(const RunConfig *c, const char *whose, uint64_t step, const char *dir,
                         Err *err) {
    if (step <= branch_step(c)) return OK;
    FAIL(err, E_USAGE,
         "%s: its checkpoint is of step %llu, and %s run of %llu steps shares only its first %llu "
         "with other lengths (cool-down and last tenth are its own)",
         dir, (unsigned long long)step, whose, (unsigned long long)run_config_steps(c),
         (unsigned long long)branch_step(c));
}

/* Check that the checkpoint is what its directory's config says, on this corpus, by this version's
 * arithmetic. */
static Status check_owner(const Trainer *t, const RunConfig *theirs, const char *owner,
                          const char *dir, Err *err) {
    char id[13];
    run_config_id(theirs, corpus_hash(t->batches.corpus), id);
    if (!*owner)
        FAIL(err, E_USAGE,
             "%s: its checkpoint does not tell of which run it is; an earlier "
             "version wrote it",
             dir);
    if (strcmp(owner, id) != 0)
        FAIL(err, E_USAGE,
             "%s: its checkpoint is of run %s, which is not its config.json on this corpus (%s)",
             dir, owner, id);
    return OK;
}

static Status load_checked(Trainer *t, const char *dir, Arena *arena, Err *err) {
    RunConfig theirs;
    uint64_t step;
    TrainerBranch branch;
    TRY(run_dir_config(dir, arena, &theirs, err));
    if (!checkpoint_exists(dir))
        FAIL(err, E_USAGE,
             "%s: holds no checkpoint to branch from; a run with --keep-trunk leaves "
             "one in DIR/trunk",
             dir);
    TRY(check_configs(&t->config, &theirs, dir, err));
    TRY(checkpoint_run(dir, branch.from, &step, err));
    TRY(check_owner(t, &theirs, branch.from, dir, err));
    TRY(check_step(&theirs, "its", step, dir, err));
    TRY(check_step(&t->config, "this", step, dir, err));
    TRY(checkpoint_load(t, dir, err));
    branch.step = step;
    t->branch = branch;
    return OK;
}

Status branch_load(Trainer *t, const char *trunk, Err *err) {
    Arena *arena = arena_open();
    const Status status = load_checked(t, trunk, arena, err);
    arena_close(arena);
    return status;
}
