/* checkpoint.h: a run's parameters and optimizer on disk.
 *
 *     checkpoint/model.safetensors      parameters, as other programs read them (export.h)
 *     checkpoint/config.json            what other programs need to know of them
 *     checkpoint/optimizer.safetensors  both moments, and the tally of the run
 *
 * Each file carries a CRC and appears whole. Model and optimizer are always of one step: the new
 * model waits as model.next.safetensors until the new optimizer is in place, and whoever loads
 * finishes a change that was cut off.
 */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "base/err.h"
#include "train/trainer.h"

/* Save parameters, moments and tally in run_dir/checkpoint. */
Status checkpoint_save(const Trainer *t, const char *run_dir, Err *err);
bool checkpoint_exists(const char *run_dir);
/* Fill the parameters, moments and tally of a trainer whose config is that of the run. */
Status checkpoint_load(Trainer *t, const char *run_dir, Err *err);

/* Read whose checkpoint it is (run_config_id(); "" when an earlier version wrote it), and of which
 * step. */
Status checkpoint_run(const char *run_dir, char id[13], uint64_t *step, Err *err);

/* Open a run's config, and its model for a vocabulary of `vocab` tokens with the parameters alone:
 * no moments, no gradients. The arena holds both. */
Status checkpoint_open(const char *run_dir, int vocab, Arena *arena, RunConfig *config, Model *m,
                       Err *err);

#endif
