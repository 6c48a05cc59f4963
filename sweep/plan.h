/* plan.h: what a sweep will cost before it starts: every run with N, D, FLOPs, seconds and memory,
 * and the total; which runs begin with the trunk of a shorter one, and what that saves.
 *
 *     d32, 1M  |------------ trunk of 1M --+-- cool-down          from scratch
 *     d32, 2M                              +-----------+-- cool-down
 *     d32, 4M                                          +------------------+-- cool-down
 *
 * Each run begins where the next shorter one kept its trunk, so that the shortest come first and
 * every step of the trunk is made once. A run of the grid never waits for a hero.
 */
#ifndef SWEEP_PLAN_H
#define SWEEP_PLAN_H

#include <stdio.h>

#include "data/corpus.h"
#include "model/counts.h"
#include "sweep/spec.h"

typedef struct {
    SpecRun run;
    ParamCount params;
    double tokens;  // D, in whole batches
    double flops;   // model FLOPs of its training
    double seconds; // predicted on one thread; NaN before plan_measure()
    double path;    // seconds from its start to the end of all that begin with its trunk
    uint64_t bytes; // memory that its worker takes
    size_t parent;  // the row whose trunk it begins with, or PLAN_NO_PARENT
    uint64_t begin; // steps that are its parent's; 0 without one
    bool keeps;     // it is a parent
} PlanRow;
#define PLAN_NO_PARENT SIZE_MAX

typedef struct {
    PlanRow *rows;      // tuning first, then the grid, heroes last
    size_t n, n_grid;   // rows; those that come before the heroes: tuning and grid
    size_t n_tuning;    // those that find the learning rate, or check it; they come first
    size_t n_merged;    // runs of the spec that were equal to another and have no row
    bool wants_trunks;  // the spec asks for trunks in so many words
    double most_epochs; // largest tokens / training tokens of the corpus of any run
} Plan;

/* Unfold the spec and check every run against the corpus; nothing has been started then. */
Status plan_make(Plan *p, Arena *arena, const Spec *spec, const Corpus *corpus, Err *err);

/* Check that the rows for which wanted[i] (NULL: all) fit into the memory that may be used here
 * (base/limits.h): each of them alone, and the largest of the grid, then of the heroes, side by
 * side in as many workers. E_FAILED names the run or the number of workers, the bytes and the
 * limit. Nothing is allocated to find out. */
Status plan_check_memory(const Plan *p, Arena *arena, const bool *wanted, int workers, Err *err);

/* Predict seconds of the rows for which wanted[i] (NULL: all), from timed steps of as many distinct
 * shapes as two seconds allow; the others lie between their neighbours in FLOPs per token. A shape
 * that does not fit into memory is not tried; where none was, seconds stay NaN. */
Status plan_measure(Plan *p, Arena *arena, const bool *wanted, int vocab, Err *err);

/* Take over the seconds that an older plan of the sweep was predicted for the same shapes; rows of
 * other shapes stay NaN. */
void plan_keep_seconds(Plan *p, const Plan *old);

/* Predict the seconds that rows from .. to-1 will take on so many workers, longest path first, each
 * from its parent's trunk on; only those for which wanted[i]. NaN when the seconds of one of them
 * are not known. */
double plan_seconds(const Plan *p, Arena *arena, size_t from, size_t to, const bool *wanted,
                    int workers);

// --- trunks (plan_trunks.c) ---------------------------------------------------------------------

/* Fill in each row's parent, begin and keeps, from the configs alone. */
void plan_trunks_find(Plan *p, Arena *arena);

/* Fill in each row's path, once its seconds are known. */
void plan_trunks_paths(Plan *p);

double plan_trunks_tokens(const PlanRow *r);  // that it is trained on itself
double plan_trunks_seconds(const PlanRow *r); // that it is predicted to take itself

/* What the trunks of a plan save. */
typedef struct {
    size_t branches;               // runs that begin with steps of another
    double tokens, trained_tokens; // of all runs, and those that are trained on
    double flops, trained_flops;
} TrunkSavings;
TrunkSavings plan_trunks_savings(const Plan *p);

/* Predict the seconds of rows from .. to-1 as plan_seconds() does, were each from scratch. */
double plan_trunks_scratch_seconds(const Plan *p, Arena *arena, size_t from, size_t to,
                                   int workers);

// --- showing -----------------------------------------------------------------------------------

/* Warn on stderr of runs that were merged, of runs that read the corpus more than once, and of
 * trunks that were asked for and that no two runs share. */
void plan_warn(const Plan *p);

void plan_print(const Plan *p, Arena *arena, int workers, FILE *out);
/* Write the plan as members of the open object. */
void plan_to_json(const Plan *p, Arena *arena, int workers, JsonOut *out);

#endif
