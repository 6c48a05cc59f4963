/* tune_check.h: whether the rule for the learning rate holds where it was not measured: a run of
 * the grid beside the same run at half and at twice its rate.
 *
 * The cell is the costliest for which the two runs together cost at most a share of the grid's
 * FLOPs ("check" of the spec). They have the streams of the grid's run, so that its luck is
 * theirs. */
#ifndef SWEEP_TUNE_CHECK_H
#define SWEEP_TUNE_CHECK_H

#include "base/ledger.h"
#include "data/corpus.h"
#include "sweep/tune_state.h"

/* Choose the cell and read what has ended of it. spec->rule is set as far as it is known, and
 * spec->tuning is empty. Where no cell is cheap enough, t->has_check stays false. */
Status tune_check_open(Tune *t, const Spec *spec, Arena *arena, const Ledger *ledger,
                       const Corpus *corpus, Err *err);

#endif
