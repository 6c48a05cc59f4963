/* report.c: reads a sweep directory or a CSV, fits its law, and puts the page together: head,
 * summary, sections, pictures. */
#include "analysis/report/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"

// ---- reading the directory ------------------------------------------------------------------

static int by_size_then_length(const void *a, const void *b) {
    const ReportRun *x = a, *y = b;
    const double keys[][2] = {
        {x->hero, y->hero}, {x->params, y->params}, {x->tokens, y->tokens}, {x->seed, y->seed}};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (keys[i][0] < keys[i][1]) return -1;
        if (keys[i][0] > keys[i][1]) return 1;
    }
    return strcmp(x->id, y->id);
}

static void read_runs(Report *r) {
    const size_t n = ledger_size(r->ledger);
    r->runs = ARENA_ARRAY(r->arena, ReportRun, n + 1);
    for (size_t i = 0; i < n; i++) {
        const Json *e = ledger_event(r->ledger, i);
        if (strcmp(ledger_kind(r->ledger, i), "run") != 0) continue;
        const char *id = json_string_or(e, "id", "");
        if (ledger_run(r->ledger, id) != e) continue; // a newer event speaks of this run
        r->runs[r->n_runs++] = (ReportRun){
            .event = e,
            .id = id,
            .status = json_string_or(e, "status", "unknown"),
            .why = json_string_or(e, "why", ""),
            .params = json_number_or(e, "params", NAN),
            .tokens = json_number_or(e, "tokens", NAN),
            .flops = json_number_or(e, "flops", NAN),
            .loss = json_number_or(e, "loss", NAN),
            .seed = json_number_or(e, "seed", NAN),
            .hero = strcmp(json_string_or(e, "role", ""), "hero") == 0,
        };
        r->n_done += strcmp(r->runs[r->n_runs - 1].status, "done") == 0;
    }
    qsort(r->runs, r->n_runs, sizeof *r->runs, by_size_then_length);
}

static Status read_curves(Report *r, Err *err) {
    Curve *curves = ARENA_ARRAY(r->arena, Curve, r->n_runs + 1);
    size_t n = 0;
    for (int heroes = 0; heroes < 2; heroes++) // in order of size: runs are, but for the heroes
        for (size_t i = 0; i < r->n_runs; i++) {
            const ReportRun *run = &r->runs[i];
            if (run->hero != heroes) continue;
            curves[n] = (Curve){
                .id = run->id, .params = run->params, .whole = strcmp(run->status, "done") == 0};
            TRY(curve_read(r->arena, r->path, &curves[n], err));
            size_t at = n;
            if (curves[n].n > 0) n++;
            for (; at > 0 && at < n && curves[at - 1].params > curves[at].params; at--) {
                const Curve keep = curves[at];
                curves[at] = curves[at - 1];
                curves[at - 1] = keep;
            }
        }
    r->scene.curves = curves;
    r->scene.n_curves = n;
    return OK;
}

static void fit_law(Report *r, const char *why) {
    if (why) {
        const size_t n = strlen(r->path); // the page does not say where it lies
        if (strncmp(why, r->path, n) == 0 && why[n] == ':') why += n + 2;
        r->why_no_fit = arena_printf(r->arena, "There is no law to show: %s.", why);
        return;
    }
    const ReturnsOptions returns = returns_options_default();
    r->scene.fit = &r->study.fit;
    if (r->study.worths.n_settings) r->scene.worths = &r->study.worths;
    r->by2 = returns_table(r->arena, &r->study.fit, RETURNS_FLOPS, 2, &returns);
    r->by10 = returns_table(r->arena, &r->study.fit, RETURNS_FLOPS, 10, &returns);
}

/* Rows that carry no law still make a page; rows or options that cannot be read do not. */
static Status study_rows(Report *r, const StudyOptions *options, Err *err) {
    Err why = {0};
    const Status status = study_of(r->arena, r->path, options, &r->study, &why);
    const bool readable = report_of_sweep(r) || r->study.points.n > 0;
    if (status != OK && (status != E_FAILED || !readable)) {
        *err = why;
        return status;
    }
    fit_law(r, status == OK ? NULL : why.message);
    return OK;
}

static Status read_sweep(Report *r, Err *err) {
    TRY(ledger_open(r->path, false, &r->ledger, &r->torn, err));
    if (ledger_size(r->ledger) == 0)
        FAIL(err, E_FAILED,
             "%s: no ledger.jsonl with events; a report is drawn of a directory in which a sweep "
             "was run, or of a CSV",
             r->path);
    r->open = ledger_last(r->ledger, "open");
    read_runs(r);
    return read_curves(r, err);
}

Status report_open(Arena *arena, const char *path, const StudyOptions *options, Report *r,
                   Err *err) {
    *r = (Report){.arena = arena, .path = path};
    r->scene = (Scene){.arena = arena, .points = &r->study.points, .held = &r->study.held};
    if (!options->simulation && dir_exists(path)) TRY(read_sweep(r, err));
    TRY(study_rows(r, options, err));
    r->scene.iso = r->study.fit.law
                       ? fit_isoflop(arena, &r->study.fit)
                       : isoflop_optima(arena, &r->study.points, NULL, ISOFLOP_HOWS[0]);
    scene_measure(&r->scene);
    return OK;
}

void report_close(Report *r) {
    ledger_close(r->ledger);
}

bool report_of_sweep(const Report *r) {
    return r->ledger != NULL;
}

const char *report_name(const Report *r) {
    const char *slash = strrchr(r->path, '/');
    if (!report_of_sweep(r)) return slash ? slash + 1 : r->path;
    return r->open ? json_string_or(r->open, "name", "") : "";
}

static bool has_range(const Interval *i) {
    return isfinite(i->lo) && isfinite(i->hi);
}

/* Two digits of the interval's half width. */
static int decimals(const Interval *i) {
    const double half = 0.5 * (i->hi - i->lo);
    return half > 0 ? (int)fmax(0, fmin(6, 1 - floor(log10(half)))) : 4;
}

static const char *real_text(Arena *arena, double x, const Interval *i) {
    if (!has_range(i)) return arena_printf(arena, "%.4g", x);
    return fabs(x) < 1e5 ? arena_printf(arena, "%.*f", decimals(i), x)
                         : arena_printf(arena, "%.3g", x);
}

const char *value_text(Arena *arena, const Interval *i) {
    return isfinite(i->value) ? real_text(arena, i->value, i) : "–";
}

const char *range_text(Arena *arena, const Interval *i) {
    if (!has_range(i)) return "–";
    return arena_printf(arena, "%s to %s", real_text(arena, i->lo, i), real_text(arena, i->hi, i));
}

const char *interval_text(Arena *arena, const Interval *i) {
    if (!has_range(i)) return value_text(arena, i);
    return arena_printf(arena, "%s (%s)", value_text(arena, i), range_text(arena, i));
}

const Point *report_outcome(const Report *r, const SealedRun *s) {
    for (size_t i = 0; i < r->study.held.n; i++)
        if (strcmp(r->study.held.rows[i].id, s->id) == 0) return &r->study.held.rows[i];
    return NULL;
}

// ---- the page -------------------------------------------------------------------------------

static const char CSS[] =
    ":root{color-scheme:light "
    "dark;--ink:#1c1e21;--paper:#fff;--soft:#5b6270;--line:#d9dce1;--tint:#f4f5f7;"
    "--good:#00735a;--bad:#b04a00}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e6ea;--paper:#15171b;--soft:#a0a7b4;--line:#"
    "343941;--tint:#1d2026;"
    "--good:#35c49b;--bad:#ff9a4d}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:78rem;padding:1.2rem 1rem "
    "4rem;background:var(--paper);color:var(--ink);"
    "font:1rem/1.55 system-ui,sans-serif}"
    "h1{font-size:1.9rem;line-height:1.2;margin:.6rem 0}h2{font-size:1.3rem;margin:2.6rem 0 .6rem}"
    "h3{font-size:1.05rem;margin:1.6rem 0 .4rem}"
    "p,ul,dl,pre{max-width:46rem}.lead{font-size:1.1rem}.soft{color:var(--soft)}"
    ".good{color:var(--good);font-weight:600}.bad{color:var(--bad);font-weight:600}"
    "nav a{margin-right:1rem;white-space:nowrap}a{color:inherit}"
    ".scroll{overflow-x:auto;max-width:100%}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.88rem}"
    "caption{text-align:left;color:var(--soft);padding:.2rem 0 .5rem}"
    "caption span{display:block;position:sticky;left:0;max-width:min(46rem,100vw - 2rem)}"
    "th,td{padding:.3rem .9rem .3rem 0;border-bottom:1px solid "
    "var(--line);text-align:right;white-space:nowrap}"
    "thead th{border-bottom:2px solid var(--line);vertical-align:bottom;font-weight:600}"
    ".text,th[scope=row]{text-align:left}th[scope=row]{font-weight:400}"
    "td.why{white-space:normal;min-width:14rem}"
    "tr.beyond{background:var(--tint);font-style:italic}tr.ill th,tr.ill td{color:var(--bad)}"
    "code,pre{font-family:ui-monospace,monospace;font-size:.9rem}"
    "pre{background:var(--tint);padding:.8rem;overflow-x:auto}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dt{color:var(--soft)}"
    "dd{margin:0;overflow-wrap:anywhere}"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:"
    "1.6rem 2.4rem}"
    "figure{margin:0;max-width:42rem}figure svg{display:block;width:100%;height:auto}"
    "figcaption{font-size:.93rem;color:var(--soft)}figcaption b{color:var(--ink)}";

static void begin_page(const Report *r, Text *out) {
    const char *name = markup_escape(r->arena, report_name(r));
    text_add(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n" REPORT_GENERATOR
        " %s\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>%s: a scaling law</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n<h1>%s: a "
        "scaling law</h1>\n",
        TINYSCALE_VERSION, *name ? name : "sweep", CSS, *name ? name : "sweep");
}

static const char *title_of(const Section *section, const Report *r) {
    return section->title ? section->title : section->title_of(r);
}

static bool applies(const Section *section, const Report *r) {
    return !section->applies || section->applies(r);
}

/* One picture; what keeps it from being drawn goes to missing. */
static Status write_picture(const Report *r, const PlotKind *kind, Text *out, Text *missing,
                            Err *err) {
    Bytes svg;
    const char *why;
    TRY(plots_draw(kind, &r->scene, TERM_SVG, &svg, &why, err));
    if (why) {
        text_add(missing, "<li>%s: %s</li>\n", kind->title, markup_escape(r->arena, why));
        return OK;
    }
    text_add(out, "<figure id=\"plot-%s\">\n", kind->name);
    text_add_bytes(out, svg.data, svg.size);
    text_add(out, "<figcaption><b>%s.</b> %s</figcaption>\n</figure>\n", kind->title,
             kind->caption);
    return OK;
}

static void write_missing(Text *out, Text *missing) {
    if (missing->size) text_add(out, "<p>Not drawn:</p>\n<ul>\n%s</ul>\n", missing->s);
    text_close(missing);
}

static Status write_sections(const Report *r, const Section *sections, size_t n, Text *out,
                             Err *err) {
    Status status = OK;
    for (size_t i = 0; i < n && status == OK; i++) {
        const Section *s = &sections[i];
        Text missing = {0};
        if (!applies(s, r)) continue;
        text_add(out, "<section id=\"%s\">\n<h2>%s</h2>\n", s->id, title_of(s, r));
        s->write(r, out);
        if (s->picture) status = write_picture(r, plot_find(s->picture), out, &missing, err);
        write_missing(out, &missing);
        text_add(out, "</section>\n");
    }
    return status;
}

static void write_links(const Report *r, const Section *sections, size_t n, Text *out) {
    for (size_t i = 0; i < n; i++)
        if (applies(&sections[i], r))
            text_add(out, "<a href=\"#%s\">%s</a> ", sections[i].id, title_of(&sections[i], r));
}

static void write_contents(const Report *r, Text *out) {
    text_add(out, "<nav aria-label=\"contents\">");
    write_links(r, SECTIONS_BEFORE, N_SECTIONS_BEFORE, out);
    text_add(out, "<a href=\"#pictures\">Pictures</a> ");
    write_links(r, SECTIONS_AFTER, N_SECTIONS_AFTER, out);
    text_add(out, "</nav>\n");
}

/* Whether a picture stands in a section of its own, or would if that applied. */
static bool has_section(const PlotKind *kind) {
    for (size_t i = 0; i < N_SECTIONS_BEFORE; i++)
        if (SECTIONS_BEFORE[i].picture && strcmp(SECTIONS_BEFORE[i].picture, kind->name) == 0)
            return true;
    return false;
}

static Status write_pictures(const Report *r, Text *out, Err *err) {
    Text missing = {0};
    Status status = OK;
    text_add(out, "<section id=\"pictures\">\n<h2>Pictures</h2>\n"
                  "<p class=\"soft\">Colours run from blue (small) to gold (large). Point at a dot "
                  "for its numbers.</p>\n"
                  "<div class=\"figures\">\n");
    for (size_t i = 0; i < N_PLOTS && status == OK; i++)
        if (!has_section(&PLOTS[i])) status = write_picture(r, &PLOTS[i], out, &missing, err);
    text_add(out, "</div>\n");
    write_missing(out, &missing);
    text_add(out, "</section>\n");
    return status;
}

Status report_html(const Report *r, Text *out, Err *err) {
    begin_page(r, out);
    report_summary(r, out);
    write_contents(r, out);
    TRY(write_sections(r, SECTIONS_BEFORE, N_SECTIONS_BEFORE, out, err));
    TRY(write_pictures(r, out, err));
    TRY(write_sections(r, SECTIONS_AFTER, N_SECTIONS_AFTER, out, err));
    text_add(out, "</main>\n</body>\n</html>\n");
    return OK;
}
