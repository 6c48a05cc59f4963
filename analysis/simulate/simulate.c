/* simulate.c: plants rows on a known surface with noise, and says what is true of them.
 *
 * Noise is drawn by position: run i and trunk j of table k are counters in streams of k, so that
 * one table can be made again without the others.
 */
#include <math.h>

#include "base/claim.h"
#include "base/file.h"
#include "base/numbers.h"
#include "base/rng.h"
#include "base/sheet.h"
#include "analysis/simulate/simulate.h"

static double run_noise(const Simulation *s, uint64_t k, uint64_t run, uint64_t trunk) {
    const Stream of_runs = stream_open(s->seed, "simulate-run", k),
                 of_trunks = stream_open(s->seed, "simulate-trunk", k);
    const double shared = isnan(s->trunk) ? 0 : s->trunk * stream_normal(&of_trunks, trunk);
    return shared + s->noise * stream_normal(&of_runs, run);
}

/* A counter beyond those of all runs and trunks of a table. */
static const uint64_t NEW_RUN = UINT64_C(1) << 62;

double simulation_new_run(const Simulation *s, const Point *p, uint64_t k) {
    return law_log_loss(s->law, s->theta, p) + run_noise(s, k, NEW_RUN, NEW_RUN);
}

static Point planted(const Simulation *s, double params, double budget, double unique,
                     double batch) {
    Point p = point_blank();
    p.params = params;
    p.tokens = s->flops ? round(budget / (6 * params)) : budget;
    p.flops = 6 * params * p.tokens;
    p.unique_tokens = unique;
    p.batch_tok = batch;
    return p;
}

/* A planted law that knows the entropy of one token tells it, as a corpus would. */
static double unigram(const Simulation *s) {
    const int i = law_param_index(s->law, "L0");
    return i < 0 ? NAN : law_param(s->law, s->theta, i);
}

Points simulation_points(Arena *arena, const Simulation *s, uint64_t k) {
    const size_t n_unique = s->n_unique ? s->n_unique : 1,
                 n_batches = s->n_batches ? s->n_batches : 1, n_ways = n_unique * n_batches;
    const size_t room = s->n_params * (size_t)s->seeds * s->n_budgets * n_ways;
    Points out = {.rows = ARENA_ARRAY(arena, Point, room),
                  .source = s->text,
                  .n_convention = "params",
                  .c_convention = "6 N D",
                  .rule = "",
                  .name = "",
                  .entropy_nat = NAN,
                  .floor_nat = NAN,
                  .unigram_nat = unigram(s)};
    const bool trunks = !isnan(s->trunk);
    for (size_t i = 0; i < s->n_params * (size_t)s->seeds; i++) {
        const double params = s->params[i / (size_t)s->seeds];
        const int seed = (int)(i % (size_t)s->seeds) + 1;
        const char *trunk = trunks ? arena_printf(arena, "%06zu", i + 1) : ""; // sorts as text
        for (size_t j = 0; j < s->n_budgets * n_ways; j++) {
            const double unique = s->n_unique ? s->unique[j % n_unique] : NAN;
            const double batch = s->n_batches ? s->batch[j / n_unique % n_batches] : NAN;
            Point *p = &out.rows[out.n];
            *p = planted(s, params, s->budget[j / n_ways], unique, batch);
            if (unique > p->tokens) continue;
            p->seed = seed;
            p->trunk = trunk;
            p->group = trunks ? (int)i : (int)out.n;
            p->line = (int)out.n + 2; // its line as saved
            p->loss = exp(law_log_loss(s->law, s->theta, p) + run_noise(s, k, out.n, i));
            out.n++;
        }
    }
    out.n_groups = trunks ? (int)(s->n_params * (size_t)s->seeds) : (int)out.n;
    return out;
}

static const char SAVED_HEAD[] = "params,tokens,flops,unique_tokens,seed,loss,trunk";

Status simulation_save(const Points *points, const char *path, Err *err) {
    static const FileMark TABLE = {SAVED_HEAD, 0, "a simulated table", "another --save"};
    static const size_t COLUMNS[] = {offsetof(Point, params), offsetof(Point, tokens),
                                     offsetof(Point, flops),  offsetof(Point, unique_tokens),
                                     offsetof(Point, seed),   offsetof(Point, loss)};
    TRY(claim_file(path, &TABLE, err));
    Text t = {0};
    char number[32];
    const bool batches = points->n > 0 && !isnan(points->rows[0].batch_tok);
    text_add(&t, "%s%s\n", SAVED_HEAD, batches ? ",batch_tok" : "");
    for (size_t i = 0; i < points->n; i++) {
        for (size_t c = 0; c < COUNT_OF(COLUMNS); c++) {
            const double x = *(const double *)((const char *)&points->rows[i] + COLUMNS[c]);
            text_add(&t, "%s,", isnan(x) ? "" : real_to_text(number, x));
        }
        text_add(&t, "%s", points->rows[i].trunk);
        if (batches) text_add(&t, ",%s", real_to_text(number, points->rows[i].batch_tok));
        text_add(&t, "\n");
    }
    const Status status = file_write(path, t.s, t.size, err);
    text_close(&t);
    return status;
}

// ---- what is true ---------------------------------------------------------------------------

double simulation_param(const Simulation *s, const Law *law, int i) {
    const int same = law_param_index(s->law, law->params[i].name);
    const bool floor = same >= 0 && law_param_index(law, "E") == i;
    return law == s->law || floor ? law_param(s->law, s->theta, same) : NAN;
}

Frontier simulation_frontier(const Simulation *s) {
    if (!s->law->frontier) return frontier_unknown();
    return s->law->frontier(s->theta, 6, 1);
}

static void put_truth(Sheet *s, const char *name, Interval v, double truth) {
    if (isnan(v.value) || isnan(truth)) return;
    sheet_row(s, name);
    sheet_interval_cells(s, v);
    sheet_number(s, "truth", truth);
    sheet_text(s, "interval",
               isnan(v.lo)                      ? NULL
               : truth >= v.lo && truth <= v.hi ? "inside"
                                                : "outside");
}

void simulation_put(Sheet *s, const Fit *fit, const Simulation *sim) {
    if (!sim) {
        sheet_missing(s, "simulation");
        return;
    }
    const Frontier f = simulation_frontier(sim);
    sheet_table(s, "simulation", '{', "what was planted, beside what was found");
    for (int i = 0; i < fit->law->n_params; i++)
        put_truth(s, fit->law->params[i].name, fit->params[i], simulation_param(sim, fit->law, i));
    put_truth(s, "a", fit->split.a, f.a);
    put_truth(s, "eta", fit->split.eta, f.eta);
    sheet_end(s);
}
