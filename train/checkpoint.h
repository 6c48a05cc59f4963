/* checkpoint.h: a run's parameters and optimizer on disk.
 *
 *     checkpoint/model.safetensors      parameters, as other programs read them (export.h)
 *     checkpoint/config.json            what these need to know of them
 *     checkpoint/optimizer.safetensors  both moments, the tally of the run
 *
 * All carry a CRC and appear whole. The pair of model and optimizer is kept in step: the new model
 * waits as model.next.safetensors until the new optimizer is in place, and whoever loads finishes a
 * change that was cut off.
 */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "base/err.h"
#include "train/trainer.h"

Status checkpoint_save(const Trainer *t, const char *run_dir, Err *err);
bool checkpoint_exists(const char *run_dir);
/* Fill parameters, moments and tally of a trainer of the same config. */
Status checkpoint_load(Trainer *t, const char *run_dir, Err *err);

/* A run's config, and its model of so many tokens of vocabulary with the parameters alone: no
 * moments, no gradients. The arena holds both. */
Status checkpoint_open(const char *run_dir, int vocab, Arena *arena, RunConfig *config, Model *m,
                       Err *err);

#endif
