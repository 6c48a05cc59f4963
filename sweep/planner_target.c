/* planner_target.c: key=value pairs to a size and a length that this program can train. */
#include "sweep/planner_target.h"

#include <math.h>
#include <string.h>

#include "base/numbers.h"

static double count_at(const RunConfig *base, int vocab, int d_model, double *flops_per_token) {
    RunConfig c = *base;
    c.d_model = d_model;
    const Dims dims = run_config_dims(&c, vocab);
    *flops_per_token = count_train_flops_per_token(&dims);
    return (double)count_params(&dims).total;
}

/* Return the multiple of d_head whose model is nearest to these params, by ratio. */
static int nearest_width(const RunConfig *base, int vocab, double params) {
    enum { WIDEST = 4096 };
    int best = base->d_head;
    double nearest = INFINITY, unused;
    for (int d = base->d_head; d <= WIDEST; d += base->d_head) {
        const double far = fabs(log(count_at(base, vocab, d, &unused) / params));
        if (far >= nearest) break;
        nearest = far;
        best = d;
    }
    return best;
}

/* Fill in params and flops of a known width and length. */
static void size_up(PlannerTarget *t, const RunConfig *base, int vocab) {
    double per_token;
    t->params = count_at(base, vocab, t->d_model, &per_token);
    t->flops = t->tokens * per_token;
}

void planner_target_place(PlannerTarget *t, const RunConfig *base, int vocab, double params) {
    double per_token;
    if (t->d_model > 0) return;
    t->d_model = nearest_width(base, vocab, params);
    t->params = count_at(base, vocab, t->d_model, &per_token);
    t->tokens =
        fmax(1, round(t->flops / per_token / (double)base->batch_tok)) * (double)base->batch_tok;
}

static Status read_pair(PlannerTarget *t, const char *key, const char *value, Err *err) {
    uint64_t count = 0;
    double number = NAN;
    const bool is_count = count_from_text(value, &count) && count > 0 && count < (uint64_t)1e18;
    const bool is_real = real_from_text(value, &number) && number > 0 && number < 1e30;
    if (strcmp(key, "flops") != 0 && strcmp(key, "params") != 0 && strcmp(key, "tokens") != 0 &&
        strcmp(key, "d_model") != 0)
        FAIL(err, E_USAGE, "--forecast: no key '%s'; known are d_model, params, tokens, flops",
             key);
    if (!is_count && !is_real)
        FAIL(err, E_USAGE, "--forecast: %s needs a number above 0, such as 16M, not '%s'", key,
             value);
    const double x = is_count ? (double)count : number;
    if (strcmp(key, "flops") == 0) t->flops = x;
    if (strcmp(key, "params") == 0) t->params = x;
    if (strcmp(key, "tokens") == 0) t->tokens = x;
    if (strcmp(key, "d_model") == 0) t->d_model = x < 65536 ? (int)x : 65536;
    return OK;
}

static Status read_pairs(PlannerTarget *t, Arena *arena, const char *text, Err *err) {
    char *rest = arena_strdup(arena, text);
    for (char *pair; (pair = strsep(&rest, ","));) {
        char *value = strchr(pair, '=');
        if (!value)
            FAIL(err, E_USAGE,
                 "--forecast: '%s' is no key=value; give 'd_model=128,tokens=16M', "
                 "'params=9e5,tokens=16M' or 'flops=3e14'",
                 pair);
        *value++ = '\0';
        TRY(read_pair(t, pair, value, err));
    }
    return OK;
}

Status planner_target_read(PlannerTarget *t, Arena *arena, const char *text, const Plan *plan,
                           const RunConfig *base, int vocab, Err *err) {
    *t = (PlannerTarget){0, NAN, NAN, NAN};
    if (!*text && plan->n == plan->n_grid)
        FAIL(err, E_USAGE,
             "--budget: what is to be foretold? give --forecast 'd_model=128,tokens=16M' or "
             "'flops=3e14', or a hero in the spec");
    if (!*text) {
        const PlanRow *hero = &plan->rows[plan->n_grid];
        *t = (PlannerTarget){hero->run.config.d_model, (double)hero->params.total, hero->tokens,
                             hero->flops};
        return OK;
    }
    TRY(read_pairs(t, arena, text, err));
    const bool width = t->d_model > 0, size = width != !isnan(t->params),
               length = !isnan(t->tokens), flops = !isnan(t->flops);
    if (!(size && length && !flops) && !(flops && !length && !width && isnan(t->params)))
        FAIL(err, E_USAGE,
             "--forecast: '%s' needs d_model=.. or params=.. with tokens=.., or flops=.. alone",
             text);
    if (flops) return OK;
    if (width && t->d_model % base->d_head != 0)
        FAIL(err, E_USAGE, "--forecast: d_model %d is no multiple of d_head, %d", t->d_model,
             base->d_head);
    if (!width) t->d_model = nearest_width(base, vocab, t->params);
    size_up(t, base, vocab);
    return OK;
}

const char *planner_target_text(const PlannerTarget *t, Arena *arena) {
    char flops[32];
    real_to_text(flops, t->flops);
    if (t->d_model == 0) return arena_printf(arena, "flops=%s", flops);
    return arena_printf(arena, "params=%.0f,tokens=%.0f", t->params, t->tokens);
}
