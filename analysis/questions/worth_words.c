/* worth_words.c: a sentence about each setting, and notes about what could not be determined. */
#include <math.h>
#include <string.h>

#include "analysis/questions/worth.h"
#include "base/numbers.h"
#include "base/text.h"

/* Fewer groups make intervals too narrow: with 12, those of slopes at 90 % held the truth in 80 to
 * 85 %. */
enum { FEW_BASE = 20 };

const char *worth_reach_name(WorthReach r) {
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

static const char *trend_text(Arena *arena, const Worths *g, const WorthSetting *s) {
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
                            "Over these %.3g-fold %s compute the gain holds with scale, %s, as "
                            "far as the runs tell: anything from a factor %.3g to %.3g per tenfold "
                            "compute agrees with them.",
                            s->range, g->contrast.words.kind, how, ten.lo, ten.hi);
    return arena_printf(arena,
                        "Over these %.3g-fold %s compute the gain %s with scale, %s: per tenfold "
                        "compute by a factor %s.",
                        s->range, g->contrast.words.kind, verdict, how, factor_text(arena, ten));
}

const char *worth_sentence(Arena *arena, const Worths *g, const WorthSetting *s) {
    const WorthWords *w = &g->contrast.words;
    if (s->all.n_told == 0)
        return arena_printf(arena, "%s: what %s worth cannot be told from these runs.", s->label,
                            w->they_are);
    const char *flops = factor_text(arena, s->all.in_flops),
               *tokens = factor_text(arena, s->all.in_tokens), *others, *in_time = "";
    if (isfinite(s->all.in_time.value))
        others = arena_printf(arena, ", %s times %s tokens, and %s times %s time (%s)", tokens,
                              w->their, factor_text(arena, s->all.in_time), w->their, g->time);
    else
        others = arena_printf(arena, ", and %s times %s tokens", tokens, w->their);
    if (isfinite(s->all.in_time.value) && isfinite(s->in_time.slope.lo))
        in_time = arena_printf(arena, " In time it %s.", s->in_time.verdict);
    return arena_printf(arena, "%s: worth %s times %s compute %s%s. %s%s", s->label, flops,
                        w->their, w->beside, others, trend_text(arena, g, s), in_time);
}

static void note(Arena *arena, Worths *g, WorthReach reach, const char *why) {
    Text names = {0};
    size_t n = 0;
    for (size_t i = 0; i < g->n_cells; i++) {
        const WorthCell *c = &g->cells[i];
        char params[32], tokens[32];
        if (c->reach != reach) continue;
        n++;
        text_add(&names, "%s%s at N %s, D %s", names.size ? "; " : "", c->label,
                 count_to_text(params, c->params), count_to_text(tokens, c->tokens));
    }
    if (n) g->notes[g->n_notes++] = arena_printf(arena, "%s: %s.", why, names.s);
    text_close(&names);
}

static const char *open_ends(const Worths *g, Arena *arena) {
    for (size_t i = 0; i < g->n_cells; i++) {
        const Interval *v = &g->cells[i].in_flops;
        if (isinf(v->hi) || v->lo == 0)
            return arena_printf(arena,
                                "an interval with an end missing is open there: in some resamples "
                                "no %s model within reach has that loss.",
                                g->contrast.words.kind);
    }
    return NULL;
}

static void say(Worths *g, const char *sentence) {
    if (sentence) g->notes[g->n_notes++] = sentence;
}

/* Return a note that says how a row's twin is found. */
static const char *no_twin(Arena *arena, const Worths *g) {
    return arena_printf(arena, "no gain without a %s run of the same %s and number of tokens",
                        g->contrast.words.kind, g->contrast.field->width ? "width" : "size");
}

void worth_notes(Arena *arena, const Points *points, Worths *g) {
    const char *kind = g->contrast.words.kind;
    g->notes = ARENA_ARRAY(arena, const char *, 12);
    say(g, g->contrast.chosen);
    say(g, g->why);
    if (g->why) return;
    say(g, g->law_note);
    note(arena, g, WORTH_NO_TWIN, no_twin(arena, g));
    note(arena, g, WORTH_TOO_FAR,
         arena_printf(arena,
                      "no gain where the %s law reaches such a loss nowhere within ten times the "
                      "compute of the %s runs; means leave these out",
                      kind, kind));
    note(arena, g, WORTH_EXTRAPOLATED,
         arena_printf(arena,
                      "extrapolated, the %s model of equal loss being up to ten times outside of "
                      "the %s runs",
                      kind, kind));
    if (g->base.n_boots > 0 && g->base.points->n_groups < FEW_BASE)
        say(g, arena_printf(arena,
                            "only %d groups of %s runs carry all this: intervals are rough, and "
                            "those of slopes too narrow.",
                            g->base.points->n_groups, kind));
    if (points->flops_assumed)
        say(g, "flops are not given everywhere: 6 times the parameters that a token meets, times "
               "tokens, is assumed there.");
    if (!*g->time)
        say(g, "no gain in time: not all rows have wall_s, or cpu_s where threads differ.");
    say(g, open_ends(g, arena));
}

const char *worth_scale_name(Arena *arena, const Worths *g, const WorthCell *c) {
    char count[32];
    if (c->width > 0)
        return arena_printf(arena, "%s %g", g->contrast.field->width_column, c->width);
    return arena_printf(arena, "N %s", count_to_text(count, c->params));
}
