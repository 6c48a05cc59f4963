/* tune_doubts.c: the tests, each against what noise may do. */
#include "sweep/tune_doubts.h"

#include <math.h>

#include "base/numbers.h"

static const double FAR = M_LN2; // a rule that misses a curve's best rate by a factor of 2

/* Name a cell: "d_model 64, 1.00M tokens". */
static const char *cell_name(const TuneCell *cell, Arena *arena) {
    char tokens[16];
    return arena_printf(arena, "d_model %d, %s tokens", cell->config.d_model,
                        count_to_text(tokens, cell->curve.tokens));
}

/* Say that best rates lie at an end of those tried; NULL: none does. The costliest cell is
 * named. */
static const char *doubt_ends(const Tune *t, Arena *arena) {
    const TuneCell *worst = NULL;
    size_t n = 0;
    for (size_t i = 0; i < t->n_cells; i++) {
        const TuneCell *c = &t->cells[i];
        if (!c->settled || !tune_curve_leans(&c->curve, t->rule.noise)) continue;
        n++;
        if (!worst || c->curve.params * c->curve.tokens > worst->curve.params * worst->curve.tokens)
            worst = c;
    }
    if (!worst) return NULL;
    const TuneCurve *c = &worst->curve;
    const bool high = c->place == TUNE_HIGHEST;
    return arena_printf(
        arena,
        "untuned: at %s the best of %zu learning rates is the %s tried (%.3g), and "
        "so in %zu of %zu such places: %s rates have to be tried there (\"grid\" or "
        "\"extend\" of the spec's \"tune\").",
        cell_name(worst, arena), c->n, high ? "highest" : "lowest", c->lr[c->best], n, t->n_cells,
        high ? "higher" : "lower");
}

/* Say that the rule misses a curve's optimum by a factor of 2 or more, at a cost that noise does
 * not explain; NULL: it does nowhere. */
static const char *doubt_misses(const Tune *t, Arena *arena) {
    const TuneCell *worst = NULL;
    double most = 0;
    for (size_t i = 0; i < t->n_cells; i++) {
        const TuneCurve *c = &t->cells[i].curve;
        if (!t->cells[i].settled || isnan(c->ln_lr)) continue;
        const double off = fabs(tune_rule_ln(&t->rule, c->params, c->tokens, c->batch) - c->ln_lr);
        const double excess = isnan(c->curvature) ? 0 : c->curvature / 2 * off * off;
        if (off < FAR || off <= most || excess < tune_noise_gap(t->rule.noise, c->seeds)) continue;
        most = off;
        worst = &t->cells[i];
    }
    if (!worst) return NULL;
    return arena_printf(
        arena,
        "untuned: at %s the rule for the learning rate misses the best one (%.3g) by "
        "a factor of %.2g: rates do not move as powers of size, length and batch.",
        cell_name(worst, arena), exp(worst->curve.ln_lr), exp(most));
}

/* Say that a best batch is the smallest or largest tried, and could have been followed further. */
static const char *doubt_batches(const Tune *t, Arena *arena) {
    for (size_t i = t->n_sites; i-- > 0;) {
        const TuneSite *s = &t->sites[i];
        char tokens[16];
        if (!s->settled || s->bound || s->curve.n < 2 ||
            !tune_curve_leans(&s->curve, t->rule.noise))
            continue;
        const bool high = s->curve.place == TUNE_HIGHEST;
        return arena_printf(arena,
                            "untuned: at d_model %d, %s tokens the best of %zu batches is the %s "
                            "tried (%.0f tokens): %s ones have to be tried there.",
                            s->config.d_model, count_to_text(tokens, (double)s->config.tokens),
                            s->curve.n, high ? "largest" : "smallest", s->curve.lr[s->curve.best],
                            high ? "larger" : "smaller");
    }
    return NULL;
}

const char *tune_doubts_curves(const Tune *t, Arena *arena) {
    const char *doubt = doubt_ends(t, arena);
    if (!doubt) doubt = doubt_misses(t, arena);
    return doubt ? doubt : doubt_batches(t, arena);
}

const char *tune_doubts_check(const Tune *t, Arena *arena) {
    const TuneCheck *c = &t->check;
    const int best = c->loss[0] < c->loss[2] ? 0 : 2;
    const double gap = c->loss[1] - c->loss[best], noise = tune_noise_gap(t->rule.noise, 1);
    char tokens[16];
    count_to_text(tokens, (double)c->run[1].config.tokens);
    if (!isfinite(c->loss[1]))
        return arena_printf(arena,
                            "untuned: at d_model %d, %s tokens the run at the rule's learning rate "
                            "(%.3g) diverged.",
                            c->run[1].config.d_model, tokens, c->run[1].config.lr);
    if (!(gap > noise)) return NULL;
    return arena_printf(
        arena,
        "untuned: at d_model %d, %s tokens %s the rule's learning rate (%.3g) ends "
        "%.2g %% lower, more than the %.2g %% that noise explains: the rule does not "
        "reach so far.",
        c->run[1].config.d_model, tokens, best == 0 ? "half" : "twice", c->run[1].config.lr,
        100 * gap, 100 * noise);
}
