/* ledger.h: the sweep's append-only record, ledger.jsonl: one complete JSON line per event,
 * fsynced.
 *
 *     {"event":"open", "time":"2026-01-31T12:00:00Z", "name":.., "spec_crc32":.., "version":.., "commit":..,
 *      "numerics":.., "runs":.., "best":"lr", "workers":.., "machine":{..}, "corpus":{"path":..,"hash":..,
 *      "vocab":..,"bytes":bool,"entropy_nat":..,"floor_nat":..,"unigram_nat":..,"floor_ctx":..,
 *      "facts":{..},..}}
 *     {"event":"expected", "time":.., "spec_crc32":.., "expected":{"level":.., "runs":.., "trunks":bool,
 *      "noise":.., "trunk_noise":.., "half_width_of_noise":.., "laws":.., "sweeps":.., "heroes":[{
 *      "params":.., "tokens":.., "flops":.., "cost":.., "half_width":.., "lo":.., "hi":..},..]}}
 *     {"event":"start", "time":.., "id":"0123456789ab", "threads":.., "predicted_s":..}
 *     {"event":"run", "time":.., "id":"0123456789ab", "role":"tuning"|"grid"|"hero",
 *      "status":"done"|"diverged"|"failed"|"killed", "why":.., "trunk":.., every config field,
 *      "params":.., "params_total":.., .., "tokens":.., "flops":.., "loss":.., "loss_se":..,
 *      "train_loss":.., "wall_s":.., ..}
 *     {"event":"tuned", "time":.., "key":.., "tuning_runs":.., "noise_of_seeds":bool, "rule":{
 *      "params":.., "tokens":.., "batch_tok":.., "lr":.., "coefficients":[4], "covariance":[16],
 *      "curvature":.., "noise":..}, "batch_rule":{..}, "untuned":"why not"|null, "cells":[{
 *      "d_model":.., "params":.., "tokens":.., "batch_tok":.., "settled":bool, "rates":[..],
 *      "losses":[..], "best":"inside"|"lowest"|"highest", "lr":.., ..},..]}
 *     {"event":"checked", "time":.., "key":.., "id":.., "d_model":.., "tokens":.., "rates":[3],
 *      "losses":[3], "untuned":"why not"|null}
 *     {"event":"prediction", "time":.., "grid_runs":.., "grid_failed":..,
 *      "sealed":{the whole of prediction.json:
 *      "law":.., "level":.., "predictions":[{"id":.., "params":.., "tokens":.., "loss":.., "lo":..,
 *      "hi":..},..], ..}}
 *
 * Every line ends in the member "crc32" (base/crc.h), which is tested on reading and is no part of
 * the event that readers see. Lines of ledgers from before there were checksums lack it.
 *
 * A torn or damaged last line (the machine went down while writing) is dropped and said; one
 * elsewhere is an error. Sweeps write it and the analysis reads it; neither knows of the other.
 */
#ifndef BASE_LEDGER_H
#define BASE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"

typedef struct Ledger Ledger;

/* Read DIR/ledger.jsonl; a missing file is an empty ledger. *torn says that a torn last line was
 * dropped; with repair the file is cut back to its last whole line, and what is cut off is added to
 * DIR/ledger.torn (the driver's business, under its lock). *out is NULL after an error. */
Status ledger_open(const char *dir, bool repair, Ledger **out, bool *torn, Err *err);
void ledger_close(Ledger *l); // NULL is fine

/* What people should know of the file just opened, on stderr: that a line was dropped, that lines
 * could not be checked. */
void ledger_say(const Ledger *l, bool torn);

size_t ledger_size(const Ledger *l);                 // events
size_t ledger_unchecked(const Ledger *l);            // events whose line has no checksum
const Json *ledger_event(const Ledger *l, size_t i); // the event's object
const char *ledger_kind(const Ledger *l, size_t i);  // "open", "run", "prediction"
/* The newest event of a kind, NULL when none. */
const Json *ledger_last(const Ledger *l, const char *kind);
/* The newest run event with this id, NULL when none. */
const Json *ledger_run(const Ledger *l, const char *id);

/* Append one event (a JSON object on one line, as json_out(0) writes it) to the file and to l. */
Status ledger_append(Ledger *l, const char *line, Err *err);

#endif
