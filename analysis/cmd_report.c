/* cmd_report.c: `tinyscale report`: draws a sweep directory or a CSV as one HTML file, as PNG
 * files, or one picture to stdout. */
#include <string.h>
#include <unistd.h>

#include "analysis/questions/profiles.h"
#include "analysis/report/page.h"
#include "analysis/simulate/simulate.h"
#include "base/claim.h"
#include "base/commands.h"
#include "base/field.h"
#include "base/proc.h"
#include "base/suggest.h"

typedef struct {
    StudyOptions study;
    const char *out, *png, *plot, *term, *simulate;
} Options;

// clang-format off
static const Field FIELDS[] = {
    {"out",  FIELD_STRING, offsetof(Options, out),  0, -1, NULL, "",
     "HTML file to write; DIR/report.html, or NAME.html of NAME.csv, when empty"},
    {"png",  FIELD_STRING, offsetof(Options, png),  0, -1, NULL, "",
     "also write each picture as NAME.png into this directory"},
    {"plot", FIELD_STRING, offsetof(Options, plot), 0, -1, NULL, "",
     "only this picture, to standard output"},
    {"term", FIELD_CHOICE, offsetof(Options, term), 0, -1, PLOT_TERM_NAMES, "",
     "format of --plot"},
    {"simulate", FIELD_STRING, offsetof(Options, simulate), 0, -1, NULL, "",
     "instead of PATH: what tinyscale fit --simulate takes"},
};
// clang-format on
static const FieldTable TABLE = {"report", FIELDS, COUNT_OF(FIELDS)};

static const char USAGE[] =
    "tinyscale report PATH | --simulate SPEC [--out report.html] [--png DIR2] [--plot NAME "
    "--term svg|png|dumb] [flags of fit]";

/* Return the text of --help, with the names of the pictures from their table. */
static const char *about(Arena *arena) {
    Text t = {0};
    text_add(&t, "Draws the runs of a sweep directory, or any CSV that tinyscale fit reads, and "
                 "their law: law, intervals,\n"
                 "predictions, diminishing returns, pictures and every run, in one self-contained "
                 "HTML file. A function of\n"
                 "the directory's ledger and logs, or of the CSV, and of the flags alone.\n"
                 "Pictures:");
    size_t column = 9;
    for (size_t i = 0; i < N_PLOTS; i++) {
        const bool fits = column + strlen(PLOTS[i].name) + 2 < 100;
        text_add(&t, "%s%s%s", fits ? " " : "\n  ", PLOTS[i].name, i + 1 < N_PLOTS ? "," : ".\n");
        column = (fits ? column : 1) + strlen(PLOTS[i].name) + 2;
    }
    const char *copy = arena_strndup(arena, t.s, t.size);
    text_close(&t);
    return copy;
}

static Status print_plot(const Report *r, const char *name, PlotTerm term, Err *err) {
    const PlotKind *kind = plots_find(name);
    if (!kind) {
        const char *names[32];
        MUST(N_PLOTS <= COUNT_OF(names));
        for (size_t i = 0; i < N_PLOTS; i++) names[i] = PLOTS[i].name;
        const char *near = suggest_nearest(name, names, N_PLOTS);
        FAIL(err, E_USAGE, "no picture '%s'%s", name,
             near ? DID_YOU_MEAN(near) : "; 'tinyscale report --help' lists them");
    }
    Bytes picture;
    const char *why;
    TRY(plots_draw(kind, &r->scene, term, &picture, &why, err));
    if (why) FAIL(err, E_FAILED, "%s: picture %s: %s", r->path, name, why);
    fwrite(picture.data, 1, picture.size, stdout);
    return OK;
}

static const char *png_name(Arena *arena, size_t plot) {
    return arena_printf(arena, "%s.png", PLOTS[plot].name);
}

static Status claim_pngs(Arena *arena, const char *dir, Err *err) {
    const char **names = ARENA_ARRAY(arena, const char *, N_PLOTS);
    for (size_t i = 0; i < N_PLOTS; i++) names[i] = png_name(arena, i);
    return claim_files(dir, names, N_PLOTS, err);
}

static Status write_pngs(const Report *r, const char *dir, Err *err) {
    for (size_t i = 0; i < N_PLOTS; i++) {
        Bytes picture;
        const char *why;
        TRY(plots_draw(&PLOTS[i], &r->scene, PLOT_PNG, &picture, &why, err));
        if (why)
            talk("no %s.png: %s", PLOTS[i].name, why);
        else
            TRY(file_write(arena_printf(r->arena, "%s/%s", dir, png_name(r->arena, i)),
                           picture.data, picture.size, err));
    }
    return OK;
}

static Status write_html(const Report *r, const char *path, Err *err) {
    Text html = {0};
    Status status = page_html(r, &html, err);
    if (status == OK) status = file_write(path, html.s, html.size, err);
    text_close(&html);
    if (status == OK) printf("%s\n", path);
    return status;
}

static PlotTerm term_of(const char *name) {
    int i = 0;
    while (PLOT_TERM_NAMES[i] && strcmp(PLOT_TERM_NAMES[i], name) != 0) i++;
    MUST(PLOT_TERM_NAMES[i]);
    return (PlotTerm)i;
}

/* Return the default path of the page: beside a sweep's ledger, or for a CSV in the current
 * directory, because the directory of a CSV may be somebody else's. */
static const char *default_out(Arena *arena, const char *path) {
    if (dir_exists(path)) return arena_printf(arena, "%s/report.html", path);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strstr(name, ".csv");
    return arena_printf(arena, "%.*s.html", dot ? (int)(dot - name) : (int)strlen(name), name);
}

/* Ask for profiles whenever the page or picture shows them and the law has them: they take time,
 * but belong to the page. */
static void ask_profiles(Options *o) {
    ProfilesOptions *profiles = study_options_of(&o->study, &PROFILES_QUESTION);
    const Law *law = law_find(o->study.fit.law);
    const bool shown = !*o->plot || strcmp(o->plot, "profiles") == 0;
    if (shown && law && law->log_loss) profiles->profile = true;
}

static Status write_files(const Report *r, const char *out, const char *png, Err *err) {
    if (*png) TRY(claim_pngs(r->arena, png, err));
    TRY(write_html(r, out, err));
    return *png ? write_pngs(r, png, err) : OK;
}

/* Claim the path of the page. A file there is overwritten only if it is a page: pages name their
 * generator, and older ones are known by their title. */
static Status claim_page(const char *path, Err *err) {
    static const FileMark PAGE = {PAGE_GENERATOR, 256, "a page", "another --out"};
    static const FileMark OLD_PAGE = {": a scaling law</title>", 512, "a page", "another --out"};
    return claim_file(path, &OLD_PAGE, err) == OK ? OK : claim_file(path, &PAGE, err);
}

static Status report(Arena *arena, const char *path, Options *o, Err *err) {
    const char *out = *o->out ? o->out : default_out(arena, path);
    if (!*o->plot) TRY(claim_page(out, err));
    Report r;
    ask_profiles(o);
    Status status = report_open(arena, path, &o->study, &r, err);
    if (status == OK)
        status = *o->plot ? print_plot(&r, o->plot, term_of(o->term), err)
                          : write_files(&r, out, o->png, err);
    report_close(&r);
    return status;
}

static Status dispatch(Arena *arena, const Args *args, Options *o, Err *err) {
    if ((*o->simulate != '\0') == (args->n_args > 0))
        FAIL(err, E_USAGE, "one of PATH and --simulate says where the rows are from; usage: %s",
             USAGE);
    o->study.law_named = args->seen_flag[fit_field_index("law")];
    if (args->n_args) return report(arena, args->args[0], o, err);
    Simulation s;
    TRY(simulation_read(arena, o->simulate, &s, err));
    study_options_simulate(&o->study, &s);
    return report(arena, "simulation", o, err);
}

Status cmd_report(int argc, char **argv, Err *err) {
    Arena *arena = arena_open();
    Options options = {.study = study_options_default(arena),
                       .out = "",
                       .png = "",
                       .plot = "",
                       .term = PLOT_TERM_NAMES[PLOT_SVG],
                       .simulate = ""};
    Watch watch = watch_open("report");
    options.study.fit.watch = isatty(STDERR_FILENO) ? &watch : NULL;
    FieldGroup groups[MAX_STUDY_GROUPS + 1];
    size_t n = study_groups(arena, &options.study, groups);
    groups[n++] = (FieldGroup){&TABLE, &options};
    const ArgSpec spec = {
        .usage = USAGE,
        .about = about(arena),
        .groups = groups,
        .n_groups = n,
        .min_args = 0,
        .max_args = 1,
    };
    Args args;
    Status status = args_parse(&spec, arena, argc, argv, &args, err);
    if (status == OK && !args.help) status = dispatch(arena, &args, &options, err);
    arena_close(arena);
    return status;
}
