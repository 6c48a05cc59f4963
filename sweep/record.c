/* record.c: events as lines. D and FLOPs of a run are those planned, in whole batches, whether it
 * reached them or not: its loss tells (null when it did not). `params` is the total, every element
 * once: Pearce and Song 2024 (arXiv:2406.12907) show that leaving the embedding out at small N
 * bends the exponent; the other conventions stand beside it. */
#include "sweep/record.h"

#include <math.h>
#include <string.h>

#include "base/proc.h"
#include "sweep/machine.h"
#include "sweep/tune_ledger.h"

static JsonOut begin(const char *event) {
    char time[21];
    machine_time(time);
    JsonOut j = json_out(0);
    json_begin(&j, NULL, '{');
    json_put_string(&j, "event", event);
    json_put_string(&j, "time", time);
    return j;
}

static Status finish(Sweep *s, JsonOut *j, Err *err) {
    json_end(j);
    Status status = ledger_append(s->ledger, j->text.s, err);
    text_close(&j->text);
    return status;
}

static void put_corpus(const Sweep *s, JsonOut *j) {
    const Corpus *c = s->corpus;
    char hash[17];
    corpus_hash_text(c, hash);
    json_begin(j, "corpus", '{');
    json_put_string(j, "path", corpus_path(c));
    json_put_string(j, "hash", hash);
    json_put_count(j, "vocab", (uint64_t)corpus_vocab(c));
    json_put_bool(j, "bytes", corpus_is_bytes(c));
    json_put_count(j, "train_tokens", corpus_train_tokens(c));
    json_put_count(j, "heldout_tokens", corpus_heldout_tokens(c));
    json_put_count(j, "documents", corpus_documents(c));
    json_put_number(j, "entropy_nat", corpus_entropy_nat(c));
    json_put_number(j, "floor_nat", corpus_floor_nat(c, s->spec.base.ctx));
    json_put_number(j, "unigram_nat", corpus_unigram_nat(c));
    json_put_count(j, "floor_ctx", (uint64_t)s->spec.base.ctx);
    json_put_value(j, "facts", corpus_facts(c));
    json_end(j);
}

Status record_open(Sweep *s, int workers, Err *err) {
    JsonOut j = begin("open");
    char crc[9];
    json_put_string(&j, "name", s->spec.name);
    json_put_string(&j, "spec_crc32", spec_crc_text(&s->spec, crc));
    json_put_string(&j, "version", TINYSCALE_VERSION);
    json_put_string(&j, "commit", TINYSCALE_COMMIT);
    json_put_count(&j, "numerics", NUMERICS_VERSION);
    json_put_count(&j, "runs", s->plan.n);
    if (s->spec.best) json_put_string(&j, "best", s->spec.best);
    json_put_count(&j, "workers", (uint64_t)workers);
    json_begin(&j, "machine", '{');
    machine_to_json(&j);
    json_end(&j);
    put_corpus(s, &j);
    return finish(s, &j, err);
}

Status record_start(Sweep *s, const PlanRow *row, int threads, const char *branched_from,
                    Err *err) {
    JsonOut j = begin("start");
    json_put_string(&j, "id", row->run.id);
    json_put_count(&j, "threads", (uint64_t)threads);
    json_put_number(&j, "predicted_s", branched_from ? plan_trunks_seconds(row) : row->seconds);
    if (branched_from) json_put_string(&j, "branched_from", branched_from);
    return finish(s, &j, err);
}

static void put_design(JsonOut *j, const PlanRow *row) {
    json_put_string(j, "trunk", row->run.trunk);
    for (size_t i = 0; i < RUN_FIELDS.n; i++) {
        const Field *f = &RUN_FIELDS.rows[i];
        if (strcmp(f->name, "tokens") != 0) field_to_json(f, &row->run.config, j);
    }
    json_put_count(j, "params", row->params.total);
    json_put_count(j, "params_total", row->params.total);
    json_put_count(j, "params_hidden", row->params.hidden);
    json_put_count(j, "params_matmul", row->params.matmul);
    json_put_count(j, "params_active", row->params.active);
    json_put_number(j, "tokens", row->tokens);
    json_put_number(j, "flops", row->flops);
}

/* Return the threads of this run's newest start; NaN when it was never started. */
static double started_threads(const Sweep *s, const char *id) {
    for (size_t i = ledger_size(s->ledger); i-- > 0;) {
        const Json *e = ledger_event(s->ledger, i);
        if (strcmp(ledger_kind(s->ledger, i), "start") == 0 &&
            strcmp(json_string_or(e, "id", ""), id) == 0)
            return json_number_or(e, "threads", NAN);
    }
    return NAN;
}

static JsonOut begin_run(const Sweep *s, const PlanRow *row, const char *status, const char *why) {
    JsonOut j = begin("run");
    json_put_string(&j, "id", row->run.id);
    json_put_string(&j, "role", spec_run_role(&row->run));
    json_put_string(&j, "status", status);
    json_put_string(&j, "why", why);
    put_design(&j, row);
    json_put_number(&j, "threads", started_threads(s, row->run.id));
    return j;
}

Status record_result(Sweep *s, const PlanRow *row, const RunResult *r, Err *err) {
    JsonOut j = begin_run(s, row, run_end_name(r->end), NULL);
    for (size_t i = 0; i < RESULT_FIELDS.n; i++) {
        const ResultField *f = &RESULT_FIELDS.rows[i];
        if (!(f->is & RESULT_PLANNED) && result_applies(f, r)) result_field_to_json(f, r, &j);
    }
    return finish(s, &j, err);
}

Status record_failure(Sweep *s, const PlanRow *row, const char *status, const char *why, Err *err) {
    JsonOut j = begin_run(s, row, status, why);
    json_put_null(&j, "loss");
    return finish(s, &j, err);
}

Status record_tuned(Sweep *s, Err *err) {
    JsonOut j = begin("tuned");
    tune_to_json(&s->tune, &j);
    return finish(s, &j, err);
}

Status record_checked(Sweep *s, Err *err) {
    JsonOut j = begin("checked");
    tune_check_to_json(&s->tune, &j);
    return finish(s, &j, err);
}

Status record_expected(Sweep *s, const Json *expected, Err *err) {
    JsonOut j = begin("expected");
    char crc[9];
    json_put_string(&j, "spec_crc32", spec_crc_text(&s->spec, crc));
    json_put_value(&j, "expected", expected);
    return finish(s, &j, err);
}

Status record_prediction(Sweep *s, const Json *sealed, size_t grid_runs, size_t grid_failed,
                         Err *err) {
    JsonOut j = begin("prediction");
    json_put_count(&j, "grid_runs", grid_runs);
    json_put_count(&j, "grid_failed", grid_failed);
    json_put_value(&j, "sealed", sealed);
    return finish(s, &j, err);
}
