/* config.h: everything that decides a run, as one record and one field table (flags, JSON keys,
 * ledger columns).
 *
 *     { "data": { "source": "zipf-memory" }, "d_model": 32, "tokens": "1M", "lr": 0.004, "schedule": "wsd" }
 *
 * A run is a pure function of this record and its corpus: threads, place and time are not in it.
 */
#ifndef TRAIN_CONFIG_H
#define TRAIN_CONFIG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/field.h"
#include "data/corpus.h"
#include "data/source.h"
#include "model/dims.h"
#include "train/schedule.h"

/* Part of every run's id: bump by hand whenever a change alters the bits of a run's losses. */
enum { NUMERICS_VERSION = 3 };

/* How the load of experts is evened: by a loss, by a bias on the choice of experts, or not at
 * all. */
typedef enum { BALANCE_AUX, BALANCE_BIAS, BALANCE_NONE } RunBalance;

/* muP: hidden and head learning rates fall as d_base / d_model; standard: one rate for all. */
typedef enum { PARAMETRIZATION_MUP, PARAMETRIZATION_SP } RunParametrization;

typedef struct {
    // shape
    int layers, d_model, d_head;
    int d_ff; // 0: 4 d_model (gelu), 8/3 d_model rounded up to 8 (swiglu)
    int ctx;  // tokens per window, T
    Activation activation;
    bool qk_norm, tied;
    // experts: those that a token visits are together as wide as the MLP that they replace
    int experts, top_k, granularity, shared; // experts 1: dense, whatever the others say
    int moe_every;
    Router router;
    RunBalance balance;
    double aux_loss, z_loss, bias_rate;
    bool dropless;
    double capacity; // rows an expert takes as a multiple of an even share, unless dropless
    RunParametrization parametrization;
    int d_base;        // width at which lr was tuned
    double init_embed; // standard deviation of the embedding; 0: run_config_init_embed()
    double embed_lr;   // embedding learning rate as a multiple of lr (mup)
    // data and length
    uint64_t tokens;    // training tokens; rounded down to whole batches
    uint64_t batch_tok; // tokens per optimizer step, a multiple of lanes * ctx
    int lanes;          // parts that a batch is split into, whatever the number of threads
    // optimizer
    double lr, beta1, beta2, eps, weight_decay, clip;
    Schedule schedule;
    double warmup; // up to 1: share of the steps; above: steps
    double decay;  // wsd: share of the steps that decay to zero
    // judging and record
    uint64_t eval_tok; // held-out tokens for the final loss
    int log_steps;     // a log line every so many steps
    uint64_t seed;     // init and order streams
    uint64_t perturb;  // how the initial weights are nudged (params_nudge()); 0: they are not
    DataSpec data;     // the "data" object; its fields are in DATA_FIELDS
} RunConfig;

extern const FieldTable RUN_FIELDS; // every field but `data`
RunConfig run_config_default(void);

/* Read a config from a JSON object, its "data" member included; fields that are not there keep
 * their values. */
Status run_config_from_json(RunConfig *c, Arena *arena, const JsonDoc *doc, const Json *object,
                            Err *err);
/* Write "data" and the canonical form, as members of the open object. */
void run_config_to_json(const RunConfig *c, JsonOut *out);
/* Write every field but `data` in table order, as members of the open object: the canonical form,
 * of which ids, seeds of cells and trunks are hashes. `perturb` came after ids had been given out,
 * and is left out where it is 0, so that they stay. */
void run_config_canonical(const RunConfig *c, JsonOut *out);

/* Check what fields ask of each other, which needs no corpus: d_model is a multiple of d_head,
 * batch_tok of lanes * ctx, d_ff of the experts that a token visits, there is at least one
 * step... */
Status run_config_check(const RunConfig *c, Err *err);

/* Return the sequences of a step that one lane works through. */
int run_config_sequences(const RunConfig *c);
/* Return the model's dimensions, once the vocabulary is known. B is a micro-batch: as many of a
 * lane's sequences as MICRO_TOK tokens allow, and an even share, so that activations stay in the
 * caches and memory does not grow with the batch. With experts it is larger, because each expert
 * gets only a part of it. */
enum { MICRO_TOK = 256, MICRO_TOK_EXPERTS = 1024 }; // most tokens of a micro-batch
Dims run_config_dims(const RunConfig *c, int vocab);
bool run_config_has_experts(const RunConfig *c);
uint64_t run_config_steps(const RunConfig *c);
double run_config_init_embed(const RunConfig *c); // init_embed, or what 0 stands for

/* Write the run's id: 12 hex digits of a hash of the canonical config, the corpus hash and
 * NUMERICS_VERSION. */
void run_config_id(const RunConfig *c, uint64_t corpus_hash, char id[13]);

#endif
