/* planner.c: candidates to the analysis, its choice back, and the plan of what was chosen. */
#include "sweep/planner.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/limits.h"
#include "base/numbers.h"
#include "base/proc.h"
#include "sweep/ask.h"
#include "sweep/planner_cells.h"
#include "sweep/sweep.h"

/* All that one planning knows. */
typedef struct {
    const PlannerOptions *o;
    Sweep s;
    int workers;
    PlannerTarget target;
    PlannerCells cells;
    JsonDoc *choice;    // what the analysis answered
    ChosenCell *chosen; // (n_chosen)
    size_t n_chosen;
    Bytes text; // of the chosen spec
    Spec spec;
    Plan plan;      // of the chosen spec
    bool *wanted;   // (plan.n) runs of the grid that have not ended
    double seconds; // until these have ended
} Planner;

static const char *in_dir(const Planner *p, const char *name) {
    return arena_printf(p->s.arena, "%s/%s", p->s.dir, name);
}

/* ---- asking the analysis --------------------------------------------------------------------- */

/* Start `tinyscale fit --choose` on the candidates and wait for its answer. */
static Status ask(Planner *p, double budget_s, Err *err) {
    char program[4096], budget[32];
    Arena *arena = p->s.arena;
    const char *answer = in_dir(p, "choice.json"), *words = in_dir(p, "choice.txt");
    TRY(process_path(program, sizeof program, err));
    if (file_exists(answer) && remove(answer) != 0)
        FAIL(err, E_IO, "%s: cannot be removed: %s", answer, strerror(errno));
    char *argv[24] = {program, "fit"};
    size_t n = 2;
    if (p->o->next) argv[n++] = arena_strdup(arena, p->s.dir);
    const char *const flags[] = {"--choose",      in_dir(p, "candidates.csv"),
                                 "--forecast",    planner_target_text(&p->target, arena),
                                 "--budget",      real_to_text(budget, budget_s),
                                 "--workers",     arena_printf(arena, "%d", p->workers),
                                 "--save-choice", answer};
    for (size_t i = 0; i < COUNT_OF(flags); i++) argv[n++] = arena_strdup(arena, flags[i]);
    Launcher *l = launch_open_local(cpu_count());
    const Status status = ask_analysis(l, arena, argv, words, cpu_count(), err);
    launch_close(l);
    if (status != OK) return err_prefix(err, "nothing could be chosen");
    return json_open_file(answer, &p->choice, err);
}

/* Find the candidates that the answer names. */
static Status read_choice(Planner *p, Err *err) {
    const Json *list = NULL;
    TRY(json_need(p->choice, json_root(p->choice), "chosen", JSON_ARRAY, &list, err));
    p->chosen = ARENA_ARRAY(p->s.arena, ChosenCell, json_size(list));
    p->n_chosen = 0;
    for (const Json *v = json_first(list); v; v = json_next(v)) {
        const char *name = json_string_or(v, "name", "");
        size_t i = 0;
        while (i < p->cells.plan.n && strcmp(p->cells.name[i], name) != 0) i++;
        if (i == p->cells.plan.n)
            FAIL(err, E_FAILED, "%s: names '%s', which is no candidate", in_dir(p, "choice.json"),
                 name);
        const RunConfig *c = &p->cells.plan.rows[i].run.config;
        p->chosen[p->n_chosen++] =
            (ChosenCell){c->d_model, c->tokens, (int)json_number_or(v, "seeds", 1)};
    }
    return OK;
}

/* ---- the plan of what was chosen ------------------------------------------------------------- */

/* Take over the seconds of candidates, so that what was chosen takes as long as was thought. */
static void copy_seconds(const Planner *p, PlanRow *r) {
    for (size_t i = 0; i < p->cells.plan.n; i++) {
        const PlanRow *c = &p->cells.plan.rows[i];
        if (c->run.config.d_model == r->run.config.d_model &&
            c->run.config.tokens == r->run.config.tokens)
            r->seconds = planner_cells_seconds(c);
    }
}

static Status measure_rest(Planner *p, Err *err) {
    bool *rest = ARENA_ARRAY(p->s.arena, bool, p->plan.n);
    bool any = false;
    for (size_t i = 0; i < p->plan.n; i++) any |= rest[i] = isnan(p->plan.rows[i].seconds);
    return any ? plan_measure(&p->plan, p->s.arena, rest, corpus_vocab(p->s.corpus), err) : OK;
}

/* Return whether a run counts as measured. */
static bool has_ended(const Planner *p, const PlanRow *r) {
    return p->o->next && sweep_run_ended(&p->s, r->run.id);
}

/* Say which runs of the given spec are neither measured nor chosen, but will be made. */
static void say_pending(const Planner *p) {
    size_t n = 0;
    for (size_t i = 0; i < p->s.plan.n_grid; i++) n += !has_ended(p, &p->s.plan.rows[i]);
    if (p->o->next && n > 0)
        talk("%zu run%s of the sweep %s not ended: what is chosen does not count on them, and they "
             "take their part of the budget",
             n, n == 1 ? "" : "s", n == 1 ? "has" : "have");
}

static Status make_plan(Planner *p, Err *err) {
    Arena *arena = p->s.arena;
    const PlannerTarget *hero = *p->o->forecast ? &p->target : NULL;
    p->text = planner_spec_chosen(&p->s.spec, arena, p->chosen, p->n_chosen, hero,
                                  p->o->next ? &p->s.plan : NULL);
    spec_close(&p->spec);
    TRY(spec_open_text(&p->spec, arena, "the chosen runs", p->text, err));
    TRY(plan_make(&p->plan, arena, &p->spec, p->s.corpus, err));
    for (size_t i = 0; i < p->plan.n; i++) copy_seconds(p, &p->plan.rows[i]);
    TRY(measure_rest(p, err));
    plan_trunks_paths(&p->plan);
    p->wanted = ARENA_ARRAY(arena, bool, p->plan.n);
    for (size_t i = 0; i < p->plan.n_grid; i++) p->wanted[i] = !has_ended(p, &p->plan.rows[i]);
    p->seconds = plan_seconds(&p->plan, arena, 0, p->plan.n_grid, p->wanted, p->workers);
    return OK;
}

/* Choose so that the plan, which knows when trunks are there, ends in time. The analysis takes a
 * trunk and its branches for one job, and nearly always asks for more time than the plan. */
static Status choose(Planner *p, Err *err) {
    enum { TRIES = 4 };
    const double most = p->o->budget_s * (1 - p->o->tuning_share);
    double budget = most;
    for (int i = 0; i < TRIES; i++) {
        json_close(p->choice);
        p->choice = NULL;
        TRY(ask(p, budget, err));
        TRY(read_choice(p, err));
        planner_target_place(
            &p->target, &p->s.spec.base, corpus_vocab(p->s.corpus),
            json_number_or(json_get(json_root(p->choice), "target"), "params", NAN));
        TRY(make_plan(p, err));
        if (!(p->seconds > most)) return OK;
        budget *= 0.98 * most / p->seconds;
    }
    return OK;
}

/* ---- telling --------------------------------------------------------------------------------- */

static const Json *design_row(const Planner *p, const char *name) {
    return json_get(json_get(json_root(p->choice), "design"), name);
}

static void print_error(const char *what, const Json *row) {
    char seconds[32];
    printf("%-22s %3.0f runs in %s, expected error of the forecast %.2f %% (by noise %.2f, by "
           "form %.2f)\n",
           what, json_number_or(row, "runs", NAN),
           seconds_to_text(seconds, json_number_or(row, "seconds", NAN)),
           100 * json_number_or(row, "expected_error", NAN),
           100 * json_number_or(row, "by_noise", NAN), 100 * json_number_or(row, "by_form", NAN));
}

static void print_text(const Planner *p) {
    char params[16], tokens[16], spare[32];
    const Json *grid = design_row(p, "grid");
    plan_print(&p->plan, p->s.arena, p->workers, stdout);
    printf("\nto be foretold: d_model %d, N = %s, D = %s, %.2e FLOPs\n", p->target.d_model,
           count_to_text(params, p->target.params), count_to_text(tokens, p->target.tokens),
           p->target.flops);
    print_error("chosen:", design_row(p, "chosen"));
    if (json_number_or(grid, "runs", 0) > 0) print_error("best uniform grid:", grid);
    if (p->o->tuning_share > 0)
        printf("left for tuning: %s of the budget\n",
               seconds_to_text(spare, p->o->budget_s * p->o->tuning_share));
    const Json *sentences = json_get(json_root(p->choice), "explained");
    for (const Json *v = p->o->explain && sentences ? json_first(sentences) : NULL; v;
         v = json_next(v))
        printf("%s\n", json_as_string(v));
    if (*p->o->out_spec)
        printf("written: %s; 'tinyscale sweep run %s --out %s' makes the runs\n", p->o->out_spec,
               p->o->out_spec, p->s.dir);
    else
        printf("--out-spec FILE writes these runs as a spec\n");
}

static Status print_json(const Planner *p, Err *err) {
    JsonDoc *spec = NULL;
    TRY(json_open(p->text.data, "the chosen spec", &spec, err));
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    json_put_number(&j, "budget_s", p->o->budget_s);
    json_put_number(&j, "tuning_share", p->o->tuning_share);
    json_put_number(&j, "chosen_s", p->seconds);
    plan_to_json(&p->plan, p->s.arena, p->workers, &j);
    json_put_value(&j, "choice", json_root(p->choice));
    json_put_value(&j, "spec", json_root(spec));
    json_end(&j);
    puts(j.text.s);
    text_close(&j.text);
    json_close(spec);
    return OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static Status check_options(const PlannerOptions *o, Err *err) {
    if (!(o->budget_s > 0))
        FAIL(err, E_USAGE,
             "sweep plan: --forecast, --next, --explain, --out-spec and --tuning-share need "
             "--budget, such as 45m");
    if (*o->out_spec && file_exists(o->out_spec))
        FAIL(err, E_USAGE, "--out-spec: %s is there already and is not replaced; give another name",
             o->out_spec);
    return OK;
}

static Status plan_all(Planner *p, Err *err) {
    Sweep *s = &p->s;
    const int vocab = corpus_vocab(s->corpus);
    TRY(planner_target_read(&p->target, s->arena, p->o->forecast, &s->plan, &s->spec.base, vocab,
                            err));
    const double budget = p->o->budget_s * (1 - p->o->tuning_share);
    TRY(planner_cells_make(&p->cells, s->arena, &s->spec, &s->plan, s->corpus, &p->target, budget,
                           err));
    TRY(planner_cells_write(&p->cells, in_dir(p, "candidates.csv"), err));
    TRY(choose(p, err));
    plan_warn(&p->plan);
    say_pending(p);
    if (*p->o->out_spec) TRY(file_write(p->o->out_spec, p->text.data, p->text.size, err));
    if (p->o->json) return print_json(p, err);
    print_text(p);
    return OK;
}

Status planner_run(const PlannerOptions *o, Err *err) {
    Planner p = {.o = o, .workers = o->jobs ? o->jobs : cpu_count()};
    TRY(check_options(o, err));
    TRY(sweep_open(&p.s, o->spec, o->out, SWEEP_LOOK, err));
    const Status status = plan_all(&p, err);
    json_close(p.choice);
    spec_close(&p.spec);
    planner_cells_close(&p.cells);
    sweep_close(&p.s);
    return status;
}
