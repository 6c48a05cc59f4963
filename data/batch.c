/* batch.c: windows of the training part in a random order per epoch; fixed windows of the held-out part. */
#include "data/batch.h"

#include "base/rng.h"

Status batches_init(Batches *b, const Corpus *corpus, int ctx, uint64_t seed, Err *err) {
    MUST(ctx >= 1);
    const uint64_t tokens = corpus_train_tokens(corpus), window = (uint64_t)ctx + 1;
    if (tokens < window)
        FAIL(err, E_USAGE, "%s: the training part has %llu tokens, too few for ctx %d (a window takes ctx + 1 = %llu)",
             corpus_path(corpus), (unsigned long long)tokens, ctx, (unsigned long long)window);
    *b = (Batches){.corpus = corpus, .seed = seed, .n_windows = tokens / window, .ctx = ctx};
    return OK;
}

void batches_window(const Batches *b, uint64_t k, int *inputs, int *targets) {
    const Stream order = stream_open(b->seed, "order", k / b->n_windows);
    const uint64_t window = stream_permute(&order, k % b->n_windows, b->n_windows);
    const uint64_t first = window * ((uint64_t)b->ctx + 1);
    corpus_train_read(b->corpus, first, b->ctx, inputs);
    corpus_train_read(b->corpus, first + 1, b->ctx, targets);
}

Status eval_windows_init(EvalWindows *w, const Corpus *corpus, int ctx, uint64_t eval_tok, Err *err) {
    MUST(ctx >= 1);
    const uint64_t tokens = corpus_heldout_tokens(corpus), window = (uint64_t)ctx + 1;
    const uint64_t fit = tokens / window;
    if (fit == 0)
        FAIL(err, E_USAGE, "%s: the held-out part has %llu tokens, too few for ctx %d (a window takes ctx + 1 = %llu)",
             corpus_path(corpus), (unsigned long long)tokens, ctx, (unsigned long long)window);
    uint64_t n = eval_tok / (uint64_t)ctx;
    if (eval_tok == 0 || n > fit) n = fit;
    if (n == 0) n = 1; // fewer tokens than one window predicts: one window
    *w = (EvalWindows){.corpus = corpus, .n_windows = n, .stride = tokens / n, .ctx = ctx};
    return OK;
}

void eval_windows_read(const EvalWindows *w, uint64_t i, int *inputs, int *targets) {
    MUST(i < w->n_windows);
    corpus_heldout_read(w->corpus, i * w->stride, w->ctx, inputs);
    corpus_heldout_read(w->corpus, i * w->stride + 1, w->ctx, targets);
}
