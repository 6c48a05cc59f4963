/* cmd_fit.c: tinyscale fit: points in, a law out. */
#include "fit/study.h"
#include "base/commands.h"
#include "base/field.h"
#include "base/file.h"

typedef struct {
    StudyOptions study;
    bool json;
} Command;

#define AT(member) offsetof(Command, member)
static const Field FIELDS[] = {
    {"seal", FIELD_BOOL, AT(study.seal), 0, -1, NULL, "",
     "write the predictions to DIR/prediction.json"},
    {"json", FIELD_BOOL, AT(json), 0, -1, NULL, "", "one JSON document on stdout"},
};
static const FieldTable TABLE = {"output", FIELDS, COUNT_OF(FIELDS)};

/* JSON goes to stdout when asked for, and always to DIR/fit.json of a sweep. */
static Status put_results(const Fit *fit, const Command *c, const char *dir, Err *err) {
    JsonOut j = json_out(2);
    json_begin(&j, NULL, '{');
    fit_to_json(fit, &j);
    json_end(&j);
    text_add(&j.text, "\n");
    Status status = OK;
    char path[4096];
    if (dir && snprintf(path, sizeof path, "%s/fit.json", dir) < (int)sizeof path)
        status = file_write(path, j.text.s, j.text.size, err);
    if (c->json)
        fputs(j.text.s, stdout);
    else
        fit_print(fit, stdout);
    text_close(&j.text);
    return status;
}

static Status run(Arena *arena, const Command *c, const char *path, Err *err) {
    Study study;
    TRY(study_of(arena, path, &c->study, &study, err));
    return put_results(&study.fit, c, dir_exists(path) ? path : NULL, err);
}

Status cmd_fit(int argc, char **argv, Err *err) {
    Command c = {.study = study_options_default()};
    const FieldGroup groups[] = {{&FIT_FIELDS, &c.study.fit},
                                 {&STUDY_FIELDS, &c.study},
                                 {&RETURNS_FIELDS, &c.study.returns},
                                 {&TABLE, &c}};
    const ArgSpec spec = {
        .usage = "tinyscale fit PATH [--flags]",
        .about = "Fit a scaling law to the runs of a sweep directory, or to any CSV with the "
                 "columns params, tokens and\n"
                 "loss. Intervals are from a bootstrap over training trunks.",
        .groups = groups,
        .n_groups = COUNT_OF(groups),
        .min_args = 1,
        .max_args = 1,
    };
    Arena *arena = arena_open();
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) status = run(arena, &c, args.args[0], err);
    arena_close(arena);
    return status;
}
