/* branch.h: runs that differ in their number of tokens only, and begin alike.
 *
 * With a schedule that holds its rate, the first steps of a run do not know how long the run will
 * be: they are its trunk. A longer run can begin where a shorter one has kept it, and its bits are
 * those of the run from scratch. So K lengths cost (1 - c) D_max + c sum D_i tokens, where c is the
 * share of the cool-down, and not sum D_i (Haegele et al. 2024, arXiv:2405.18392).
 *
 *     run r1 keeps r1/trunk/ at branch_step(): config.json, log.jsonl and checkpoint/, like a run's
 *     run r2, twice as long, begins with branch_load(t, "r1/trunk")
 *
 * What a run shares is decided by these functions alone, from configs. Tokens appear nowhere in a
 * run but in its schedule, in the mean loss of its last tenth, and where it ends.
 */
#ifndef TRAIN_BRANCH_H
#define TRAIN_BRANCH_H

#include "base/err.h"
#include "train/config.h"
#include "train/trainer.h"

/* Return how many of a run's first steps are those of every longer run with the same warm-up: up
 * to its cool-down, or to its last tenth, whose losses are summed up, where that comes first. */
uint64_t branch_step(const RunConfig *c);

/* Return how many of their first steps two runs have in common, 0 when they differ in anything but
 * tokens, or in the steps of their warm-up. */
uint64_t branch_shared(const RunConfig *a, const RunConfig *b);

/* Check that a run has a trunk to keep: E_USAGE when its rate depends on its length from the first
 * step on. */
Status branch_check_trunk(const RunConfig *c, Err *err);

/* Keep the state of a run at branch_step() as run_dir/trunk, which appears whole; nothing is done
 * when it is there. The log must have been flushed. */
Status branch_keep(const Trainer *t, const char *run_dir, Err *err);
bool branch_kept(const char *run_dir); // run_dir/trunk is there
Status branch_remove(const char *run_dir, Err *err);

/* Begin a run with the state of a trunk, or of another run's directory; its log is for
 * run_dir_log_copy(). E_USAGE when that run is not this one but for its tokens, is on another
 * corpus, or is past what both share. */
Status branch_load(Trainer *t, const char *trunk, Err *err);

#endif
