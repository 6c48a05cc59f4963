/* cmd_sweep.c: tinyscale sweep plan|run|status. */
#include <string.h>

#include "base/commands.h"
#include "base/field.h"
#include "base/limits.h"
#include "base/proc.h"
#include "base/suggest.h"
#include "base/text.h"
#include "sweep/drive.h"
#include "sweep/status.h"
#include "sweep/sweep.h"

typedef struct {
    const char *out;
    int jobs;
    double budget_s;
    bool json;
} Options;

enum { FLAG_OUT, FLAG_JOBS, FLAG_BUDGET, FLAG_JSON, N_FLAGS };

// clang-format off
#define AT(member) offsetof(Options, member)
static const Field FLAGS[N_FLAGS] = {
    [FLAG_OUT]    = {"out",    FIELD_STRING,  AT(out),      0, -1,  NULL, "",  "sweep directory (plan, run); empty: the spec's name"},
    [FLAG_JOBS]   = {"jobs",   FIELD_INT,     AT(jobs),     0, 256, NULL, "",  "worker processes (plan, run); 0: one per processor"},
    [FLAG_BUDGET] = {"budget", FIELD_SECONDS, AT(budget_s), 0, 1e9, NULL, "s", "start no run that is predicted to end later (run); 0: no limit"},
    [FLAG_JSON]   = {"json",   FIELD_BOOL,    AT(json),     0, -1,  NULL, "",  "one JSON document (plan, status)"},
};
// clang-format on
static const FieldTable FLAG_TABLE = {"sweep options", FLAGS, N_FLAGS};

static Status plan(const char *path, const Options *o, Err *err) {
    Sweep s;
    const int workers = o->jobs ? o->jobs : cpu_count();
    TRY(sweep_open(&s, path, o->out[0] ? o->out : NULL, SWEEP_LOOK, err));
    plan_warn(&s.plan);
    Err tight;
    if (plan_check_memory(&s.plan, s.arena, NULL, workers, &tight) != OK)
        talk("too little memory: %s", tight.message);
    Status status = plan_measure(&s.plan, s.arena, NULL, corpus_vocab(s.corpus), err);
    if (status == OK && o->json) {
        JsonOut j = json_out(2);
        json_begin(&j, NULL, '{');
        plan_to_json(&s.plan, s.arena, workers, &j);
        json_end(&j);
        printf("%s\n", j.text.s);
        text_close(&j.text);
    } else if (status == OK) {
        plan_print(&s.plan, s.arena, workers, stdout);
    }
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
    const char *name;
    Status (*run)(const char *path, const Options *o, Err *err);
    bool takes[N_FLAGS];
} Verb;

static const Verb VERBS[] = {
    {"plan", plan, {[FLAG_OUT] = true, [FLAG_JOBS] = true, [FLAG_JSON] = true}},
    {"run", run, {[FLAG_OUT] = true, [FLAG_JOBS] = true, [FLAG_BUDGET] = true}},
    {"status", status_of, {[FLAG_JSON] = true}},
};

static const Verb *find_verb(const char *name, Err *err) {
    const char *names[COUNT_OF(VERBS)];
    for (size_t i = 0; i < COUNT_OF(VERBS); i++) {
        if (strcmp(VERBS[i].name, name) == 0) return &VERBS[i];
        names[i] = VERBS[i].name;
    }
    const char *near = suggest_nearest(name, names, COUNT_OF(names));
    err_set(err, E_USAGE, "sweep: does plan, run or status, not '%s'%s", name, DID_YOU_MEAN(near));
    return NULL;
}

Status cmd_sweep(int argc, char **argv, Err *err) {
    Options options = {.out = ""};
    const FieldGroup group = {&FLAG_TABLE, &options};
    const ArgSpec spec = {
        .usage = "tinyscale sweep plan|run|status SWEEP [--flags]",
        .about = "SWEEP is a spec (JSON) or a sweep directory.\n"
                 "  plan    print every run with its size, tokens, FLOPs, predicted seconds and "
                 "memory, and the total\n"
                 "  run     do what is missing, on all processors; Ctrl-C is safe, and the same "
                 "command goes on\n"
                 "  status  tell what is done, running, failed and pending in a sweep directory",
        .groups = &group,
        .n_groups = 1,
        .min_args = 2,
        .max_args = 2,
    };
    Arena *arena = arena_open();
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) {
        const Verb *verb = find_verb(args.args[0], err);
        status = verb ? OK : err->status;
        for (int i = 0; i < N_FLAGS && status == OK; i++)
            if (args.seen_flag[i] && !verb->takes[i])
                status = err_set(err, E_USAGE, "sweep %s takes no --%s", verb->name, FLAGS[i].name);
        if (status == OK) status = verb->run(args.args[1], &options, err);
    }
    arena_close(arena);
    return status;
}
