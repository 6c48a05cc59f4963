/* batch.c: training windows in a random order per epoch; fixed windows of the held-out part. */
#include "data/batch.h"

#include <inttypes.h>

#include "base/rng.h"

/* Count the windows of ctx predictions that follow each other; the very first token is given, not
 * predicted. */
static uint64_t windows_in(uint64_t tokens, int ctx) {
    return tokens > 0 ? (tokens - 1) / (uint64_t)ctx : 0;
}

static Status too_short(const Corpus *c, const char *part, uint64_t tokens, int ctx, Err *err) {
    FAIL(err, E_USAGE,
         "%s: the %s part has %" PRIu64 " tokens, too few for ctx %d (a window takes ctx + 1)",
         corpus_path(c), part, tokens, ctx);
}

static int common_divisor(int a, int b) {
    return b == 0 ? a : common_divisor(b, a % b);
}

/* Refuse a ctx that has a factor in common with the length of a record: windows start every ctx
 * tokens, and would then not begin in every phase of a record. */
static Status check_phases(const Corpus *c, int ctx, Err *err) {
    const int period = corpus_period(c);
    if (common_divisor(ctx, period) == 1) return OK;
    int near = ctx + 1; // the nearest above that would do
    while (common_divisor(near, period) != 1) near++;
    FAIL(
        err, E_USAGE,
        "%s: ctx %d shares a factor with the %d symbols of a record, so windows would not begin in "
        "every phase of it; ctx %d would do",
        corpus_path(c), ctx, period, near);
}

Status batches_init(Batches *b, const Corpus *corpus, int ctx, uint64_t seed, Err *err) {
    MUST(ctx >= 1);
    const uint64_t tokens = corpus_train_tokens(corpus), n = windows_in(tokens, ctx);
    if (n == 0) return too_short(corpus, "training", tokens, ctx, err);
    TRY(check_phases(corpus, ctx, err));
    *b = (Batches){.corpus = corpus, .seed = seed, .n_windows = n, .ctx = ctx};
    return OK;
}

void batches_window(const Batches *b, uint64_t k, int *inputs, int *targets) {
    const Stream order = stream_open(b->seed, "order", k / b->n_windows);
    const uint64_t window = stream_permute(&order, k % b->n_windows, b->n_windows);
    const uint64_t first = window * (uint64_t)b->ctx;
    corpus_train_read(b->corpus, first, b->ctx, inputs);
    corpus_train_read(b->corpus, first + 1, b->ctx, targets);
}

Status eval_windows_init(EvalWindows *w, const Corpus *corpus, int ctx, uint64_t eval_tok,
                         Err *err) {
    MUST(ctx >= 1);
    const uint64_t tokens = corpus_heldout_tokens(corpus), fit = windows_in(tokens, ctx);
    if (fit == 0) return too_short(corpus, "held-out", tokens, ctx, err);
    uint64_t n = eval_tok / (uint64_t)ctx;
    if (eval_tok == 0 || n > fit) n = fit;
    if (n == 0) n = 1; // fewer tokens than one window predicts: one window
    *w = (EvalWindows){.corpus = corpus, .n_windows = n, .slot = (tokens - 1) / n, .ctx = ctx};
    return OK;
}

void eval_windows_read(const EvalWindows *w, uint64_t i, int *inputs, int *targets) {
    MUST(i < w->n_windows);
    const Stream place = stream_open(0, "eval", 0);
    const uint64_t room = w->slot - (uint64_t)w->ctx;
    const uint64_t first = i * w->slot + stream_below(&place, i, room + 1);
    corpus_heldout_read(w->corpus, first, w->ctx, inputs);
    corpus_heldout_read(w->corpus, first + 1, w->ctx, targets);
}
