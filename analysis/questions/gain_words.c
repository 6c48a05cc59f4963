/* gain_words.c: gains in words: a sentence for each setting, and what could not be told. */
#include <math.h>
#include <string.h>

#include "analysis/questions/gain.h"
#include "base/numbers.h"
#include "base/text.h"

enum { FEW_DENSE = 20 }; // on 12, 90 % intervals of slopes covered some 80 to 85 %

const char *gain_reach_name(GainReach r) {
    static const char *const NAMES[] = {"measured", "extrapolated", "too far", "no twin"};
    return NAMES[r];
}

static const char *factor_text(Arena *arena, Interval v) {
    if (isnan(v.lo)) return arena_printf(arena, "%.3g", v.value);
    if (isinf(v.hi)) return arena_printf(arena, "%.3g (%.3g or more)", v.value, v.lo);
    return arena_printf(arena, "%.3g (%.3g to %.3g)", v.value, v.lo, v.hi);
}

static Interval per_tenfold(Interval slope) {
    return (Interval){pow(10, slope.value), pow(10, slope.lo), pow(10, slope.hi)};
}

static const char *trend_text(Arena *arena, const GainSetting *s) {
    const Interval ten = per_tenfold(s->in_flops.slope);
    const char *verdict = s->in_flops.verdict;
    if (isnan(s->in_flops.slope.value))
        return "Runs at one scale cannot say how that changes with scale.";
    if (strcmp(verdict, "unknown") == 0)
        return arena_printf(arena,
                            "Per tenfold compute the gain changes by a factor %.3g; without "
                            "resamples nobody knows how surely.",
                            ten.value);
    const char *how = s->proportioned ? "size and data together" : "as these runs go";
    if (strcmp(verdict, "holds") == 0)
        return arena_printf(arena,
                            "Over these %.3g-fold dense compute the gain holds with scale, %s, as "
                            "far as the runs tell: anything from a factor %.3g to %.3g per tenfold "
                            "compute agrees with them.",
                            s->range, how, ten.lo, ten.hi);
    return arena_printf(
        arena,
        "Over these %.3g-fold dense compute the gain %s with scale, %s: per tenfold "
        "compute by a factor %s.",
        s->range, verdict, how, factor_text(arena, ten));
}

const char *gain_sentence(Arena *arena, const Gains *g, const GainSetting *s) {
    if (s->all.n_told == 0)
        return arena_printf(arena, "%s: what they are worth cannot be told from these runs.",
                            s->label);
    const char *time = "";
    if (isfinite(s->all.in_time.value))
        time = arena_printf(arena, ", and %s times their time (%s)",
                            factor_text(arena, s->all.in_time), g->time);
    const char *in_time = "";
    if (*time && isfinite(s->in_time.slope.lo))
        in_time = arena_printf(arena, " In time it %s.", s->in_time.verdict);
    return arena_printf(arena, "%s: worth %s times their compute in a dense model%s. %s%s",
                        s->label, factor_text(arena, s->all.in_flops), time, trend_text(arena, s),
                        in_time);
}

static void note(Arena *arena, Gains *g, GainReach reach, const char *why) {
    Text names = {0};
    size_t n = 0;
    for (size_t i = 0; i < g->n_cells; i++) {
        const GainCell *c = &g->cells[i];
        char params[32], tokens[32];
        if (c->reach != reach) continue;
        n++;
        text_add(&names, "%s%s at N %s, D %s", names.size ? "; " : "", c->label,
                 count_to_text(params, c->params), count_to_text(tokens, c->tokens));
    }
    if (n) g->notes[g->n_notes++] = arena_printf(arena, "%s: %s.", why, names.s);
    text_close(&names);
}

void gain_notes(Arena *arena, const Points *points, Gains *g) {
    g->notes = ARENA_ARRAY(arena, const char *, 8);
    if (g->why) {
        g->notes[g->n_notes++] = g->why;
        return;
    }
    note(arena, g, GAIN_NO_TWIN,
         "no gain without a dense run of the same width and number of tokens");
    note(
        arena, g, GAIN_TOO_FAR,
        "no gain where the dense law reaches such a loss nowhere within ten times the compute that "
        "was run dense; means leave these out");
    note(
        arena, g, GAIN_EXTRAPOLATED,
        "extrapolated, the dense model of equal loss being up to ten times outside of what was run "
        "dense");
    if (g->dense.n_boots > 0 && g->dense.points->n_groups < FEW_DENSE)
        g->notes[g->n_notes++] =
            arena_printf(arena,
                         "only %d groups of dense runs carry all this: intervals are rough, and "
                         "those of slopes too narrow.",
                         g->dense.points->n_groups);
    if (points->flops_assumed)
        g->notes[g->n_notes++] = "flops are not given everywhere: 6 times the parameters that a "
                                 "token meets, times tokens, is assumed there.";
    if (!*g->time)
        g->notes[g->n_notes++] =
            "no gain in time: not all rows have wall_s, or cpu_s where threads "
            "differ.";
    for (size_t i = 0; i < g->n_cells; i++) {
        const Interval *v = &g->cells[i].in_flops;
        if (!isinf(v->hi) && v->lo != 0) continue;
        g->notes[g->n_notes++] = "an interval with an end missing is open there: in some resamples "
                                 "no dense model within reach has that loss.";
        return;
    }
}

const char *gain_scale_name(Arena *arena, const GainCell *c) {
    char count[32];
    if (c->d_model > 0) return arena_printf(arena, "d_model %g", c->d_model);
    return arena_printf(arena, "N %s", count_to_text(count, c->params));
}
