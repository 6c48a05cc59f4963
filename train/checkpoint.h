/* checkpoint.h: a run's parameters and optimizer on disk.
 *
 *     checkpoint/model.safetensors      parameters under Hugging Face names, [out, in] (Llama; Qwen3 when qk_norm)
 *     checkpoint/config.json            the nearest public architecture, for their loaders
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

/* One exported tensor: columns [from, from + cols) of a parameter tensor's layer, transposed. */
typedef struct {
    char name[64];
    ParamId tensor;
    int layer, from, rows, cols; // exported shape: (rows, cols), rows 0 for vectors
    bool transposed;
} Export;
enum { MAX_EXPORTS_PER_LAYER = 11 };
/* Every tensor of the export for these dimensions, in file order; returns how many (at most 3 + 11
 * L). */
int checkpoint_exports(const Dims *d, Export *out);

#endif
