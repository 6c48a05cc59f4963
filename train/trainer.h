/* trainer.h: a run in memory: model, optimizer, lanes, and the numbers that must survive a stop.
 * trainer_step() is one optimizer step; run.c is the loop around it.
 */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "data/batch.h"
#include "model/model.h"
#include "train/adamw.h"
#include "train/balance.h"
#include "train/config.h"

/* What a run has done so far; saved with every checkpoint. */
typedef struct {
    uint64_t step;                // steps done
    double tail_loss, tail_n;     // sum and number of batch losses in the last tenth of the run
    double logged_loss, logged_n; // sum and number of batch losses since the last log line
    double clipped;               // steps whose gradient was clipped
    double routed, dropped; // with experts: tokens times layers, and how many of these were refused
    double wall_s, cpu_s;   // of all sittings
    double cpu_paths;       // CPU paths that took part: the sum of their cpu_path_bit()
} TrainerTally;

/* Where a run that began with steps of another one left it. */
typedef struct {
    char from[13]; // id of the other run; "" when all steps are this run's own
    uint64_t step; // how many steps were the other run's
} TrainerBranch;

typedef struct {
    RunConfig config;
    char id[13]; // run_config_id() of the config and the corpus
    TrainerBranch branch;
    Dims dims;
    uint64_t steps; // of the whole run
    int threads;
    Model model;
    Lane *lanes; // (config.lanes)
    AdamW adamw;
    Batches batches;
    int *tokens, *targets; // (lanes, B, T) of the micro-batches under way
    TrainerTally tally;
    RouterTally routed;              // sums since the last log line; saved with the tally
    RouterTally pass;                // sums of the last step, or of the held-out pass at the end
    double reduction_s, optimizer_s; // wall time so far; Lane.work has that of other operations
} Trainer;

/* Make everything that a run needs, its memory from the arena, with freshly initialised parameters.
 * The corpus must outlive the trainer. */
Status trainer_init(Trainer *t, Arena *arena, const RunConfig *config, const Corpus *corpus,
                    int threads, Err *err);

/* Return the bytes that trainer_init() takes for parameters, moments, and each lane's gradients and
 * activations; UINT64_MAX when there is no such number of bytes. Nothing is allocated. */
uint64_t trainer_bytes(const RunConfig *config, const Dims *d);

typedef struct {
    double loss, grad_norm, lr; // loss: mean nats over the batch, before the step
    bool diverged; // not finite, or far worse than guessing; the parameters were left alone
} TrainerStep;
/* Make one optimizer step. */
TrainerStep trainer_step(Trainer *t);

/* Return the step at which the last tenth of a run begins, whose losses the tally sums up. */
uint64_t trainer_tail(uint64_t steps);

/* Return the threads that a run uses: as many as asked (0: one for each processor), at most one for
 * each lane. */
int trainer_threads(int asked, int lanes);

#endif
