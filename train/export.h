/* export.h: a model in the format of Hugging Face transformers: its tensors under public names, and
 * the config.json that tells a loader what to make of them.
 *
 * Public architectures, all with swiglu:
 *
 *                                                     qk_norm      without
 *     dense                                           qwen3        llama
 *     experts: router renorm or topk                  qwen3_moe    mixtral, of moe_every 1
 *              router softmax                         qwen3_moe    -
 *              shared ones, bias, or router sigmoid   -            -
 *
 * With gelu, and where the table has "-", model_type is "tinyscale" and architectures is empty. The
 * tensors keep their public names then, and config.json says all that a loader of one's own needs.
 *
 * Matrices are stored [out, in] there and [in, out] here, and are transposed on the way. muP's
 * multiplier of tied logits goes out in the last norm's gain, which every loader honours.
 */
#ifndef TRAIN_EXPORT_H
#define TRAIN_EXPORT_H

#include "base/err.h"
#include "model/model.h"
#include "train/safetensors.h"

/* Write the parameters to a safetensors file, with one line of metadata. */
Status export_save(const Model *m, const char *path, const SafeTensorMeta *step, Err *err);

/* Read the parameters into a model of equal dimensions. The last norm's gain comes with the logit
 * multiplier folded in, and the caller puts it right. E_FORMAT when a tensor is missing or of
 * another shape. */
Status export_load(Model *m, const SafeTensors *s, Err *err);

/* Write config.json. aux_loss is the weight of the balance loss, where experts have one. */
Status export_config_save(const Dims *d, double aux_loss, const char *path, Err *err);

#endif
