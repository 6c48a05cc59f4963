/* cmd_report.c: tinyscale report: a sweep directory into report.html, into PNG files, or one
 * picture to stdout. */
#include <string.h>

#include "report/report.h"
#include "base/commands.h"
#include "base/field.h"
#include "base/proc.h"

typedef struct {
    const char *out, *png, *plot, *term;
} Options;

// clang-format off
static const Field FIELDS[] = {
    {"out",  FIELD_STRING, offsetof(Options, out),  0, -1, NULL, "",
     "HTML file to write; DIR/report.html when empty"},
    {"png",  FIELD_STRING, offsetof(Options, png),  0, -1, NULL, "",
     "also write each picture as NAME.png into this directory"},
    {"plot", FIELD_STRING, offsetof(Options, plot), 0, -1, NULL, "",
     "only this picture, to standard output"},
    {"term", FIELD_CHOICE, offsetof(Options, term), 0, -1, TERM_NAMES, "",
     "format of --plot"},
};
// clang-format on
static const FieldTable TABLE = {"report", FIELDS, COUNT_OF(FIELDS)};

static const char ABOUT[] =
    "Draws a sweep and its law: law, intervals, predictions, diminishing returns, pictures and "
    "every run, in one\n"
    "self-contained HTML file. A function of the directory's ledger and logs alone.\n"
    "Pictures: loss-compute, reducible, loss-tokens, loss-params, isoloss, isoflop, residuals, "
    "curves, experts.\n";

static Status print_plot(const Report *r, const char *name, Term term, Err *err) {
    const PlotKind *kind = plot_find(name);
    if (!kind) {
        const char *names[16];
        MUST(N_PLOTS <= COUNT_OF(names));
        for (size_t i = 0; i < N_PLOTS; i++) names[i] = PLOTS[i].name;
        const char *near = text_nearest(name, names, N_PLOTS);
        FAIL(err, E_USAGE, "no picture '%s'%s%s; 'tinyscale report --help' lists them", name,
             near ? ", did you mean " : "", near ? near : "");
    }
    Bytes picture;
    const char *why;
    TRY(plots_draw(kind, &r->scene, term, &picture, &why, err));
    if (why) FAIL(err, E_FAILED, "%s: picture %s: %s", r->dir, name, why);
    fwrite(picture.data, 1, picture.size, stdout);
    return OK;
}

static Status write_pngs(const Report *r, const char *dir, Err *err) {
    TRY(dir_make(dir, err));
    for (size_t i = 0; i < N_PLOTS; i++) {
        Bytes picture;
        const char *why;
        TRY(plots_draw(&PLOTS[i], &r->scene, TERM_PNG, &picture, &why, err));
        if (why)
            talk("no %s.png: %s", PLOTS[i].name, why);
        else
            TRY(file_write(arena_printf(r->arena, "%s/%s.png", dir, PLOTS[i].name), picture.data,
                           picture.size, err));
    }
    return OK;
}

static Status write_html(const Report *r, const char *path, Err *err) {
    Text html = {0};
    Status status = report_html(r, &html, err);
    if (status == OK) status = file_write(path, html.s, html.size, err);
    text_close(&html);
    if (status == OK) printf("%s\n", path);
    return status;
}

static Term term_of(const char *name) {
    int i = 0;
    while (TERM_NAMES[i] && strcmp(TERM_NAMES[i], name) != 0) i++;
    MUST(TERM_NAMES[i]);
    return (Term)i;
}

static Status report(Arena *arena, const char *dir, const Options *o, Err *err) {
    Report r;
    Status status = report_open(arena, dir, &r, err);
    if (status == OK && *o->plot)
        status = print_plot(&r, o->plot, term_of(o->term), err);
    else if (status == OK) {
        status = write_html(&r, *o->out ? o->out : arena_printf(arena, "%s/report.html", dir), err);
        if (status == OK && *o->png) status = write_pngs(&r, o->png, err);
    }
    report_close(&r);
    return status;
}

Status cmd_report(int argc, char **argv, Err *err) {
    Options options = {"", "", "", TERM_NAMES[TERM_SVG]};
    const FieldGroup group = {&TABLE, &options};
    const ArgSpec spec = {
        "tinyscale report DIR [--out report.html] [--png DIR2] [--plot NAME --term svg|png|dumb]",
        ABOUT,
        &group,
        1,
        1,
        1};
    Arena *arena = arena_open();
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) status = report(arena, args.args[0], &options, err);
    arena_close(arena);
    return status;
}
