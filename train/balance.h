/* balance.h: what the lanes have routed, added up. From it come facts for the log, and the step
 * that evens the load without a loss [Wang et al. 2024, arXiv:2408.15664, alg. 1]:
 *
 *     bias_e += rate sign(mean load - load_e)      after every optimizer step, load over its batch
 *
 * None of it does anything in a dense model.
 */
#ifndef TRAIN_BALANCE_H
#define TRAIN_BALANCE_H

#include "model/model.h"

/* Set the lanes' sums to zero. */
void balance_clear(Lane *lanes, int n_lanes, const Dims *d);
/* Add what the lanes routed since they were cleared to *sum. */
void balance_collect(RouterTally *sum, const Lane *lanes, int n_lanes, const Dims *d);
/* Move the bias by one step; batch is what the lanes routed in the optimizer step. */
void balance_step(Model *m, const RouterTally *batch, double rate);

/* Return what a tally says: all NaN where there are no experts or nothing was routed. */
RouterFacts balance_facts(const RouterTally *tally, const Dims *d);

#endif
