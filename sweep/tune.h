/* tune.h: how far the tuning of a sweep's learning rate is: a pure function of spec and ledger.
 *
 *     cells of "at"  --rates that have ended-->  curves  --all settled-->  rule  -->  lr of each run
 *                    <--one more rate where the best is the last--
 *                                                                  check: the costliest affordable
 *                                                                  run at half and twice its rate
 *
 * tune_open() tells which tuning runs are wanted and, once there is nothing left to try, the rule.
 * The driver runs them, writes the rule into the ledger ("tuned"), and later what the check says
 * ("checked"). A rule that stands there for these tuning runs is taken as it is; what was killed
 * anywhere goes on from the ledger and finds the same. It is no part of the law's fit, whose rows
 * are fresh runs with other seeds: the best of several runs is better by luck than a run is.
 */
#ifndef SWEEP_TUNE_H
#define SWEEP_TUNE_H

#include "base/ledger.h"
#include "data/corpus.h"
#include "sweep/tune_state.h"

/* Read how far the tuning is, and set spec->rule and spec->tuning, which live as long as t and the
 * arena. A spec that tunes nothing leaves *t empty. */
Status tune_open(Tune *t, Spec *spec, Arena *arena, const Ledger *ledger, const Corpus *corpus,
                 Err *err);

#endif
