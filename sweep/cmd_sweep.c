/* cmd_sweep.c: tinyscale sweep: its verbs, one row each in VERBS, which usage and help print. */
#include <string.h>

#include "base/commands.h"
#include "base/field.h"
#include "base/limits.h"
#include "base/proc.h"
#include "base/suggest.h"
#include "base/text.h"
#include "sweep/drive.h"
#include "sweep/expected.h"
#include "sweep/planner.h"
#include "sweep/status.h"
#include "sweep/sweep.h"
#include "sweep/tune_tell.h"

typedef struct {
    const char *out;
    int jobs;
    double budget_s, tuning_share;
    const char *forecast, *out_spec;
    bool next, explain, json;
} Options;

enum {
    FLAG_OUT,
    FLAG_JOBS,
    FLAG_BUDGET,
    FLAG_FORECAST,
    FLAG_TUNING,
    FLAG_NEXT,
    FLAG_EXPLAIN,
    FLAG_OUT_SPEC,
    FLAG_JSON,
    N_FLAGS
};

// clang-format off
#define AT(member) offsetof(Options, member)
static const Field FLAGS[N_FLAGS] = {
    [FLAG_OUT]      = {"out",          FIELD_STRING,  AT(out),          0, -1,  NULL, "",  "sweep directory (plan, run); empty: the spec's name"},
    [FLAG_JOBS]     = {"jobs",         FIELD_INT,     AT(jobs),         0, 256, NULL, "",  "worker processes (plan, run); 0: one per processor"},
    [FLAG_BUDGET]   = {"budget",       FIELD_SECONDS, AT(budget_s),     0, 1e9, NULL, "s", "run: start no run that is predicted to end later; plan: choose the runs for this time; 0: no limit"},
    [FLAG_FORECAST] = {"forecast",     FIELD_STRING,  AT(forecast),     0, -1,  NULL, "",  "what to foretell (plan --budget): 'd_model=128,tokens=16M' or 'flops=3e14'; empty: the spec's hero"},
    [FLAG_TUNING]   = {"tuning_share", FIELD_REAL,    AT(tuning_share), 0, 0.9, NULL, "",  "of the budget, left free for tuning runs (plan --budget)"},
    [FLAG_NEXT]     = {"next",         FIELD_BOOL,    AT(next),         0, -1,  NULL, "",  "choose runs in addition to those that have ended (plan --budget)"},
    [FLAG_EXPLAIN]  = {"explain",      FIELD_BOOL,    AT(explain),      0, -1,  NULL, "",  "say what each chosen run buys (plan --budget)"},
    [FLAG_OUT_SPEC] = {"out_spec",     FIELD_STRING,  AT(out_spec),     0, -1,  NULL, "",  "write the chosen runs to this file as a spec (plan --budget)"},
    [FLAG_JSON]     = {"json",         FIELD_BOOL,    AT(json),         0, -1,  NULL, "",  "one JSON document (plan, status)"},
};
// clang-format on
static const FieldTable FLAG_TABLE = {"sweep options", FLAGS, N_FLAGS};

/* Choose what to run in the budget, instead of showing what the spec would run. */
static Status choose_runs(const char *path, const Options *o, Err *err) {
    const PlannerOptions options = {.spec = path,
                                    .out = o->out[0] ? o->out : NULL,
                                    .jobs = o->jobs,
                                    .budget_s = o->budget_s,
                                    .tuning_share = o->tuning_share,
                                    .forecast = o->forecast,
                                    .out_spec = o->out_spec,
                                    .next = o->next,
                                    .explain = o->explain,
                                    .json = o->json};
    return planner_run(&options, err);
}

/* Ask how precise forecasts of the heroes will be; where there are none, nothing is said. */
static Status ask_expected(const Sweep *s, SealExpected *out, Err *err) {
    char program[4096];
    if (s->plan.n == s->plan.n_grid) return OK;
    TRY(process_path(program, sizeof program, err));
    Launcher *l = launch_open_local(cpu_count());
    expected_ask(s, l, program, out);
    launch_close(l);
    return OK;
}

static Status plan(const char *path, const Options *o, Err *err) {
    Sweep s;
    if (o->budget_s > 0 || o->forecast[0] || o->next || o->explain || o->out_spec[0] ||
        o->tuning_share > 0)
        return choose_runs(path, o, err);
    const int workers = o->jobs ? o->jobs : cpu_count();
    TRY(sweep_open(&s, path, o->out[0] ? o->out : NULL, SWEEP_LOOK, err));
    plan_warn(&s.plan);
    Err tight;
    if (plan_check_memory(&s.plan, s.arena, NULL, workers, &tight) != OK)
        talk("too little memory: %s", tight.message);
    Status status = plan_measure(&s.plan, s.arena, NULL, corpus_vocab(s.corpus), err);
    SealExpected expected = {.said = NULL};
    if (status == OK) status = ask_expected(&s, &expected, err);
    if (status == OK && o->json) {
        JsonOut j = json_out(2);
        json_begin(&j, NULL, '{');
        plan_to_json(&s.plan, s.arena, workers, &j);
        if (s.spec.tune.at) tune_plan_to_json(&s.tune, &s.plan, &j);
        expected_to_json(&expected, &j);
        json_end(&j);
        printf("%s\n", j.text.s);
        text_close(&j.text);
    } else if (status == OK) {
        plan_print(&s.plan, s.arena, workers, stdout);
        tune_print(&s.tune, &s.spec, &s.plan, s.arena, stdout);
        expected_print(&expected, stdout);
    }
    expected_close(&expected);
    sweep_close(&s);
    return status;
}

static Status run(const char *path, const Options *o, Err *err) {
    const DriveOptions options = {
        .spec = path, .out = o->out[0] ? o->out : NULL, .jobs = o->jobs, .budget_s = o->budget_s};
    return drive_sweep(&options, err);
}

static Status status_of(const char *path, const Options *o, Err *err) {
    return status_print(path, o->json, stdout, err);
}

typedef struct {
    const char *name, *about;
    Status (*run)(const char *path, const Options *o, Err *err);
    bool takes[N_FLAGS];
} Verb;

// clang-format off
static const Verb VERBS[] = {
    {"plan",   "print every run with its size, tokens, FLOPs, predicted seconds and memory, and the total;\n"
             "          with --budget choose the runs that foretell a far one best", plan,
     {[FLAG_OUT] = true, [FLAG_JOBS] = true, [FLAG_BUDGET] = true, [FLAG_FORECAST] = true, [FLAG_TUNING] = true,
      [FLAG_NEXT] = true, [FLAG_EXPLAIN] = true, [FLAG_OUT_SPEC] = true, [FLAG_JSON] = true}},
    {"run",    "do what is missing, on all processors; Ctrl-C is safe, and the same command goes on", run,
     {[FLAG_OUT] = true, [FLAG_JOBS] = true, [FLAG_BUDGET] = true}},
    {"status", "tell what is done, running, failed and pending in a sweep directory", status_of,
     {[FLAG_JSON] = true}},
};
// clang-format on

static void add_verbs(Text *t, const char *between, const char *last) {
    const char *names[COUNT_OF(VERBS)];
    for (size_t i = 0; i < COUNT_OF(VERBS); i++) names[i] = VERBS[i].name;
    text_add_words(t, names, COUNT_OF(VERBS), between, last);
}

static const Verb *find_verb(const char *name, Err *err) {
    const char *names[COUNT_OF(VERBS)];
    for (size_t i = 0; i < COUNT_OF(VERBS); i++) {
        if (strcmp(VERBS[i].name, name) == 0) return &VERBS[i];
        names[i] = VERBS[i].name;
    }
    const char *near = suggest_nearest(name, names, COUNT_OF(names));
    Text verbs = {0};
    add_verbs(&verbs, ", ", " or ");
    err_set(err, E_USAGE, "sweep: does %s, not '%s'%s", verbs.s, name, DID_YOU_MEAN(near));
    text_close(&verbs);
    return NULL;
}

/* Do what the arguments ask for. */
static Status obey(const Args *args, const Options *options, Err *err) {
    const Verb *verb = find_verb(args->args[0], err);
    if (!verb) return err->status;
    for (int i = 0; i < N_FLAGS; i++)
        if (args->seen_flag[i] && !verb->takes[i])
            FAIL(err, E_USAGE, "sweep %s takes no --%s", verb->name, FLAGS[i].name);
    return verb->run(args->args[1], options, err);
}

Status cmd_sweep(int argc, char **argv, Err *err) {
    Options options = {.out = "", .forecast = "", .out_spec = ""};
    const FieldGroup group = {&FLAG_TABLE, &options};
    Text usage = {0}, about = {0};
    text_add(&usage, "tinyscale sweep ");
    add_verbs(&usage, "|", "|");
    text_add(&usage, " SWEEP [--flags]");
    text_add(&about, "SWEEP is a spec (JSON) or a sweep directory.");
    for (size_t i = 0; i < COUNT_OF(VERBS); i++)
        text_add(&about, "\n  %-7s %s", VERBS[i].name, VERBS[i].about);
    const ArgSpec spec = {
        .usage = usage.s,
        .about = about.s,
        .groups = &group,
        .n_groups = 1,
        .min_args = 2,
        .max_args = 2,
    };
    Arena *arena = arena_open();
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) status = obey(&args, &options, err);
    arena_close(arena);
    text_close(&usage);
    text_close(&about);
    return status;
}
