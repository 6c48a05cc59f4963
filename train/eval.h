/* eval.h: a run that has ended, or has a checkpoint, looked at again: what its parameters say of
 * the held-out windows. */
#ifndef TRAIN_EVAL_H
#define TRAIN_EVAL_H

#include "base/err.h"
#include "data/corpus.h"
#include "train/measure.h"

/* Take all measures of the checkpoint's parameters, on the windows that the run's config names.
 * E_USAGE when `dir` is no run's directory or the corpus does not fit, E_FORMAT when a file is
 * damaged. */
Status eval_run(const char *dir, const Corpus *corpus, Measured out[N_MEASURES], Err *err);

/* Write tokens and logits of the first held-out windows as safetensors, for other programs to
 * compare with: "tokens" (B, T) and "logits" (B T, V), both as floats. */
Status eval_logits(const char *dir, const Corpus *corpus, const char *path, Err *err);

#endif
