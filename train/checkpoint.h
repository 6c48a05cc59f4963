/* checkpoint.h: a run's parameters and optimizer on disk.
 *
 *     checkpoint/model.safetensors      parameters under Hugging Face names, [out, in]
 *     checkpoint/config.json            the public architecture that computes the same, for their loaders
 *     checkpoint/optimizer.safetensors  both moments, the tally of the run
 *
 * Public architectures, all with swiglu:
 *
 *                                                     qk_norm      without
 *     dense                                           qwen3        llama
 *     experts: router renorm or topk                  qwen3_moe    mixtral, of moe_every 1
 *              router softmax                         qwen3_moe    -
 *              shared ones, bias, or router sigmoid   -            -
 *
 * With gelu, and where the table has none, model_type is "tinyscale" and architectures is empty:
 * tensors keep their public names and config.json says all that a loader of one's own needs.
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

#endif
