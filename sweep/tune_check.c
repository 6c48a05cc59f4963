/* tune_check.c: see tune_check.h. */
#include "sweep/tune_check.h"

#include <math.h>

#include "model/counts.h"
#include "sweep/tune_doubts.h"
#include "sweep/tune_ledger.h"

static double flops_of(const SpecRun *run, int vocab) {
    const Dims dims = run_config_dims(&run->config, vocab);
    return (double)run->config.tokens * count_train_flops_per_token(&dims);
}

/* Choose the costliest run of the grid that the rule tunes and of which two fit into the share;
 * NULL: there is none. */
static const SpecRun *choose(const SpecRun *runs, size_t n, double share, int vocab) {
    double grid = 0, most = 0;
    const SpecRun *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (!runs[i].hero) grid += flops_of(&runs[i], vocab);
    for (size_t i = 0; i < n; i++) {
        const double flops = flops_of(&runs[i], vocab);
        if (runs[i].hero || !runs[i].tuned || 2 * flops > share * grid || flops <= most) continue;
        most = flops;
        best = &runs[i];
    }
    return best;
}

Status tune_check_open(Tune *t, const Spec *spec, Arena *arena, const Ledger *ledger,
                       const Corpus *corpus, Err *err) {
    const int vocab = corpus_vocab(corpus);
    TuneCheck *c = &t->check;
    SpecRun *runs;
    size_t n, merged;
    if (spec->tune.check <= 0) return OK;
    TRY(spec_runs(spec, arena, vocab, corpus_hash(corpus), &runs, &n, &merged, err));
    const SpecRun *run = choose(runs, n, spec->tune.check, vocab);
    if (!run) return OK;
    t->has_check = true;
    c->ended = true;
    for (int i = 0; i < 3; i++) {
        c->run[i] = *run;
        if (i != 1)
            spec_run_at_lr(run, run->config.lr * (i == 0 ? 0.5 : 2), corpus_hash(corpus),
                           &c->run[i]);
        c->loss[i] = run->open ? NAN : tune_loss(ledger, c->run[i].id);
        c->ended &= !isnan(c->loss[i]);
    }
    if (c->ended) t->check_doubt = tune_doubts_check(t, arena);
    return OK;
}
