/* spec.h: a sweep's JSON, read and unfolded into runs.
 *
 *     { "name":  "demo",
 *       "data":  { "source": "zipf-memory" },                       // DATA_FIELDS: one corpus for all
 *       "base":  { "layers": 4, "ctx": 64, "lr": 0.004 },           // RUN_FIELDS
 *       "axes":  { "d_model": [16, 32], "tokens": ["250k", "1M"] }, // all pairs, the last axis
 *                                                                   // fastest; no value twice
 *       "runs":  [ { "d_model": 16, "tokens": "4M" } ],             // single runs: changes to base
 *       "seeds": [1, 2],                                            // replicates of all above; an
 *                                                                   // object of "runs" or "hero"
 *                                                                   // may have "seeds" of its own
 *       "seeding": "independent",                                   // or "trunk", or "shared"
 *       "trunks": true,                                             // or false
 *       "tune":  { "lr": { "at": { "d_model": [16, 32], "tokens": ["250k"] } } }, // tune_spec.h
 *       "seal":  "complete",                                        // or "partial"
 *       "best":  ["lr"],                                            // fits keep the best run per cell
 *       "hero":  { "d_model": 64, "tokens": "1M" } }                // or a list; predicted, then run
 *
 * "seal" says what the heroes are predicted from. With "complete" they wait until every run of the
 * grid has ended; with "partial" runs that failed are left out, and the seal says how many.
 *
 * "best" is what `tinyscale fit DIR` does about runs that differ in these fields alone, unless its
 * --best says otherwise: for a spec with an axis of rates. The ledger hands it on.
 *
 * An axis (or a run, or a hero) may give "flops" instead of "tokens": the training budget of an
 * isoFLOP profile; tokens are then flops / training FLOPs per token of that size, rounded to whole
 * batches.
 *
 * Seeding. With "independent" every cell of the grid has its own random streams, so that runs are
 * independent and resampling them is honest: the run's seed is the replicate's seed (0..999: its
 * last three digits) plus 1000 times a hash of the cell, which is its whole config less lr, seed
 * and perturb. Learning-rate neighbours are thereby paired, and a cell keeps its seed (and its id,
 * and its result) when the grid around it grows. With "trunk" the hash leaves tokens out too: runs
 * that differ only in tokens have one seed, so that they share a trunk, and sizes are independent.
 * With "shared" the replicate's seed is the run's: all cells see one order of the data.
 *
 * Trunks. Runs of one trunk that begin alike by branch_shared() (train/branch.h) are trained once
 * as far as they are alike: each longer run begins where the one before it kept its trunk. That
 * changes no bit of any of them; with "trunks": false each runs from scratch.
 *
 * Tuning. With "tune" the learning rate of every run that does not name its own follows from a rule
 * (tune_rule.h), which tuning runs find first. Until it is there those runs are open: their lr is
 * the base's, and their ids are not yet theirs. Runs that share a trunk share a rate as well: that
 * of the geometric middle of the grid's lengths of the trunk.
 */
#ifndef SWEEP_SPEC_H
#define SWEEP_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "sweep/tune_rule.h"
#include "sweep/tune_spec.h"
#include "train/config.h"

/* Whose streams a run has: its own cell's, those of all lengths of its cell, or its replicate's. */
typedef enum { SEEDING_INDEPENDENT, SEEDING_TRUNK, SEEDING_SHARED } SpecSeeding;

typedef struct {
    RunConfig config;
    bool hero;
    bool tuning; // one of those that find the learning rate
    bool tuned;  // its learning rate is the rule's
    bool open;   // tuned, and there is no rule yet
    char id[13];
    char trunk[13];    // hash of the config less tokens and perturb: runs with one trunk differ in
                       // length, or in rounding, only
    const char *where; // its place in the spec, for errors
} SpecRun;

typedef struct {
    const char *path; // what errors call it
    Bytes text;       // as read
    JsonDoc *doc;     // until spec_close(); all else lives as long as the arena
    const char *name;
    DataSpec data;
    RunConfig base;
    SpecSeeding seeding;
    bool scratch;      // "trunks" is false: no run begins with steps of another one
    bool wants_trunks; // "trunks" is true in so many words
    bool seal_partial; // predict the hero even if runs of the grid have failed
    const char *best;  // fields of which a fit keeps the best run per cell, "lr"; NULL: none
    TuneSpec tune;
    // of a sweep's directory, for specs that tune (tune.h)
    const TuneRule *rule;       // of the learning rate; NULL: not found yet
    const TuneRule *batch_rule; // of batch_tok; NULL: not found yet, or not tuned
    const SpecRun *tuning;      // (n_tuning) the tuning runs that are known so far
    size_t n_tuning;
} Spec;

/* Read a spec and check all of it that needs no corpus, every run's config included. */
Status spec_open(Spec *s, Arena *arena, const char *path, Err *err);
/* Read one from memory, which the arena holds; path is what errors call it. */
Status spec_open_text(Spec *s, Arena *arena, const char *path, Bytes text, Err *err);
void spec_close(Spec *s); // a zero Spec is fine

/* Unfold the spec into its runs, in plan order: tuning, grid, single runs, heroes. Equal runs are
 * merged (*n_merged counts those dropped; a tuning run that is one of the grid stands in the grid
 * only); a hero that is a run of the grid is E_USAGE. */
Status spec_runs(const Spec *s, Arena *arena, int vocab, uint64_t corpus_hash, SpecRun **out,
                 size_t *n, size_t *n_merged, Err *err);

/* Unfold an object of axes into its combinations, each a change of base. */
Status spec_cells(const Spec *s, Arena *arena, int vocab, const Json *axes, RunConfig **out,
                  size_t *n, Err *err);

/* Make the run of a config whose seed is a replicate's: its own seed by the spec's seeding, its id
 * and its trunk. The config has been checked. */
Status spec_run_of(const Spec *s, const RunConfig *config, uint64_t corpus_hash, SpecRun *out,
                   Err *err);

/* Make the tuning run that is this run at another rate, with its streams. */
void spec_run_at_lr(const SpecRun *run, double lr, uint64_t corpus_hash, SpecRun *out);

const char *spec_run_role(const SpecRun *run); // "tuning", "grid" or "hero"

/* Write the CRC-32 of the spec's text as hex digits into hex, which is returned. */
const char *spec_crc_text(const Spec *s, char hex[9]);

/* Tell whether two specs ask for one corpus: whether their "data" objects are equal once defaults
 * are filled in. */
bool spec_same_data(const Spec *a, const Spec *b);

#endif
